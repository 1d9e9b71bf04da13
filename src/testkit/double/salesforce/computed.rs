//! Reading a field of a row: what is stored, and what Salesforce computes on the way out.

use serde_json::{Value, json};

use super::Salesforce;
use super::rows::Cells;
use super::schema::{Kind, Object};
use crate::model::Timestamp;

impl Salesforce {
    /// The value of a field, by its canonical name, of a row of which these are the cells.
    pub(super) fn value(&self, object: &Object, cells: &Cells, field: &str) -> Value {
        let stored = |name: &str| cells.get(name).cloned().unwrap_or(Value::Null);
        match object.name.as_str() {
            "CampaignMember" => self.member_value(cells, field).unwrap_or_else(|| stored(field)),
            "Lead" | "Contact" | "User" if field == "Name" => full_name(cells),
            "Campaign" => self.campaign_value(cells, field).unwrap_or_else(|| stored(field)),
            _ => {
                let value = stored(field);
                let check_box = value.is_null() && object.field(field).is_some_and(|field| field.kind == Kind::Boolean);
                if check_box { json!(false) } else { value }
            }
        }
    }

    /// What the member takes from its person.
    fn member_value(&self, cells: &Cells, field: &str) -> Option<Value> {
        let id = |name: &str| cells.get(name).and_then(Value::as_str).filter(|id| !id.is_empty());
        let (kind, person) = match (id("ContactId"), id("LeadId")) {
            (Some(contact), _) => ("Contact", contact),
            (None, Some(lead)) => ("Lead", lead),
            (None, None) => return None,
        };
        match field {
            "Type" => return Some(json!(kind)),
            "LeadOrContactId" => return Some(json!(person)),
            _ => {}
        }
        let own = match field {
            "LeadOrContactOwnerId" => "OwnerId",
            "City" | "State" | "Country" | "PostalCode" | "Street" if kind == "Contact" => {
                let row = self.row(kind, person)?;
                return Some(row.get(&format!("Mailing{field}")).clone());
            }
            "CompanyOrAccount" if kind == "Contact" => {
                let account = self.row(kind, person).map(|row| row.text("AccountId").to_owned())?;
                return Some(self.row("Account", &account).map_or(Value::Null, |row| row.get("Name").clone()));
            }
            "CompanyOrAccount" => "Company",
            "Salutation" | "Name" | "FirstName" | "LastName" | "Title" | "Email" | "Phone" | "MobilePhone" | "City"
            | "State" | "Country" | "PostalCode" | "Street" | "Description" | "LeadSource" | "DoNotCall"
            | "HasOptedOutOfEmail" => field,
            _ => return None,
        };
        let object = self.schema.object(kind)?;
        let row = self.row(kind, person)?;
        Some(self.value(object, &row.cells, own))
    }

    fn campaign_value(&self, cells: &Cells, field: &str) -> Option<Value> {
        let id = cells.get("Id").and_then(Value::as_str).unwrap_or_default();
        let count = |matches: &dyn Fn(&Cells) -> bool| {
            let members = self.store.members_of(id).filter_map(|(_, member)| self.row("CampaignMember", member));
            json!(members.filter(|row| matches(&row.cells)).count())
        };
        let has = |cells: &Cells, name: &str| cells.get(name).is_some_and(|value| !value.is_null());
        let is = |cells: &Cells, name: &str| cells.get(name).and_then(Value::as_bool).unwrap_or_default();
        Some(match field {
            "NumberOfLeads" => count(&|cells| has(cells, "LeadId")),
            "NumberOfConvertedLeads" => count(&|cells| has(cells, "LeadId") && has(cells, "ContactId")),
            "NumberOfContacts" => count(&|cells| has(cells, "ContactId")),
            "NumberOfResponses" => count(&|cells| is(cells, "HasResponded")),
            "NumberOfOpportunities" | "NumberOfWonOpportunities" => json!(0),
            "AmountAllOpportunities" | "AmountWonOpportunities" => json!(0.0),
            "HierarchyActualCost" => {
                cells.get("ActualCost").filter(|cost| !cost.is_null()).cloned().unwrap_or(json!(0.0))
            }
            "HierarchyNumberOfLeads" => {
                let leads = count(&|cells| has(cells, "LeadId")).as_f64().unwrap_or_default();
                json!(leads)
            }
            _ => return None,
        })
    }

    /// The cells that a query sees at `now`: nothing when the row does not show yet.
    pub(super) fn seen<'a>(&self, row: &'a super::rows::Row, now: Timestamp) -> Option<&'a Cells> {
        match &row.shadow {
            Some(shadow) if shadow.until > now => shadow.cells.as_ref(),
            Some(_) | None => Some(&row.cells),
        }
    }
}

fn full_name(cells: &Cells) -> Value {
    let part = |name: &str| cells.get(name).and_then(Value::as_str).unwrap_or_default();
    json!(format!("{} {}", part("FirstName"), part("LastName")).trim())
}
