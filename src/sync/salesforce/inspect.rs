//! What a user may see and do, as Salesforce tells it: for finding out why something cannot be seen.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::read::{StatusRow, quoted, status};
use super::{Ask, Salesforce, optional, text};
use crate::sync::Trouble;
use crate::sync::wire::{Outside, form};

/// The user that the calls are made as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: String,
    /// Its name for log-ins.
    pub name: String,
}

/// An object as a user sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    /// Whether records can be made.
    pub createable: bool,
    /// Whether records can be changed.
    pub updateable: bool,
    /// Whether records can be deleted.
    pub deletable: bool,
    /// The fields that are visible, and whether they can be changed.
    pub fields: BTreeMap<String, bool>,
}

impl<O: Outside> Salesforce<'_, O> {
    /// Who we are.
    ///
    /// # Errors
    ///
    /// As every call. So it is with the others.
    pub async fn user(&self) -> Result<User, Trouble> {
        let told = self.ask(Ask::get("/services/oauth2/userinfo")).await?.json();
        Ok(User { id: text(&told, "user_id"), name: text(&told, "preferred_username") })
    }

    /// Whether Marketing User is ticked; nothing where that cannot be seen.
    pub async fn is_marketing_user(&self, user: &User) -> Result<Option<bool>, Trouble> {
        let soql = format!("SELECT UserPermissionsMarketingUser FROM User WHERE Id = {}", quoted(&user.id));
        let path = format!("/query?{}", form([("q", soql.as_str())]));
        match self.ask(Ask::get(path)).await {
            Ok(answer) => Ok(answer.json().pointer("/records/0/UserPermissionsMarketingUser").and_then(Value::as_bool)),
            // A user that may not see itself is still told by what it may do.
            Err(Trouble::Refused { code, .. }) if matches!(code.as_str(), "INVALID_FIELD" | "INVALID_TYPE") => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// The names of all objects that the user sees.
    pub async fn objects(&self) -> Result<BTreeSet<String>, Trouble> {
        let told = self.ask(Ask::get("/sobjects")).await?.json();
        let objects = told.get("sobjects").and_then(Value::as_array).into_iter().flatten();
        Ok(objects.filter_map(|object| optional(object, "name")).collect())
    }

    /// Ids and names of all campaigns that the user sees, whatever else of them is hidden.
    pub async fn visible_campaigns(&self) -> Result<Vec<(String, String)>, Trouble> {
        let rows = self.query("SELECT Id, Name FROM Campaign ORDER BY Id", false).await?;
        Ok(rows.iter().map(|row| (text(row, "Id"), text(row, "Name"))).collect())
    }

    /// The member statuses of all campaigns, by campaign, in their order.
    pub async fn all_statuses(&self) -> Result<BTreeMap<String, Vec<StatusRow>>, Trouble> {
        let soql = "SELECT Id, CampaignId, Label, HasResponded, IsDefault, SortOrder FROM CampaignMemberStatus ORDER BY \
                    CampaignId, SortOrder";
        let mut statuses: BTreeMap<String, Vec<StatusRow>> = BTreeMap::new();
        for row in self.query(soql, false).await? {
            statuses.entry(text(&row, "CampaignId")).or_default().push(status(&row));
        }
        Ok(statuses)
    }

    /// An object as the user sees it.
    pub async fn describe(&self, object: &str) -> Result<Described, Trouble> {
        let told = self.ask(Ask::get(format!("/sobjects/{object}/describe"))).await?.json();
        let flag = |row: &Value, key: &str| row.get(key).and_then(Value::as_bool).unwrap_or(false);
        let fields = told.get("fields").and_then(Value::as_array).into_iter().flatten();
        Ok(Described {
            createable: flag(&told, "createable"),
            updateable: flag(&told, "updateable"),
            deletable: flag(&told, "deletable"),
            fields: fields.filter_map(|field| Some((optional(field, "name")?, flag(field, "updateable")))).collect(),
        })
    }
}
