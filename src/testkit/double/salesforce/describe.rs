//! `describe`: what there is, as this caller may see it (facts, 3.3).

use serde_json::{Value, json};

use super::Salesforce;
use super::access::Caller;
use super::schema::{Field, Kind, Object};

/// What is false of every field here.
const NEVER: [&str; 14] = [
    "caseSensitive",
    "calculated",
    "autoNumber",
    "cascadeDelete",
    "dependentPicklist",
    "deprecatedAndHidden",
    "displayLocationInDecimal",
    "encrypted",
    "highScaleNumber",
    "htmlFormatted",
    "namePointing",
    "queryByDistance",
    "restrictedDelete",
    "writeRequiresMasterRead",
];
/// What no field here has.
const UNSET: [&str; 11] = [
    "defaultValueFormula",
    "calculatedFormula",
    "compoundFieldName",
    "controllerName",
    "extraTypeInfo",
    "filteredLookupInfo",
    "inlineHelpText",
    "mask",
    "maskType",
    "referenceTargetField",
    "relationshipOrder",
];

impl Salesforce {
    pub(super) fn describe_global(&self, caller: &Caller, version: &str) -> Value {
        let objects: Vec<Value> = self
            .schema
            .objects
            .values()
            .filter(|object| self.object_access(caller, object).read)
            .map(|object| self.describe_flags(caller, object, version))
            .collect();
        json!({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects})
    }

    pub(super) fn describe_flags(&self, caller: &Caller, object: &Object, version: &str) -> Value {
        let access = self.object_access(caller, object);
        let base = format!("/services/data/{version}/sobjects/{}", object.name);
        json!({
            "name": object.name,
            "label": object.label,
            "labelPlural": object.plural,
            "keyPrefix": object.prefix,
            "createable": access.create,
            "updateable": access.edit,
            "deletable": access.delete,
            "undeletable": access.delete && object.undeletable,
            "queryable": access.read,
            "retrieveable": access.read,
            "replicateable": object.replicateable,
            "searchable": object.searchable,
            "triggerable": object.triggerable,
            "mergeable": object.mergeable,
            "layoutable": true,
            "activateable": false,
            "associateEntityType": null,
            "associateParentEntity": null,
            "custom": false,
            "customSetting": false,
            "deepCloneable": false,
            "deprecatedAndHidden": false,
            "feedEnabled": false,
            "hasSubtypes": false,
            "isInterface": false,
            "isSubtype": false,
            "mruEnabled": true,
            "urls": {
                "sobject": base,
                "describe": format!("{base}/describe"),
                "rowTemplate": format!("{base}/{{ID}}"),
            },
        })
    }

    pub(super) fn describe(&self, caller: &Caller, object: &Object, version: &str) -> Value {
        let mut described = self.describe_flags(caller, object, version);
        let access = self.object_access(caller, object);
        let fields: Vec<Value> = object
            .fields
            .iter()
            .filter(|field| Self::field_visible(caller, object, field))
            .map(|field| {
                let create = access.create && Self::field_writable(caller, object, field, true);
                let update = access.edit && Self::field_writable(caller, object, field, false);
                describe_field(field, create, update)
            })
            .collect();
        let children: Vec<Value> = object
            .children
            .iter()
            .filter(|child| self.known_object(caller, &self.schema, &child.object).is_some())
            .map(|child| {
                json!({
                    "cascadeDelete": child.cascade,
                    "childSObject": child.object,
                    "deprecatedAndHidden": false,
                    "field": child.field,
                    "junctionIdListNames": [],
                    "junctionReferenceTo": [],
                    "relationshipName": child.relationship,
                    "restrictedDelete": false,
                })
            })
            .collect();
        if let Some(map) = described.as_object_mut() {
            map.insert("fields".to_owned(), json!(fields));
            map.insert("childRelationships".to_owned(), json!(children));
            map.insert("recordTypeInfos".to_owned(), json!([]));
            map.insert("supportedScopes".to_owned(), json!([{"label": "All", "name": "everything"}]));
            map.insert("actionOverrides".to_owned(), json!([]));
            map.insert("namedLayoutInfos".to_owned(), json!([]));
            map.insert("compactLayoutable".to_owned(), json!(true));
            map.insert("searchLayoutable".to_owned(), json!(true));
            map.insert("listviewable".to_owned(), json!(null));
            map.insert("lookupLayoutable".to_owned(), json!(null));
            map.insert("networkScopeFieldName".to_owned(), json!(null));
        }
        described
    }

    /// What the `sf` command asks for beside a query.
    pub(super) fn column_metadata(&self, columns: &[String]) -> Value {
        let columns: Vec<Value> = columns
            .iter()
            .map(|column| {
                json!({
                    "aggregate": false,
                    "apexType": "String",
                    "booleanType": false,
                    "columnName": column,
                    "custom": column.ends_with("__c"),
                    "displayName": column,
                    "foreignKeyName": null,
                    "insertable": true,
                    "joinColumns": [],
                    "numberType": false,
                    "textType": true,
                    "updatable": true,
                })
            })
            .collect();
        json!(columns)
    }
}

fn describe_field(field: &Field, createable: bool, updateable: bool) -> Value {
    let (to, relationship) = if let Kind::Reference { to, relationship } = &field.kind {
        (json!(to), json!(relationship))
    } else {
        (json!([]), Value::Null)
    };
    let (values, restricted) = if let Kind::Picklist { values, restricted } = &field.kind {
        let listed: Vec<Value> = values
            .iter()
            .map(|value| {
                let default = field.default.as_ref().and_then(Value::as_str) == Some(value.as_str());
                json!({"active": true, "defaultValue": default, "label": value, "validFor": null, "value": value})
            })
            .collect();
        (json!(listed), *restricted)
    } else {
        (json!([]), false)
    };
    let decimal = field.kind.is_number() && field.kind != Kind::Int;
    let (precision, scale) = if decimal { (18, 2) } else { (0, 0) };
    let told = [
        ("name", json!(field.name)),
        ("label", json!(field.label)),
        ("type", json!(field.kind.name())),
        ("soapType", json!(field.kind.soap())),
        ("length", json!(field.length)),
        ("byteLength", json!(field.length * 3)),
        ("precision", json!(precision)),
        ("scale", json!(scale)),
        ("digits", json!(if field.kind == Kind::Int { 9 } else { 0 })),
        ("nillable", json!(field.nillable)),
        ("createable", json!(createable)),
        ("updateable", json!(updateable)),
        ("defaultedOnCreate", json!(field.default.is_some() || field.name.ends_with("Date") && !field.createable)),
        ("defaultValue", if field.kind == Kind::Boolean { json!(false) } else { Value::Null }),
        ("filterable", json!(field.filterable)),
        ("sortable", json!(field.filterable)),
        ("groupable", json!(field.filterable && !field.kind.is_number() && field.kind != Kind::DateTime)),
        ("aggregatable", json!(field.filterable && field.kind != Kind::Boolean)),
        ("idLookup", json!(field.id_lookup)),
        ("externalId", json!(field.external_id)),
        ("unique", json!(field.unique)),
        ("custom", json!(field.custom)),
        ("nameField", json!(field.name == "Name")),
        ("permissionable", json!(field.nillable && field.updateable)),
        ("picklistValues", json!(values)),
        ("restrictedPicklist", json!(restricted)),
        ("polymorphicForeignKey", json!(to.as_array().is_some_and(|to| to.len() > 1))),
        ("referenceTo", json!(to)),
        ("relationshipName", json!(relationship)),
    ];
    let told = told.into_iter().map(|(name, value)| (name.to_owned(), value));
    let always = NEVER.iter().map(|name| ((*name).to_owned(), json!(false)));
    let unset = UNSET.iter().map(|name| ((*name).to_owned(), Value::Null));
    Value::Object(told.chain(always).chain(unset).collect())
}
