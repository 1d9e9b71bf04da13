//! [`Query`] → records, as one caller sees them at one moment. Start at `Salesforce::select`.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::parse::place;
use super::{Aggregate, Condition, FieldsOf, Item, Literal, Name, Operator, Query};
use crate::testkit::double::salesforce::Salesforce;
use crate::testkit::double::salesforce::access::Caller;
use crate::testkit::double::salesforce::dml::relationship;
use crate::testkit::double::salesforce::error::ApiError;
use crate::testkit::double::salesforce::ids;
use crate::testkit::double::salesforce::rows::{Cells, day};
use crate::testkit::double::salesforce::schema::{Field, Kind, Object};

/// FIELDS(ALL) and FIELDS(CUSTOM) want a LIMIT of at most this.
const FIELDS_LIMIT_MAX: usize = 200;
/// How many hops a path may have.
const HOPS_MAX: usize = 5;

/// What a query found.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Found {
    /// How many there are; for `COUNT()` the only thing there is.
    pub(in super::super) total: usize,
    pub(in super::super) records: Vec<Value>,
    /// The columns in the order of the query, with parents as `Lead.Email`.
    pub(in super::super) columns: Vec<String>,
}

/// A path that was looked up: the references to follow, then the field.
struct Path {
    hops: Vec<String>,
    field: Field,
    shown: Vec<String>,
}

impl Salesforce {
    /// Answers a query. `all` includes what is in the recycle bin.
    pub(in super::super) fn select(
        &self,
        caller: &Caller,
        query: &Query,
        all: bool,
        version: &str,
    ) -> Result<Found, ApiError> {
        let run = Run { salesforce: self, caller, query, all, version };
        run.whole()
    }
}

struct Run<'a> {
    salesforce: &'a Salesforce,
    caller: &'a Caller,
    query: &'a Query,
    all: bool,
    version: &'a str,
}

impl<'a> Run<'a> {
    fn whole(&self) -> Result<Found, ApiError> {
        let Some(object) = self.salesforce.known_object(self.caller, &self.salesforce.schema, &self.query.from.text)
        else {
            let mut error = super::super::dml::unknown_object(&self.query.from.text);
            error.message = format!("{}{}", place(&self.query.text, self.query.from.at), error.message);
            return Err(error);
        };
        self.over(object, None)
    }

    /// The query over one object; `parent` is the reference and id that a sub-select hangs on.
    fn over(&self, object: &'a Object, parent: Option<(&str, &str)>) -> Result<Found, ApiError> {
        let mut rows = self.rows(object, parent)?;
        let count_only =
            matches!(self.query.select.as_slice(), [Item::Aggregate { function: Aggregate::Count, field: None, .. }]);
        let aggregates = self.query.select.iter().any(|item| matches!(item, Item::Aggregate { .. }));
        if count_only && self.query.group.is_empty() {
            let total = self.query.limit.map_or(rows.len(), |limit| limit.min(rows.len()));
            return Ok(Found { total, records: Vec::new(), columns: Vec::new() });
        }
        if aggregates || !self.query.group.is_empty() {
            return self.grouped(object, &rows);
        }
        self.sort(object, &mut rows)?;
        let offset = self.query.offset.unwrap_or(0);
        let limit = self.query.limit.unwrap_or(usize::MAX);
        let columns = self.columns(object)?;
        let mut records = Vec::new();
        for cells in rows.into_iter().skip(offset).take(limit) {
            let mut record = self.record(object, cells, &columns);
            for item in &self.query.select {
                if let (Item::Children(query), Value::Object(map)) = (item, &mut record) {
                    let (name, found) = self.children(object, cells, query)?;
                    map.insert(name, found);
                }
            }
            records.push(record);
        }
        let columns = columns.iter().map(|path| path.shown.join(".")).collect();
        Ok(Found { total: records.len(), records, columns })
    }

    /// The rows that match, ordered by id.
    fn rows(&self, object: &'a Object, parent: Option<(&str, &str)>) -> Result<Vec<&'a Cells>, ApiError> {
        let test = match &self.query.filter {
            Some(filter) => Some(self.prepare(object, filter)?),
            None => None,
        };
        let mut rows = Vec::new();
        for (_, row) in self.salesforce.store.table(&object.name) {
            let Some(cells) = self.salesforce.seen(row, self.caller.now) else { continue };
            if !self.all && cells.get("IsDeleted").and_then(Value::as_bool).unwrap_or_default() {
                continue;
            }
            if parent.is_some_and(|(field, id)| cells.get(field).and_then(Value::as_str) != Some(id)) {
                continue;
            }
            if test.as_ref().is_none_or(|test| self.holds(object, cells, test))
                && self.salesforce.row_visible(self.caller, object, row)
            {
                rows.push(cells);
            }
        }
        Ok(rows)
    }

    fn columns(&self, object: &Object) -> Result<Vec<Path>, ApiError> {
        let mut columns: Vec<Path> = Vec::new();
        for item in &self.query.select {
            match item {
                Item::Field(name) => {
                    let path = self.path(object, name)?;
                    if columns.iter().any(|column| column.shown == path.shown) {
                        let message = format!("duplicate field selected: {}", path.shown.join("."));
                        return Err(ApiError::bad("MALFORMED_QUERY", message));
                    }
                    columns.push(path);
                }
                Item::Fields(which) => {
                    if *which != FieldsOf::Standard && self.query.limit.is_none_or(|limit| limit > FIELDS_LIMIT_MAX) {
                        let message = "The SOQL FIELDS function must have a LIMIT of at most 200";
                        return Err(ApiError::bad("MALFORMED_QUERY", message));
                    }
                    for field in &object.fields {
                        let wanted = match which {
                            FieldsOf::All => true,
                            FieldsOf::Standard => !field.custom,
                            FieldsOf::Custom => field.custom,
                        };
                        if wanted && Salesforce::field_visible(self.caller, object, field) {
                            let shown = vec![field.name.clone()];
                            columns.push(Path { hops: Vec::new(), field: field.clone(), shown });
                        }
                    }
                }
                Item::Aggregate { .. } | Item::Children(_) => {}
            }
        }
        Ok(columns)
    }

    /// Looks a path up; an alias of the object may stand before it.
    fn path(&self, object: &Object, name: &Name) -> Result<Path, ApiError> {
        let mut parts: Vec<&str> = name.text.split('.').collect();
        if parts.len() > 1
            && let Some(first) = parts.first()
            && (self.query.alias.as_deref().is_some_and(|alias| alias.eq_ignore_ascii_case(first))
                || first.eq_ignore_ascii_case(&object.name))
            && relationship(object, first).is_none()
        {
            parts.remove(0);
        }
        let mut hops = Vec::new();
        let mut shown = Vec::new();
        let mut current = object;
        let Some((last, parents)) = parts.split_last() else { return Err(self.no_column(object, name, "")) };
        for part in parents {
            let found =
                relationship(current, part).filter(|field| Salesforce::field_visible(self.caller, current, field));
            let next = found.and_then(|field| {
                let Kind::Reference { to, relationship } = &field.kind else { return None };
                let mut targets =
                    to.iter().filter_map(|to| self.salesforce.known_object(self.caller, &self.salesforce.schema, to));
                Some((field, relationship, targets.next()?))
            });
            let Some((field, relationship, next)) = next.filter(|_| hops.len() < HOPS_MAX) else {
                return Err(ApiError::bad(
                    "INVALID_FIELD",
                    format!(
                        "{}Didn't understand relationship '{part}' in field path. If you are attempting to use a custom \
                         relationship, be sure to append the '__r' after the custom relationship name. Please reference \
                         your WSDL or the describe call for the appropriate names.",
                        place(&self.query.text, name.at)
                    ),
                ));
            };
            hops.push(field.name.clone());
            shown.push(relationship.clone());
            current = next;
        }
        let field = current.field(last).filter(|field| Salesforce::field_visible(self.caller, current, field));
        let Some(field) = field else { return Err(self.no_column(current, name, last)) };
        shown.push(field.name.clone());
        Ok(Path { hops, field: field.clone(), shown })
    }

    fn no_column(&self, object: &Object, name: &Name, column: &str) -> ApiError {
        ApiError::bad(
            "INVALID_FIELD",
            format!(
                "{}No such column '{column}' on entity '{}'. If you are attempting to use a custom field, be sure to append \
                 the '__c' after the custom field name. Please reference your WSDL or the describe call for the \
                 appropriate names.",
                place(&self.query.text, name.at),
                object.name
            ),
        )
    }

    /// The value at the end of a path.
    fn value(&self, object: &Object, cells: &Cells, path: &Path) -> Value {
        match self.follow(object, cells, &path.hops) {
            Some((object, cells)) => self.salesforce.value(object, cells, &path.field.name),
            None => Value::Null,
        }
    }

    fn follow<'b>(&self, object: &'b Object, cells: &'b Cells, hops: &[String]) -> Option<(&'b Object, &'b Cells)>
    where
        'a: 'b,
    {
        let (mut object, mut cells) = (object, cells);
        for hop in hops {
            let id = self.salesforce.value(object, cells, hop);
            let id = id.as_str()?;
            object = self.salesforce.schema.of_id(id)?;
            cells = &self.salesforce.row(&object.name, id)?.cells;
        }
        Some((object, cells))
    }

    fn attributes(&self, object: &Object, id: &str) -> Value {
        json!({
            "type": object.name,
            "url": format!("/services/data/{}/sobjects/{}/{id}", self.version, object.name),
        })
    }

    fn record(&self, object: &Object, cells: &Cells, columns: &[Path]) -> Value {
        let id = cells.get("Id").and_then(Value::as_str).unwrap_or_default();
        let mut record = Map::new();
        record.insert("attributes".to_owned(), self.attributes(object, id));
        for path in columns {
            let value = self.value(object, cells, path);
            // The parents on the way, up to the first that is not there.
            let mut parents = Vec::new();
            for (depth, name) in path.shown.iter().enumerate().take(path.hops.len()) {
                let met = self.follow(object, cells, path.hops.get(..=depth).unwrap_or_default());
                parents.push((
                    name.as_str(),
                    met.map(|(of, cells)| {
                        self.attributes(of, cells.get("Id").and_then(Value::as_str).unwrap_or_default())
                    }),
                ));
            }
            put(&mut record, &parents, &path.field.name, value);
        }
        Value::Object(record)
    }

    fn children(&self, object: &Object, cells: &Cells, query: &Query) -> Result<(String, Value), ApiError> {
        let child = object.children.iter().find(|child| child.relationship.eq_ignore_ascii_case(&query.from.text));
        let found = child.and_then(|child| {
            Some((child, self.salesforce.known_object(self.caller, &self.salesforce.schema, &child.object)?))
        });
        let Some((child, of)) = found else {
            return Err(ApiError::bad(
                "INVALID_TYPE",
                format!(
                    "{}Didn't understand relationship '{}' in FROM part of query call. If you are attempting to use a \
                     custom relationship, be sure to append the '__r' after the custom relationship name.",
                    place(&query.text, query.from.at),
                    query.from.text
                ),
            ));
        };
        let id = cells.get("Id").and_then(Value::as_str).unwrap_or_default();
        let found = Run { query, ..*self }.over(of, Some((&child.field, id)))?;
        let value = if found.records.is_empty() {
            Value::Null
        } else {
            json!({"totalSize": found.total, "done": true, "records": found.records})
        };
        Ok((child.relationship.clone(), value))
    }

    fn sort(&self, object: &Object, rows: &mut [&Cells]) -> Result<(), ApiError> {
        let mut keys = Vec::new();
        for order in &self.query.order {
            keys.push((self.path(object, &order.field)?, order.descending, order.nulls_first));
        }
        if keys.is_empty() {
            return Ok(());
        }
        rows.sort_by(|a, b| {
            for (path, descending, nulls_first) in &keys {
                let (a, b) = (self.value(object, a, path), self.value(object, b, path));
                let by = match (a.is_null(), b.is_null()) {
                    (true, true) => Ordering::Equal,
                    (true, false) => {
                        if *nulls_first {
                            Ordering::Less
                        } else {
                            Ordering::Greater
                        }
                    }
                    (false, true) => {
                        if *nulls_first {
                            Ordering::Greater
                        } else {
                            Ordering::Less
                        }
                    }
                    (false, false) => {
                        let by = compare(&path.field, &a, &b);
                        if *descending { by.reverse() } else { by }
                    }
                };
                if by != Ordering::Equal {
                    return by;
                }
            }
            Ordering::Equal
        });
        Ok(())
    }

    fn grouped(&self, object: &Object, rows: &[&Cells]) -> Result<Found, ApiError> {
        let mut keys = Vec::new();
        for name in &self.query.group {
            keys.push(self.path(object, name)?);
        }
        let mut groups: BTreeMap<Vec<String>, Vec<&Cells>> = BTreeMap::new();
        for cells in rows {
            let key = keys.iter().map(|path| self.value(object, cells, path).to_string()).collect();
            groups.entry(key).or_default().push(cells);
        }
        if groups.is_empty() && keys.is_empty() {
            groups.insert(Vec::new(), Vec::new());
        }
        let mut records = Vec::new();
        let mut columns = Vec::new();
        for cells in groups.values() {
            let mut record = Map::new();
            columns.clear();
            record.insert("attributes".to_owned(), json!({"type": "AggregateResult"}));
            let mut unnamed = 0;
            for item in &self.query.select {
                let (name, value) = match item {
                    Item::Field(name) => {
                        let path = self.path(object, name)?;
                        if !keys.iter().any(|key| key.shown == path.shown) {
                            let message = format!("Field must be grouped or aggregated: {}", name.text);
                            return Err(ApiError::bad("MALFORMED_QUERY", message));
                        }
                        let value = cells.first().map_or(Value::Null, |cells| self.value(object, cells, &path));
                        (path.field.name, value)
                    }
                    Item::Aggregate { function, field, alias } => {
                        let name = alias.clone().unwrap_or_else(|| {
                            unnamed += 1;
                            format!("expr{}", unnamed - 1)
                        });
                        let values = match field {
                            Some(field) => {
                                let path = self.path(object, field)?;
                                let values = cells.iter().map(|cells| self.value(object, cells, &path));
                                Some((values.filter(|value| !value.is_null()).collect(), path.field))
                            }
                            None => None,
                        };
                        (name, aggregate(*function, values, cells.len()))
                    }
                    Item::Fields(_) | Item::Children(_) => {
                        return Err(ApiError::bad("MALFORMED_QUERY", "Grouped query cannot use child relationships"));
                    }
                };
                columns.push(name.clone());
                record.insert(name, value);
            }
            records.push(Value::Object(record));
        }
        if let Some(limit) = self.query.limit {
            records.truncate(limit);
        }
        Ok(Found { total: records.len(), records, columns })
    }

    /// Looks up everything in a condition once, before the rows are gone through.
    fn prepare(&self, object: &Object, condition: &'a Condition) -> Result<Test, ApiError> {
        Ok(match condition {
            Condition::And(terms) => Test::And(self.prepare_all(object, terms)?),
            Condition::Or(terms) => Test::Or(self.prepare_all(object, terms)?),
            Condition::Not(term) => Test::Not(Box::new(self.prepare(object, term)?)),
            Condition::Compare { field, operator, value } => {
                let path = self.filter_path(object, field)?;
                if *operator == Operator::Like && !path.field.kind.is_text() {
                    let message = format!("invalid operator on {} field", path.field.kind.name());
                    return Err(ApiError::bad("INVALID_QUERY_FILTER_OPERATOR", message));
                }
                let value = literal(&path.field, value)?;
                Test::Compare { path, operator: *operator, value, today: day(self.caller.now) }
            }
            Condition::In { field, negated, values } => {
                let path = self.filter_path(object, field)?;
                let mut wanted = BTreeSet::new();
                for value in values {
                    wanted.insert(fold(&path.field, &literal_value(&literal(&path.field, value)?)));
                }
                Test::In { path, negated: *negated, values: wanted }
            }
            Condition::InQuery { field, negated, query } => {
                let path = self.filter_path(object, field)?;
                if query.filter.as_ref().is_some_and(has_subquery) {
                    let message = "Nesting of semi join sub-selects is not supported";
                    return Err(ApiError::bad("MALFORMED_QUERY", message));
                }
                let found = Run { query, ..*self }.whole()?;
                let [column] = found.columns.as_slice() else {
                    let message = "The inner select of a semi join must have exactly one field";
                    return Err(ApiError::bad("MALFORMED_QUERY", message));
                };
                let values = found.records.iter().map(|record| at_path(record, column));
                let values = values.filter(|value| !value.is_null()).map(|value| fold(&path.field, &value)).collect();
                Test::In { path, negated: *negated, values }
            }
        })
    }

    fn prepare_all(&self, object: &Object, terms: &'a [Condition]) -> Result<Vec<Test>, ApiError> {
        terms.iter().map(|term| self.prepare(object, term)).collect()
    }

    fn filter_path(&self, object: &Object, name: &Name) -> Result<Path, ApiError> {
        let path = self.path(object, name)?;
        if !path.field.filterable {
            let message = format!(
                "{}field '{}' can not be filtered in a query call",
                place(&self.query.text, name.at),
                path.field.name
            );
            return Err(ApiError::bad("INVALID_FIELD", message));
        }
        Ok(path)
    }

    fn holds(&self, object: &Object, cells: &Cells, test: &Test) -> bool {
        match test {
            Test::And(tests) => tests.iter().all(|test| self.holds(object, cells, test)),
            Test::Or(tests) => tests.iter().any(|test| self.holds(object, cells, test)),
            Test::Not(test) => !self.holds(object, cells, test),
            Test::Compare { path, operator, value, today } => {
                compares(&path.field, *operator, &self.value(object, cells, path), value, today)
            }
            Test::In { path, negated, values } => {
                let own = self.value(object, cells, path);
                values.contains(&fold(&path.field, &own)) != *negated
            }
        }
    }
}

/// Puts a value below its parents; where one of them is not there, null stands in its place.
fn put(record: &mut Map<String, Value>, parents: &[(&str, Option<Value>)], field: &str, value: Value) {
    match parents.split_first() {
        None => {
            record.insert(field.to_owned(), value);
        }
        Some(((name, None), _)) => {
            record.entry(*name).or_insert(Value::Null);
        }
        Some(((name, Some(attributes)), rest)) => {
            if let Value::Object(inner) = record.entry(*name).or_insert_with(|| json!({"attributes": attributes})) {
                put(inner, rest, field, value);
            }
        }
    }
}

/// A condition with everything looked up.
enum Test {
    And(Vec<Test>),
    Or(Vec<Test>),
    Not(Box<Test>),
    Compare { path: Path, operator: Operator, value: Literal, today: String },
    In { path: Path, negated: bool, values: BTreeSet<String> },
}

fn has_subquery(condition: &Condition) -> bool {
    match condition {
        Condition::And(terms) | Condition::Or(terms) => terms.iter().any(has_subquery),
        Condition::Not(term) => has_subquery(term),
        Condition::Compare { .. } | Condition::In { .. } => false,
        Condition::InQuery { .. } => true,
    }
}

/// The value of `Lead.Email` in a record.
pub(in super::super) fn at_path(record: &Value, path: &str) -> Value {
    let mut value = record;
    for part in path.split('.') {
        match value.get(part) {
            Some(inner) => value = inner,
            None => return Value::Null,
        }
    }
    value.clone()
}

/// Checks that a literal suits the field, as Salesforce insists.
fn literal(field: &Field, value: &Literal) -> Result<Literal, ApiError> {
    let wrong = |wanted: &str, quotes: &str| {
        let message = format!(
            "value of filter criterion for field '{}' must be of type {wanted} and should {quotes}be enclosed in quotes",
            field.name
        );
        Err(ApiError::bad("INVALID_FIELD", message))
    };
    match (&field.kind, value) {
        (_, Literal::Null) => Ok(Literal::Null),
        (Kind::Id | Kind::Reference { .. }, Literal::Text(id)) => match ids::long(id) {
            Some(long) => Ok(Literal::Text(long)),
            None if id.is_empty() => Ok(Literal::Null),
            None => Err(ApiError::bad("INVALID_QUERY_FILTER_OPERATOR", format!("invalid ID field: {id}"))),
        },
        (Kind::Id | Kind::Reference { .. }, _) => wrong("ID", ""),
        (Kind::Boolean, Literal::Boolean(_)) => Ok(value.clone()),
        (Kind::Boolean, _) => wrong("boolean", "not "),
        (Kind::Date, Literal::Day(_) | Literal::Days { .. }) => Ok(value.clone()),
        (Kind::Date, _) => wrong("date", "not "),
        (Kind::DateTime, Literal::Moment(_) | Literal::Days { .. }) => Ok(value.clone()),
        (Kind::DateTime, _) => wrong("dateTime", "not "),
        (kind, Literal::Number(_)) if kind.is_number() => Ok(value.clone()),
        (kind, _) if kind.is_number() => wrong(kind.name(), "not "),
        (_, Literal::Text(text)) if text.is_empty() => Ok(Literal::Null),
        (_, Literal::Text(_)) => Ok(value.clone()),
        _ => wrong("string", ""),
    }
}

fn literal_value(literal: &Literal) -> Value {
    match literal {
        Literal::Null | Literal::Days { .. } => Value::Null,
        Literal::Boolean(value) => json!(value),
        Literal::Number(value) => json!(value),
        Literal::Text(value) | Literal::Day(value) | Literal::Moment(value) => json!(value),
    }
}

/// The form in which two values are equal exactly when Salesforce says so: texts without regard to capitals, ids with.
fn fold(field: &Field, value: &Value) -> String {
    match value {
        Value::String(text) if field.kind.is_text() => text.to_lowercase(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().unwrap_or_default().to_string(),
        Value::Null => "\0null".to_owned(),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

fn compare(field: &Field, a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a.as_f64().unwrap_or_default().total_cmp(&b.as_f64().unwrap_or_default())
        }
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => fold(field, a).cmp(&fold(field, b)),
    }
}

fn compares(field: &Field, operator: Operator, own: &Value, literal: &Literal, today: &str) -> bool {
    if let Literal::Days { from, to } = literal {
        return own.as_str().is_some_and(|own| in_days(own, operator, *from, *to, today));
    }
    let wanted = literal_value(literal);
    match operator {
        Operator::Equal => fold(field, own) == fold(field, &wanted),
        // A row without a value is not equal to any.
        Operator::NotEqual => fold(field, own) != fold(field, &wanted),
        Operator::Like => match (own, literal) {
            (Value::String(own), Literal::Text(pattern)) => {
                let own: Vec<char> = own.to_lowercase().chars().collect();
                let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
                like(&own, &pattern)
            }
            _ => false,
        },
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            if own.is_null() || wanted.is_null() {
                return false;
            }
            let by = compare(field, own, &wanted);
            match operator {
                Operator::Less => by == Ordering::Less,
                Operator::LessOrEqual => by != Ordering::Greater,
                Operator::Greater => by == Ordering::Greater,
                Operator::GreaterOrEqual => by != Ordering::Less,
                Operator::Equal | Operator::NotEqual | Operator::Like => false,
            }
        }
    }
}

/// Compares a day or moment with a range of days around today.
fn in_days(own: &str, operator: Operator, from: i32, to: i32, today: &str) -> bool {
    let Some(today) = today.parse::<jiff::civil::Date>().ok() else { return false };
    let Some(own) = own.get(..10).and_then(|own| own.parse::<jiff::civil::Date>().ok()) else { return false };
    let away = |days: i32| today.checked_add(jiff::Span::new().try_days(days).unwrap_or_default()).unwrap_or(today);
    let (from, to) = (away(from), away(to));
    match operator {
        Operator::Equal => from <= own && own <= to,
        Operator::NotEqual => own < from || to < own,
        Operator::Less => own < from,
        Operator::LessOrEqual => own <= to,
        Operator::Greater => own > to,
        Operator::GreaterOrEqual => own >= from,
        Operator::Like => false,
    }
}

/// `%` is any text, `_` one sign, a backslash takes away the meaning of what follows.
fn like(text: &[char], pattern: &[char]) -> bool {
    // Where to go on after a `%` that took too little.
    let (mut at, mut in_pattern, mut retry) = (0, 0, None);
    loop {
        let (wanted, width) = match pattern.get(in_pattern) {
            Some('%') => {
                retry = Some((at, in_pattern + 1));
                in_pattern += 1;
                continue;
            }
            Some('\\') => (pattern.get(in_pattern + 1).copied(), 2),
            // Past the end there is no sign to be had.
            Some('_') => (text.get(at).copied().or(Some('\0')), 1),
            other => (other.copied(), 1),
        };
        match (text.get(at), wanted) {
            (None, None) => return true,
            (Some(sign), Some(wanted)) if *sign == wanted => {
                at += 1;
                in_pattern += width;
            }
            _ => match retry {
                Some((from, after)) if from < text.len() => {
                    retry = Some((from + 1, after));
                    at = from + 1;
                    in_pattern = after;
                }
                _ => return false,
            },
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "an average of counts that fit a test double")]
fn aggregate(function: Aggregate, values: Option<(Vec<Value>, Field)>, rows: usize) -> Value {
    let Some((values, field)) = values else { return json!(rows) };
    let numbers = || values.iter().filter_map(Value::as_f64);
    match function {
        Aggregate::Count => json!(values.len()),
        Aggregate::CountDistinct => {
            json!(values.iter().map(|value| fold(&field, value)).collect::<BTreeSet<_>>().len())
        }
        Aggregate::Min => values.iter().min_by(|a, b| compare(&field, a, b)).cloned().unwrap_or(Value::Null),
        Aggregate::Max => values.iter().max_by(|a, b| compare(&field, a, b)).cloned().unwrap_or(Value::Null),
        Aggregate::Sum => json!(numbers().sum::<f64>()),
        Aggregate::Avg if values.is_empty() => Value::Null,
        Aggregate::Avg => json!(numbers().sum::<f64>() / values.len() as f64),
    }
}
