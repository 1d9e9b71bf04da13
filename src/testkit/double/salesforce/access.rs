//! Who may see and do what: object permissions, field-level security, the Marketing User switch, sharing (facts, section 2).

use std::sync::Arc;

use super::Salesforce;
use super::data::{ObjectAccess, Sharing, User};
use super::rows::Row;
use super::schema::{Field, Object};
use crate::model::Timestamp;

/// Objects that exist only in editions with campaigns.
pub(super) const CAMPAIGN_OBJECTS: [&str; 3] = ["Campaign", "CampaignMember", "CampaignMemberStatus"];

/// Fields that no administrator can hide.
const ALWAYS_VISIBLE: [&str; 9] = [
    "Id",
    "Name",
    "IsDeleted",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
    "CampaignId",
];

/// Who asks, and when.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The profile; nothing means that everything is allowed.
    pub(super) user: Option<Arc<User>>,
    /// Id of the user that what is written is signed with.
    pub(super) user_id: String,
    /// The present.
    pub(super) now: Timestamp,
    /// Which request this is part of: locks are between requests.
    pub(super) request: u64,
    /// `Sforce-Duplicate-Rule-Header: allowSave=true`.
    pub(super) allow_duplicates: bool,
}

impl Salesforce {
    /// What this caller may do with an object, all switches taken together.
    pub(super) fn object_access(&self, caller: &Caller, object: &Object) -> ObjectAccess {
        let none = ObjectAccess { read: false, create: false, edit: false, delete: false, view_all: false };
        if !self.settings.campaigns && CAMPAIGN_OBJECTS.contains(&object.name.as_str()) {
            return none;
        }
        let Some(user) = &caller.user else { return ObjectAccess::default() };
        let own = |name: &str| user.permissions.get(name).copied().unwrap_or_default();
        // Members and statuses have no permissions of their own: those of the campaign decide.
        let mut access = match object.name.as_str() {
            "CampaignMember" => {
                let campaign = own("Campaign");
                if !campaign.read {
                    return none;
                }
                // Reading the campaign is enough to write its members, even without the Marketing User switch.
                ObjectAccess { read: true, create: true, edit: true, delete: true, view_all: campaign.view_all }
            }
            "CampaignMemberStatus" => {
                let campaign = own("Campaign");
                ObjectAccess { create: campaign.edit, delete: campaign.edit, ..campaign }
            }
            name => own(name),
        };
        if matches!(object.name.as_str(), "Campaign" | "CampaignMemberStatus") && !user.marketing_user {
            access.create = false;
            access.edit = false;
            access.delete = false;
        }
        if !object.writable {
            access.create = false;
            access.edit = false;
            access.delete = false;
        }
        if !access.read {
            return none;
        }
        access
    }

    /// Whether the field is there at all for this caller.
    pub(super) fn field_visible(caller: &Caller, object: &Object, field: &Field) -> bool {
        let Some(user) = &caller.user else { return true };
        ALWAYS_VISIBLE.contains(&field.name.as_str()) || !names(&user.hidden_fields, object, field)
    }

    /// Whether the caller may write the field in an insert or update.
    pub(super) fn field_writable(caller: &Caller, object: &Object, field: &Field, insert: bool) -> bool {
        let allowed = if insert { field.createable } else { field.updateable };
        let locked = caller.user.as_ref().is_some_and(|user| names(&user.read_only_fields, object, field));
        allowed && !locked && Self::field_visible(caller, object, field)
    }

    /// Whether the caller sees the row: owners do, and everybody unless the object is private.
    pub(super) fn row_visible(&self, caller: &Caller, object: &Object, row: &Row) -> bool {
        self.row_access(caller, object, row) != Sharing::Private
    }

    /// What sharing lets the caller do with the row.
    pub(super) fn row_access(&self, caller: &Caller, object: &Object, row: &Row) -> Sharing {
        let Some(user) = &caller.user else { return Sharing::ReadWrite };
        if object.name.starts_with("CampaignMember") {
            // What is seen of the campaign is seen of its members; to write them, seeing it is enough.
            let campaign = self.schema.object("Campaign").zip(self.row("Campaign", row.text("CampaignId")));
            return match campaign {
                Some((object, campaign)) => match self.row_access(caller, object, campaign) {
                    Sharing::Private => Sharing::Private,
                    Sharing::Read | Sharing::ReadWrite => Sharing::ReadWrite,
                },
                None => Sharing::ReadWrite,
            };
        }
        let shared = self.settings.sharing.get(&object.name).copied().unwrap_or(Sharing::ReadWrite);
        let owner = row.text("OwnerId");
        if shared == Sharing::ReadWrite || owner.is_empty() || owner == caller.user_id {
            return Sharing::ReadWrite;
        }
        let view_all = if user.permissions.contains_key(&object.name) {
            self.object_access(caller, object).view_all
        } else {
            user.view_all_data
        };
        if view_all { Sharing::Read } else { shared }
    }
}

fn names(list: &[String], object: &Object, field: &Field) -> bool {
    list.iter().any(|name| {
        name.split_once('.')
            .is_some_and(|(of, name)| of.eq_ignore_ascii_case(&object.name) && name.eq_ignore_ascii_case(&field.name))
    })
}
