//! The fields of people and of program members.

use serde_json::{Value, json};

use super::Marketo;
use super::answer::{ApiError, Reason};
use super::data::FieldType;

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) kind: &'static str,
    pub(super) length: usize,
    pub(super) read_only: bool,
}

impl Field {
    pub(super) fn custom(name: &str, kind: FieldType) -> Self {
        let (kind, length) = match kind {
            FieldType::String => ("string", 255),
            FieldType::Integer => ("integer", 0),
            FieldType::Boolean => ("boolean", 0),
            FieldType::Date => ("date", 0),
            FieldType::Datetime => ("datetime", 0),
        };
        Self { name: name.to_owned(), label: name.to_owned(), kind, length, read_only: false }
    }
}

/// The fields of people that every instance has and that matter here.
pub(super) fn of_leads() -> Vec<Field> {
    let plain = |name: &str, label: &str, kind: &'static str, length: usize, read_only: bool| Field {
        name: name.to_owned(),
        label: label.to_owned(),
        kind,
        length,
        read_only,
    };
    vec![
        plain("id", "Id", "integer", 0, true),
        plain("email", "Email Address", "email", 255, false),
        plain("firstName", "First Name", "string", 255, false),
        plain("lastName", "Last Name", "string", 255, false),
        plain("company", "Company Name", "string", 255, false),
        plain("title", "Job Title", "string", 255, false),
        plain("phone", "Phone Number", "phone", 255, false),
        plain("country", "Country", "string", 255, false),
        plain("state", "State", "string", 255, false),
        plain("city", "City", "string", 255, false),
        plain("postalCode", "Postal Code", "string", 255, false),
        plain("leadSource", "Lead Source", "string", 255, false),
        plain("leadStatus", "Lead Status", "string", 255, false),
        plain("leadScore", "Lead Score", "integer", 0, false),
        plain("industry", "Industry", "string", 255, false),
        plain("unsubscribed", "Unsubscribed", "boolean", 0, false),
        plain("doNotCall", "Do Not Call", "boolean", 0, false),
        plain("sfdcId", "SFDC Id", "string", 18, false),
        plain("sfdcLeadId", "SFDC Lead Id", "string", 18, false),
        plain("sfdcContactId", "SFDC Contact Id", "string", 18, false),
        plain("sfdcAccountId", "SFDC Account Id", "string", 18, false),
        plain("sfdcType", "SFDC Type", "string", 40, false),
        plain("sfdcIsDeleted", "SFDC Is Deleted", "boolean", 0, false),
        plain("createdAt", "Created At", "datetime", 0, true),
        plain("updatedAt", "Updated At", "datetime", 0, true),
    ]
}

/// The fields of a membership.
pub(super) fn of_members() -> Vec<Field> {
    let plain = |name: &str, label: &str, kind: &'static str, length: usize| Field {
        name: name.to_owned(),
        label: label.to_owned(),
        kind,
        length,
        read_only: true,
    };
    let writable = |name: &str, label: &str, kind: &'static str, length: usize| Field {
        read_only: false,
        ..plain(name, label, kind, length)
    };
    vec![
        plain("leadId", "Lead Id", "integer", 0),
        plain("programId", "Program Id", "integer", 0),
        plain("program", "Program", "string", 255),
        plain("statusName", "Program Status", "string", 255),
        plain("statusReason", "Status Reason", "string", 255),
        plain("membershipDate", "Membership Date", "datetime", 0),
        plain("reachedSuccess", "Reached Success", "boolean", 0),
        plain("reachedSuccessDate", "Reached Success Date", "datetime", 0),
        plain("acquiredBy", "Acquired By", "boolean", 0),
        plain("isExhausted", "Is Exhausted", "boolean", 0),
        plain("nurtureCadence", "Nurture Cadence", "string", 4),
        plain("trackName", "Track Name", "string", 255),
        plain("createdAt", "Created At", "datetime", 0),
        plain("updatedAt", "Updated At", "datetime", 0),
        writable("registrationCode", "Registration Code", "string", 100),
        writable("webinarUrl", "Webinar Url", "string", 2000),
        writable("flowStep", "Flow Step", "integer", 0),
    ]
}

/// Brings a value into the form in which it is kept.
pub(super) fn convert(field: &Field, value: &Value) -> Result<Value, Reason> {
    let wrong = || Reason("1003", format!("Value '{}' for field '{}' is invalid", plain(value), field.name));
    if value.is_null() || value.as_str().is_some_and(|text| text.is_empty() || text == "NULL") {
        return Ok(Value::Null);
    }
    match field.kind {
        "boolean" => match value {
            Value::Bool(_) => Ok(value.clone()),
            Value::String(text) if matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes") => {
                Ok(json!(true))
            }
            Value::String(text) if matches!(text.to_ascii_lowercase().as_str(), "false" | "0" | "no") => {
                Ok(json!(false))
            }
            Value::Number(number) if number.as_i64() == Some(1) => Ok(json!(true)),
            Value::Number(number) if number.as_i64() == Some(0) => Ok(json!(false)),
            Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => Err(wrong()),
        },
        "integer" => {
            let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
            number.map(Value::from).ok_or_else(wrong)
        }
        "date" | "datetime" => {
            let at = value.as_str().and_then(super::answer::read_moment).ok_or_else(wrong)?;
            let text = super::answer::moment(at);
            Ok(if field.kind == "date" { json!(text.get(..10)) } else { json!(text) })
        }
        "email" if value.as_str().is_none_or(|text| !text.contains('@')) => Err(wrong()),
        _ => {
            if value.is_array() || value.is_object() {
                return Err(wrong());
            }
            let text = plain(value);
            if text.chars().count() > field.length { Err(wrong()) } else { Ok(json!(text)) }
        }
    }
}

/// A value as text.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Marketo {
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The fields a caller asks for, by their right names.
    pub(super) fn asked_fields(&self, asked: &[&str], usual: &[&str]) -> Result<Vec<String>, ApiError> {
        if asked.is_empty() {
            return Ok(usual.iter().map(|name| (*name).to_owned()).collect());
        }
        let names = asked.iter().map(|name| match self.field(name) {
            Some(field) => Ok(field.name.clone()),
            None => Err(ApiError::new("1006", format!("Field '{name}' not found"))),
        });
        names.collect()
    }

    pub(super) fn describe_leads(&self) -> Vec<Value> {
        let describe = |(id, field): (usize, &Field)| {
            let mut described = json!({
                "id": id,
                "displayName": field.label,
                "dataType": field.kind,
                "rest": {"name": field.name, "readOnly": field.read_only},
                "soap": {"name": field.name, "readOnly": field.read_only},
            });
            if let (Some(map), true) = (described.as_object_mut(), field.length > 0) {
                map.insert("length".to_owned(), json!(field.length));
            }
            described
        };
        (2..).zip(&self.fields).map(describe).collect()
    }

    pub(super) fn describe_leads_2(&self) -> Value {
        let fields: Vec<Value> = self.fields.iter().map(describe_field).collect();
        json!({
            "name": "API Lead",
            "searchableFields": [["id"], ["email"], ["sfdcLeadId"], ["sfdcContactId"], ["sfdcAccountId"], ["lastName"], ["company"]],
            "fields": fields,
        })
    }

    pub(super) fn describe_members(&self) -> Value {
        let fields: Vec<Value> = self.member_fields.iter().map(describe_field).collect();
        json!({
            "name": "API Program Membership",
            "description": "Map of API program membership fields",
            "createdAt": "2020-01-01T00:00:00Z",
            "updatedAt": "2020-01-01T00:00:00Z",
            "dedupeFields": ["leadId", "programId"],
            "searchableFields": [["leadId"], ["statusName"], ["reachedSuccess"], ["registrationCode"]],
            "fields": fields,
        })
    }
}

fn describe_field(field: &Field) -> Value {
    json!({
        "name": field.name,
        "displayName": field.label,
        "dataType": field.kind,
        "length": field.length,
        "updateable": !field.read_only,
        "crmManaged": false,
    })
}
