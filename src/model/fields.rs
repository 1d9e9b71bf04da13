//! The person fields that always exist (language.md section 1).

use super::value::FieldType;

/// A standard field.
#[derive(Debug, Clone, Copy)]
pub struct StandardField {
    /// Its name as it is printed.
    pub name: &'static str,
    /// Its type.
    pub type_: FieldType,
    /// Whether rules may only read it; such a field never fires `changes`.
    pub read_only: bool,
}

const fn field(name: &'static str, type_: FieldType) -> StandardField {
    StandardField { name, type_, read_only: false }
}

const fn read_only(name: &'static str, type_: FieldType) -> StandardField {
    StandardField { name, type_, read_only: true }
}

/// The standard fields; their place here is their [`super::FieldId`].
pub const STANDARD_FIELDS: &[StandardField] = &[
    field("Email Address", FieldType::Email),
    field("First Name", FieldType::Text),
    field("Last Name", FieldType::Text),
    field("Company Name", FieldType::Text),
    field("Job Title", FieldType::Text),
    field("Country", FieldType::Text),
    field("State", FieldType::Text),
    field("City", FieldType::Text),
    field("Postal Code", FieldType::Text),
    field("Industry", FieldType::Text),
    field("Lead Source", FieldType::Text),
    field("Lead Status", FieldType::Text),
    field("Language", FieldType::Text),
    field("Phone Number", FieldType::Text),
    field("Person Score", FieldType::Integer),
    field("Number of Employees", FieldType::Integer),
    field("Annual Revenue", FieldType::Number),
    field("Unsubscribed", FieldType::Boolean),
    field("Marketing Suspended", FieldType::Boolean),
    read_only("SFDC Is Deleted", FieldType::Boolean),
    read_only("SFDC Type", FieldType::Text),
    read_only("Created At", FieldType::DateTime),
    read_only("Updated At", FieldType::DateTime),
    field("Date of Birth", FieldType::Date),
];

/// Places of the standard fields that the engine itself reads and writes.
impl StandardField {
    /// `SFDC Is Deleted`.
    pub const SFDC_IS_DELETED: super::FieldId = super::FieldId(19);
    /// `SFDC Type`: `Lead`, `Contact` or empty.
    pub const SFDC_TYPE: super::FieldId = super::FieldId(20);
    /// `Created At`.
    pub const CREATED_AT: super::FieldId = super::FieldId(21);
    /// `Updated At`.
    pub const UPDATED_AT: super::FieldId = super::FieldId(22);
    /// `Person Score`, which may also be written `Score`.
    pub const PERSON_SCORE: super::FieldId = super::FieldId(14);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Id;

    #[test]
    fn the_places_are_those_of_the_table() {
        for (id, name) in [
            (StandardField::SFDC_IS_DELETED, "SFDC Is Deleted"),
            (StandardField::SFDC_TYPE, "SFDC Type"),
            (StandardField::CREATED_AT, "Created At"),
            (StandardField::UPDATED_AT, "Updated At"),
            (StandardField::PERSON_SCORE, "Person Score"),
        ] {
            assert_eq!(STANDARD_FIELDS.get(id.index()).map(|field| field.name), Some(name));
        }
    }
}
