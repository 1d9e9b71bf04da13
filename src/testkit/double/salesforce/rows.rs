//! Rows and the values in them: what arrives as JSON or CSV is brought into the one form in which it is kept.
//!
//! Ids are kept long, days as `2026-05-06`, moments as `2026-05-06T11:27:34.000+0000` in UTC, so that texts sort as time does.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error::ApiError;
use super::ids;
use super::schema::{Field, Kind, Object};
use crate::model::Timestamp;

/// The fields of a row under their API names; what is not there is null.
pub(super) type Cells = BTreeMap<String, Value>;

/// One record.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Row {
    pub(super) cells: Cells,
    /// What queries still see instead, for a while.
    pub(super) shadow: Option<Shadow>,
}

/// What queries see of a row that was just written: its old self, or nothing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shadow {
    pub(super) until: Timestamp,
    pub(super) cells: Option<Cells>,
}

impl Row {
    /// The value of a field, null when there is none.
    pub(super) fn get(&self, field: &str) -> &Value {
        self.cells.get(field).unwrap_or(&Value::Null)
    }

    /// A text; empty when there is none.
    pub(super) fn text(&self, field: &str) -> &str {
        self.get(field).as_str().unwrap_or_default()
    }

    /// A check box.
    pub(super) fn is(&self, field: &str) -> bool {
        self.get(field).as_bool().unwrap_or_default()
    }

    pub(super) fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.cells.insert(field.to_owned(), value.into());
    }
}

/// A moment as Salesforce writes it: whole seconds.
pub(super) fn moment(at: Timestamp) -> String {
    let seconds = Timestamp(at.0.div_euclid(1000) * 1000).to_string();
    seconds.replace('Z', ".000+0000")
}

/// The day of a moment in UTC.
pub(super) fn day(at: Timestamp) -> String {
    at.to_string().get(..10).unwrap_or_default().to_owned()
}

/// Reads a moment in any of the forms that callers use: `Z`, `+01:00`, `+0000`.
pub(super) fn read_moment(text: &str) -> Option<Timestamp> {
    if let Some(at) = Timestamp::parse(text) {
        return Some(at);
    }
    // `+0000` wants a colon.
    let (head, offset) = text.split_at_checked(text.len().checked_sub(5)?)?;
    let digits = offset.get(1..)?;
    if !matches!(offset.as_bytes().first(), Some(b'+' | b'-')) || !digits.bytes().all(|sign| sign.is_ascii_digit()) {
        return None;
    }
    let (sign, rest) = offset.split_at_checked(1)?;
    let (hours, minutes) = rest.split_at_checked(2)?;
    Timestamp::parse(&format!("{head}{sign}{hours}:{minutes}"))
}

/// Reads a day.
pub(super) fn read_day(text: &str) -> Option<String> {
    let day: jiff::civil::Date = text.parse().ok()?;
    (text.len() == 10).then(|| day.to_string())
}

/// Brings a value for a field into the form in which it is kept, or says why it cannot be one.
pub(super) fn convert(object: &Object, field: &Field, value: &Value) -> Result<Value, ApiError> {
    if value.is_null() || value.as_str() == Some("") {
        return if field.kind == Kind::Boolean { Err(wrong_type(field, value)) } else { Ok(Value::Null) };
    }
    match &field.kind {
        Kind::Boolean => match value {
            Value::Bool(_) => Ok(value.clone()),
            Value::String(text) if text.eq_ignore_ascii_case("true") || text == "1" => Ok(json!(true)),
            Value::String(text) if text.eq_ignore_ascii_case("false") || text == "0" => Ok(json!(false)),
            Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                Err(wrong_type(field, value))
            }
        },
        Kind::Int | Kind::Double | Kind::Currency | Kind::Percent => {
            let number = value.as_f64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
            let Some(number) = number.filter(|number: &f64| number.is_finite()) else {
                return Err(wrong_type(field, value));
            };
            if field.kind == Kind::Int {
                #[expect(clippy::cast_possible_truncation, reason = "the bounds are checked")]
                let whole = (number.abs() < 1e9).then_some(number as i64);
                whole.map(Value::from).ok_or_else(|| {
                    ApiError::bad(
                        "NUMBER_OUTSIDE_VALID_RANGE",
                        format!("{}: value outside of valid range", field.label),
                    )
                    .field(&field.name)
                })
            } else {
                Ok(json!(number))
            }
        }
        Kind::Date => {
            let text = value.as_str().ok_or_else(|| wrong_type(field, value))?;
            let day = read_day(text).or_else(|| read_moment(text).map(day));
            day.map(Value::from).ok_or_else(|| wrong_type(field, value))
        }
        Kind::DateTime => {
            let text = value.as_str().ok_or_else(|| wrong_type(field, value))?;
            let at = read_moment(text).or_else(|| read_moment(&format!("{text}T00:00:00Z")));
            at.map(|at| moment(at).into()).ok_or_else(|| wrong_type(field, value))
        }
        Kind::Id | Kind::Reference { .. } => {
            let text = value.as_str().ok_or_else(|| wrong_type(field, value))?;
            ids::long(text).map(Value::from).ok_or_else(|| {
                ApiError::bad("MALFORMED_ID", format!("{}: id value of incorrect type: {text}", field.label))
                    .field(&field.name)
            })
        }
        Kind::Text | Kind::TextArea | Kind::Email | Kind::Phone | Kind::Picklist { .. } => {
            let text = match value {
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => number.to_string(),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                    return Err(wrong_type(field, value));
                }
            };
            text_value(object, field, text)
        }
    }
}

fn text_value(object: &Object, field: &Field, text: String) -> Result<Value, ApiError> {
    if field.length > 0 && text.chars().count() > field.length {
        return Err(ApiError::bad(
            "STRING_TOO_LONG",
            format!("{}: data value too large: {text} (max length={})", field.label, field.length),
        )
        .field(&field.name));
    }
    if field.kind == Kind::Email && !looks_like_an_address(&text) {
        let message = format!("{}: invalid email address: {text}", field.label);
        return Err(ApiError::bad("INVALID_EMAIL_ADDRESS", message).field(&field.name));
    }
    if let Kind::Picklist { values, restricted: true } = &field.kind
        && !values.contains(&text)
        && object.name != "CampaignMember"
    {
        let message = format!("{}: bad value for restricted picklist field: {text}", field.label);
        return Err(ApiError::bad("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message).field(&field.name));
    }
    Ok(if text.is_empty() { Value::Null } else { text.into() })
}

fn looks_like_an_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !text.contains(' ')
    })
}

fn wrong_type(field: &Field, value: &Value) -> ApiError {
    let shape = match value {
        Value::Null => "VALUE_NULL",
        Value::Bool(_) => "VALUE_BOOLEAN",
        Value::Number(_) => "VALUE_NUMBER",
        Value::String(_) => "VALUE_STRING",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    };
    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    ApiError::json(&format!(
        "Cannot deserialize instance of {} from {shape} value {shown} or request may be missing a required field",
        field.kind.name()
    ))
    .field(&field.name)
}
