//! The objects and their fields, as `describe` tells them (facts, section 1).
//!
//! Only the shape: what an insert or update *means* is in `rules`, who may see what in `access`. The lists hold the fields
//! that a campaign sync and the public clients touch, not all of the several hundred.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Id,
    Text,
    TextArea,
    Email,
    Phone,
    Picklist {
        values: Vec<String>,
        restricted: bool,
    },
    Boolean,
    Int,
    Double,
    Currency,
    Percent,
    Date,
    DateTime,
    /// The objects that it may point at and the name by which a query follows it.
    Reference {
        to: Vec<String>,
        relationship: String,
    },
}

impl Kind {
    /// The `type` of describe.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Text => "string",
            Self::TextArea => "textarea",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Picklist { .. } => "picklist",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Double => "double",
            Self::Currency => "currency",
            Self::Percent => "percent",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Reference { .. } => "reference",
        }
    }

    /// The `soapType` of describe.
    pub(crate) fn soap(&self) -> &'static str {
        match self {
            Self::Id | Self::Reference { .. } => "tns:ID",
            Self::Text | Self::TextArea | Self::Email | Self::Phone | Self::Picklist { .. } => "xsd:string",
            Self::Boolean => "xsd:boolean",
            Self::Int => "xsd:int",
            Self::Double | Self::Currency | Self::Percent => "xsd:double",
            Self::Date => "xsd:date",
            Self::DateTime => "xsd:dateTime",
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::TextArea | Self::Email | Self::Phone | Self::Picklist { .. })
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Double | Self::Currency | Self::Percent)
    }
}

/// One field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) kind: Kind,
    /// The longest text, 0 where there is no limit.
    pub(crate) length: usize,
    pub(crate) nillable: bool,
    pub(crate) createable: bool,
    pub(crate) updateable: bool,
    pub(crate) filterable: bool,
    pub(crate) id_lookup: bool,
    pub(crate) external_id: bool,
    pub(crate) unique: bool,
    pub(crate) custom: bool,
    /// What an insert that says nothing gets.
    pub(crate) default: Option<Value>,
}

impl Field {
    pub(crate) fn new(name: &str, kind: Kind, length: usize) -> Self {
        Self {
            name: name.to_owned(),
            label: label(name),
            kind,
            length,
            nillable: true,
            createable: true,
            updateable: true,
            filterable: true,
            id_lookup: false,
            external_id: false,
            unique: false,
            custom: false,
            default: None,
        }
    }

    fn required(mut self) -> Self {
        self.nillable = false;
        self
    }

    fn lookup(mut self) -> Self {
        self.id_lookup = true;
        self
    }

    fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self.nillable = false;
        self
    }

    fn create_only(mut self) -> Self {
        self.updateable = false;
        self
    }

    fn read_only(mut self) -> Self {
        self.createable = false;
        self.updateable = false;
        self
    }

    fn unfilterable(mut self) -> Self {
        self.filterable = false;
        self
    }

    /// An insert without this field is refused.
    pub(crate) fn is_required(&self) -> bool {
        !self.nillable && self.createable && self.default.is_none() && self.kind != Kind::Boolean
    }
}

/// A relationship seen from the parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Child {
    pub(crate) object: String,
    pub(crate) field: String,
    pub(crate) relationship: String,
    pub(crate) cascade: bool,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) plural: String,
    pub(crate) prefix: String,
    /// Whether anybody may create, update and delete rows at all.
    pub(crate) writable: bool,
    pub(crate) undeletable: bool,
    pub(crate) replicateable: bool,
    pub(crate) searchable: bool,
    pub(crate) triggerable: bool,
    pub(crate) mergeable: bool,
    pub(crate) fields: Vec<Field>,
    pub(crate) children: Vec<Child>,
}

impl Object {
    /// A field by its name in any case.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }
}

/// All objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) objects: BTreeMap<String, Object>,
}

impl Schema {
    /// An object by its name in any case.
    pub(crate) fn object(&self, name: &str) -> Option<&Object> {
        self.objects.get(name).or_else(|| self.objects.values().find(|object| object.name.eq_ignore_ascii_case(name)))
    }

    /// The object that an id belongs to.
    pub(crate) fn of_id(&self, id: &str) -> Option<&Object> {
        let prefix = id.get(..3)?;
        self.objects.values().find(|object| object.prefix == prefix)
    }

    /// The objects of every Salesforce organisation that matters here.
    pub(crate) fn standard() -> Self {
        let mut objects = BTreeMap::new();
        for object in [
            campaign(),
            campaign_member(),
            campaign_member_status(),
            lead(),
            contact(),
            account(),
            opportunity(),
            user(),
            simple("Profile", "00e", vec![text("Name", 255).required(), boolean("PermissionsApiEnabled", false)]),
            simple(
                "Organization",
                "00D",
                vec![
                    text("Name", 80).required(),
                    text("OrganizationType", 40),
                    boolean("IsSandbox", false),
                    text("InstanceName", 5),
                    text("LanguageLocaleKey", 40),
                ],
            ),
            simple(
                "PermissionSet",
                "0PS",
                vec![
                    text("Name", 80).required(),
                    text("Label", 80),
                    boolean("IsOwnedByProfile", true),
                    reference("ProfileId", &["Profile"], "Profile"),
                    boolean("PermissionsApiEnabled", false),
                    boolean("PermissionsViewAllData", false),
                    boolean("PermissionsViewSetup", false),
                ],
            ),
            simple(
                "PermissionSetAssignment",
                "0Pa",
                vec![
                    reference("PermissionSetId", &["PermissionSet"], "PermissionSet").required(),
                    reference("AssigneeId", &["User"], "Assignee").required(),
                ],
            ),
            simple(
                "ObjectPermissions",
                "110",
                vec![
                    reference("ParentId", &["PermissionSet"], "Parent").required(),
                    text("SobjectType", 40).required(),
                    boolean("PermissionsCreate", false),
                    boolean("PermissionsRead", false),
                    boolean("PermissionsEdit", false),
                    boolean("PermissionsDelete", false),
                    boolean("PermissionsViewAllRecords", false),
                    boolean("PermissionsModifyAllRecords", false),
                ],
            ),
            simple(
                "FieldPermissions",
                "01k",
                vec![
                    reference("ParentId", &["PermissionSet"], "Parent").required(),
                    text("SobjectType", 40).required(),
                    text("Field", 121).required(),
                    boolean("PermissionsEdit", false),
                    boolean("PermissionsRead", false),
                ],
            ),
        ] {
            objects.insert(object.name.clone(), object);
        }
        let mut schema = Self { objects };
        schema.relate();
        schema
    }

    /// Derives what parents know of their children from the references.
    pub(crate) fn relate(&mut self) {
        let mut found: Vec<(String, Child)> = Vec::new();
        for object in self.objects.values() {
            let relationship = match object.name.as_str() {
                "Campaign" => "ChildCampaigns".to_owned(),
                "CampaignMemberStatus" => "CampaignMemberStatuses".to_owned(),
                "Opportunity" => "Opportunities".to_owned(),
                name => format!("{name}s"),
            };
            for field in &object.fields {
                let Kind::Reference { to, .. } = &field.kind else { continue };
                // Those of who made and owns a row have no name to query by.
                if field.name.ends_with("ById") || field.name == "OwnerId" || field.name.starts_with("Converted") {
                    continue;
                }
                for parent in to {
                    found.push((
                        parent.clone(),
                        Child {
                            object: object.name.clone(),
                            field: field.name.clone(),
                            relationship: relationship.clone(),
                            cascade: object.name.starts_with("CampaignMember"),
                        },
                    ));
                }
            }
        }
        for object in self.objects.values_mut() {
            object.children.clear();
        }
        for (parent, child) in found {
            let named_twice =
                |object: &Object| object.children.iter().any(|own| own.relationship == child.relationship);
            if let Some(object) = self.objects.get_mut(&parent)
                && !named_twice(object)
            {
                object.children.push(child);
            }
        }
    }
}

fn text(name: &str, length: usize) -> Field {
    Field::new(name, Kind::Text, length)
}

fn area(name: &str, length: usize) -> Field {
    Field::new(name, Kind::TextArea, length).unfilterable()
}

fn picklist(name: &str, length: usize, values: &[&str]) -> Field {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Field::new(name, Kind::Picklist { values, restricted: false }, length)
}

fn boolean(name: &str, default: bool) -> Field {
    Field::new(name, Kind::Boolean, 0).default(default)
}

fn plain(name: &str, kind: Kind) -> Field {
    Field::new(name, kind, 0)
}

fn reference(name: &str, to: &[&str], relationship: &str) -> Field {
    let to = to.iter().map(|object| (*object).to_owned()).collect();
    Field::new(name, Kind::Reference { to, relationship: relationship.to_owned() }, 18)
}

/// Those that every row has.
fn system() -> Vec<Field> {
    vec![
        plain("IsDeleted", Kind::Boolean).read_only().required(),
        plain("CreatedDate", Kind::DateTime).read_only().required(),
        reference("CreatedById", &["User"], "CreatedBy").read_only().required(),
        plain("LastModifiedDate", Kind::DateTime).read_only().required(),
        reference("LastModifiedById", &["User"], "LastModifiedBy").read_only().required(),
        plain("SystemModstamp", Kind::DateTime).read_only().required(),
    ]
}

fn object(name: &str, prefix: &str, plural: &str, mut fields: Vec<Field>) -> Object {
    let mut id = Field::new("Id", Kind::Id, 18).read_only().required();
    id.id_lookup = true;
    fields.insert(0, id);
    fields.extend(system());
    Object {
        name: name.to_owned(),
        label: label(name),
        plural: plural.to_owned(),
        prefix: prefix.to_owned(),
        writable: true,
        undeletable: true,
        replicateable: true,
        searchable: true,
        triggerable: true,
        mergeable: false,
        fields,
        children: Vec::new(),
    }
}

/// An object that only the administrator writes.
fn simple(name: &str, prefix: &str, fields: Vec<Field>) -> Object {
    let mut object = object(name, prefix, &label(name), fields);
    object.writable = false;
    object.undeletable = false;
    object.searchable = false;
    object.triggerable = false;
    object.replicateable = false;
    object
}

fn campaign() -> Object {
    let count = |name: &str| plain(name, Kind::Int).read_only().required();
    object(
        "Campaign",
        "701",
        "Campaigns",
        vec![
            text("Name", 80).required().lookup(),
            reference("ParentId", &["Campaign"], "Parent"),
            picklist(
                "Type",
                40,
                &[
                    "Conference",
                    "Webinar",
                    "Trade Show",
                    "Public Relations",
                    "Partners",
                    "Referral Program",
                    "Advertisement",
                    "Banner Ads",
                    "Direct Mail",
                    "Email",
                    "Telemarketing",
                    "Other",
                ],
            ),
            picklist("Status", 40, &["Planned", "In Progress", "Completed", "Aborted"]).default("Planned"),
            plain("StartDate", Kind::Date),
            plain("EndDate", Kind::Date),
            plain("ExpectedRevenue", Kind::Currency),
            plain("BudgetedCost", Kind::Currency),
            plain("ActualCost", Kind::Currency),
            plain("ExpectedResponse", Kind::Percent),
            plain("NumberSent", Kind::Double),
            boolean("IsActive", false),
            area("Description", 32_000),
            count("NumberOfLeads"),
            count("NumberOfConvertedLeads"),
            count("NumberOfContacts"),
            count("NumberOfResponses"),
            count("NumberOfOpportunities"),
            count("NumberOfWonOpportunities"),
            plain("AmountAllOpportunities", Kind::Currency).read_only().required(),
            plain("AmountWonOpportunities", Kind::Currency).read_only().required(),
            plain("HierarchyActualCost", Kind::Currency).read_only(),
            plain("HierarchyNumberOfLeads", Kind::Double).read_only(),
            reference("OwnerId", &["User"], "Owner").default("").required(),
            text("CampaignMemberRecordTypeId", 18),
        ],
    )
}

fn campaign_member() -> Object {
    let person = |name: &str, kind: Kind, length: usize| Field::new(name, kind, length).read_only();
    let mut member = object(
        "CampaignMember",
        "00v",
        "Campaign Members",
        vec![
            reference("CampaignId", &["Campaign"], "Campaign").create_only().required(),
            reference("LeadId", &["Lead"], "Lead").create_only(),
            reference("ContactId", &["Contact"], "Contact").create_only(),
            picklist("Status", 40, &[]),
            plain("HasResponded", Kind::Boolean).read_only().required(),
            plain("FirstRespondedDate", Kind::Date).read_only(),
            person("Type", Kind::Text, 40),
            reference("LeadOrContactId", &["Contact", "Lead"], "LeadOrContact").read_only(),
            reference("LeadOrContactOwnerId", &["User"], "LeadOrContactOwner").read_only(),
            person("Salutation", Kind::Picklist { values: Vec::new(), restricted: false }, 40),
            person("Name", Kind::Text, 255),
            person("FirstName", Kind::Text, 40),
            person("LastName", Kind::Text, 80),
            person("Title", Kind::Text, 128),
            person("Email", Kind::Email, 80),
            person("Phone", Kind::Phone, 40),
            person("MobilePhone", Kind::Phone, 40),
            person("City", Kind::Text, 40),
            person("State", Kind::Text, 80),
            person("Country", Kind::Text, 80),
            person("PostalCode", Kind::Text, 20),
            person("Street", Kind::TextArea, 255).unfilterable(),
            person("Description", Kind::TextArea, 32_000).unfilterable(),
            person("CompanyOrAccount", Kind::Text, 255),
            person("LeadSource", Kind::Text, 255),
            person("DoNotCall", Kind::Boolean, 0).required(),
            person("HasOptedOutOfEmail", Kind::Boolean, 0).required(),
        ],
    );
    // Deleted members are gone: there is no recycle bin for them (facts, 0.2).
    member.undeletable = false;
    member.searchable = false;
    member
}

fn campaign_member_status() -> Object {
    let mut status = object(
        "CampaignMemberStatus",
        "01Y",
        "Campaign Member Statuses",
        vec![
            reference("CampaignId", &["Campaign"], "Campaign").create_only().required(),
            text("Label", 765).required(),
            plain("SortOrder", Kind::Int),
            boolean("IsDefault", false),
            boolean("HasResponded", false),
        ],
    );
    status.undeletable = false;
    status.searchable = false;
    status.triggerable = false;
    status
}

fn address(prefix: &str) -> Vec<Field> {
    vec![
        Field::new(&format!("{prefix}Street"), Kind::TextArea, 255),
        text(&format!("{prefix}City"), 40),
        text(&format!("{prefix}State"), 80),
        text(&format!("{prefix}PostalCode"), 20),
        text(&format!("{prefix}Country"), 80),
    ]
}

fn person(first: Vec<Field>) -> Vec<Field> {
    let mut fields = vec![
        reference("MasterRecordId", &[], "MasterRecord").read_only(),
        text("LastName", 80).required(),
        text("FirstName", 40),
        picklist("Salutation", 40, &["Mr.", "Ms.", "Mrs.", "Dr.", "Prof."]),
        text("Name", 121).read_only().required(),
        text("Title", 128),
        Field::new("Phone", Kind::Phone, 40),
        Field::new("MobilePhone", Kind::Phone, 40),
        Field::new("Fax", Kind::Phone, 40),
        Field::new("Email", Kind::Email, 80).lookup(),
        area("Description", 32_000),
        picklist("LeadSource", 40, &["Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"]),
        boolean("HasOptedOutOfEmail", false),
        boolean("DoNotCall", false),
    ];
    fields.extend(first);
    fields
}

fn lead() -> Object {
    let mut fields = person(vec![
        text("Company", 255).required(),
        picklist(
            "Status",
            255,
            &["Open - Not Contacted", "Working - Contacted", "Closed - Converted", "Closed - Not Converted"],
        )
        .default("Open - Not Contacted"),
        picklist("Industry", 255, &["Agriculture", "Banking", "Consulting", "Technology", "Other"]),
        picklist("Rating", 255, &["Hot", "Warm", "Cold"]),
        plain("AnnualRevenue", Kind::Currency),
        plain("NumberOfEmployees", Kind::Int),
        text("Website", 255),
        reference("OwnerId", &["User"], "Owner").default("").required(),
        boolean("IsConverted", false).create_only(),
        plain("ConvertedDate", Kind::Date).read_only(),
        reference("ConvertedAccountId", &["Account"], "ConvertedAccount").read_only(),
        reference("ConvertedContactId", &["Contact"], "ConvertedContact").read_only(),
        reference("ConvertedOpportunityId", &["Opportunity"], "ConvertedOpportunity").read_only(),
    ]);
    fields.extend(address(""));
    let mut lead = object("Lead", "00Q", "Leads", fields);
    own_master(&mut lead);
    lead
}

fn contact() -> Object {
    let mut fields = person(vec![
        reference("AccountId", &["Account"], "Account"),
        text("Department", 80),
        reference("ReportsToId", &["Contact"], "ReportsTo"),
        reference("OwnerId", &["User"], "Owner").default("").required(),
    ]);
    fields.extend(address("Mailing"));
    let mut contact = object("Contact", "003", "Contacts", fields);
    own_master(&mut contact);
    contact
}

/// The loser of a merge points at its winner, which is of the same object.
fn own_master(object: &mut Object) {
    object.mergeable = true;
    let name = object.name.clone();
    for field in &mut object.fields {
        if let Kind::Reference { to, .. } = &mut field.kind
            && field.name == "MasterRecordId"
        {
            to.push(name.clone());
        }
    }
}

fn account() -> Object {
    let mut fields = vec![
        text("Name", 255).required().lookup(),
        picklist("Type", 40, &["Prospect", "Customer", "Partner", "Other"]),
        reference("ParentId", &["Account"], "Parent"),
        picklist("Industry", 40, &["Agriculture", "Banking", "Consulting", "Technology", "Other"]),
        text("Website", 255),
        Field::new("Phone", Kind::Phone, 40),
        plain("AnnualRevenue", Kind::Currency),
        plain("NumberOfEmployees", Kind::Int),
        area("Description", 32_000),
        reference("OwnerId", &["User"], "Owner").default("").required(),
    ];
    fields.extend(address("Billing"));
    let mut account = object("Account", "001", "Accounts", fields);
    account.mergeable = true;
    account
}

fn opportunity() -> Object {
    object(
        "Opportunity",
        "006",
        "Opportunities",
        vec![
            text("Name", 120).required(),
            reference("AccountId", &["Account"], "Account"),
            reference("CampaignId", &["Campaign"], "Campaign"),
            picklist("StageName", 255, &["Prospecting", "Qualification", "Closed Won", "Closed Lost"]).required(),
            plain("CloseDate", Kind::Date).required(),
            plain("Amount", Kind::Currency),
            reference("OwnerId", &["User"], "Owner").default("").required(),
        ],
    )
}

fn user() -> Object {
    simple(
        "User",
        "005",
        vec![
            text("Username", 80).required().lookup(),
            text("LastName", 80).required(),
            text("FirstName", 40),
            text("Name", 121).read_only().required(),
            Field::new("Email", Kind::Email, 128).required(),
            text("Alias", 8),
            boolean("IsActive", true),
            text("UserType", 40),
            reference("ProfileId", &["Profile"], "Profile"),
            boolean("UserPermissionsMarketingUser", false),
            text("TimeZoneSidKey", 40),
            text("LanguageLocaleKey", 40),
        ],
    )
}

/// `NumberOfLeads` reads `Number Of Leads`.
pub(crate) fn label(name: &str) -> String {
    let name = name.strip_suffix("__c").unwrap_or(name).replace('_', " ");
    let mut label = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for sign in name.chars() {
        if sign.is_uppercase() && before.is_lowercase() {
            label.push(' ');
        }
        label.push(sign);
        before = sign;
    }
    label.strip_suffix(" Id").map_or(label.clone(), |short| format!("{short} ID"))
}
