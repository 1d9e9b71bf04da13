#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use serde_json::Value;

use super::parse::parse;
use crate::model::Timestamp;
use crate::testkit::double::read_data;
use crate::testkit::double::salesforce::{Data, Salesforce};

const DATA: &str = r#"
custom_fields: {Lead: [{name: Key__c, external_id: true}]}
accounts: [{ref: acme, Name: Acme}]
contacts: [{ref: c, LastName: Curie, Email: curie@example.com, AccountId: "@acme"}]
leads:
  - {ref: a, LastName: Abel, Company: Oslo, Email: abel@example.com, NumberOfEmployees: 10, Key__c: k1}
  - {ref: b, LastName: Bolzano, Company: 100%_Praha, Title: O'Brien, NumberOfEmployees: 20}
  - {ref: d, LastName: dirichlet, Company: Berlin, Email: d@example.com}
campaigns:
  - {Name: One, StartDate: 2026-03-01, members: [{person: a}, {person: c}]}
  - {Name: Two, ActualCost: 10, StartDate: 2026-03-05, members: [{person: b, status: Responded}]}
"#;

/// The values of a query: every record as its selected values, joined.
fn ask(soql: &str) -> Result<Vec<String>, String> {
    let now = Timestamp::parse("2026-03-05T12:00:00Z").unwrap();
    let salesforce = Salesforce::new(&read_data::<Data>(DATA).unwrap(), "", now).unwrap();
    let caller = salesforce.somebody(now);
    let query = parse(soql).map_err(|error| format!("{}: {}", error.code, error.message))?;
    let found = salesforce.select(&caller, &query, false, "v66.0");
    let found = found.map_err(|error| format!("{}: {}", error.code, error.message))?;
    if found.columns.is_empty() {
        return Ok(vec![found.total.to_string()]);
    }
    let cell = |record: &Value, column: &String| {
        let value = super::run::at_path(record, column);
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    };
    let row = |record: &Value| found.columns.iter().map(|column| cell(record, column)).collect::<Vec<_>>().join(" ");
    Ok(found.records.iter().map(row).collect())
}

fn rows(soql: &str) -> Vec<String> {
    ask(soql).unwrap_or_else(|error| panic!("{soql}: {error}"))
}

#[test]
fn conditions() {
    let lead = |condition: &str| rows(&format!("SELECT LastName FROM Lead WHERE {condition} ORDER BY LastName"));
    assert_eq!(lead("LastName = 'ABEL'"), ["Abel"], "texts are compared without capitals");
    assert_eq!(lead("Email != 'abel@example.com'"), ["Bolzano", "dirichlet"], "what is empty is not equal");
    assert_eq!(lead("Email = null"), ["Bolzano"]);
    assert_eq!(lead("Email = ''"), ["Bolzano"]);
    assert_eq!(lead("NumberOfEmployees >= 10 AND NumberOfEmployees < 20"), ["Abel"]);
    assert_eq!(lead("NOT (NumberOfEmployees = 10 OR LastName LIKE 'd%')"), ["Bolzano"]);
    assert_eq!(lead("LastName IN ('abel', 'Dirichlet')"), ["Abel", "dirichlet"]);
    assert_eq!(lead("LastName NOT IN ('abel', 'Dirichlet')"), ["Bolzano"]);
    assert_eq!(lead(r"Company LIKE '100\%\_P%'"), ["Bolzano"]);
    assert_eq!(lead("LastName LIKE '_bel'"), ["Abel"]);
    assert_eq!(lead("LastName LIKE 'Abel_'"), [""; 0]);
    assert_eq!(lead("LastName LIKE '%e%l%'"), ["Abel"]);
    assert_eq!(lead(r"Title = 'O\'Brien'"), ["Bolzano"]);
    assert_eq!(lead("IsConverted = false").len(), 3);
    assert_eq!(lead("CreatedDate = TODAY").len(), 3);
    assert_eq!(lead("CreatedDate > 2026-03-05T13:00:00+01:00"), [""; 0]);
    assert_eq!(lead("CreatedDate >= 2026-03-05T13:00:00+01:00 AND CreatedDate < LAST_N_DAYS:1"), [""; 0]);
    assert_eq!(lead("Id IN (SELECT LeadId FROM CampaignMember WHERE HasResponded = true)"), ["Bolzano"]);
    assert_eq!(
        rows("SELECT Name FROM Campaign WHERE StartDate < 2026-03-02 OR (ActualCost > 5 AND StartDate = TODAY)").len(),
        2
    );
}

#[test]
fn parents_children_and_aliases() {
    assert_eq!(
        rows(
            "SELECT Lead.LastName, Contact.Account.Name, Campaign.Name FROM CampaignMember WHERE Campaign.Name = 'One' ORDER BY Lead.LastName NULLS LAST"
        ),
        ["Abel null One", "null Acme One"]
    );
    assert_eq!(rows("SELECT m.Status FROM CampaignMember m WHERE m.Lead.LastName = 'Bolzano'"), ["Responded"]);
    assert_eq!(rows("select count() from campaignmember where CAMPAIGN.NAME = 'one'"), ["2"]);
    assert_eq!(rows("SELECT Name FROM Campaign ORDER BY ActualCost DESC NULLS LAST, Name"), ["Two", "One"]);
    assert_eq!(rows("SELECT Name FROM Campaign ORDER BY ActualCost LIMIT 1 OFFSET 1"), ["Two"]);
    assert_eq!(rows("SELECT CompanyOrAccount, Type FROM CampaignMember WHERE ContactId != null"), ["Acme Contact"]);
    let children =
        ask("SELECT Name, (SELECT Status FROM CampaignMembers WHERE HasResponded = true) FROM Campaign ORDER BY Name");
    assert_eq!(children.unwrap().len(), 2);
}

#[test]
fn aggregates() {
    assert_eq!(rows("SELECT CampaignId, COUNT(Id) many FROM CampaignMember GROUP BY CampaignId").len(), 2);
    assert_eq!(rows("SELECT Status, COUNT(Id) FROM CampaignMember GROUP BY Status"), ["Responded 1", "Sent 2"]);
    assert_eq!(
        rows("SELECT MAX(NumberOfEmployees), MIN(LastName), COUNT(Email), SUM(NumberOfEmployees) FROM Lead"),
        ["20 Abel 2 30.0"]
    );
    assert_eq!(rows("SELECT COUNT_DISTINCT(Status) FROM CampaignMember"), ["2"]);
}

#[test]
fn what_is_wrong_is_said_and_where() {
    let error = |soql: &str| ask(soql).unwrap_err();
    assert_eq!(
        error("SELECT Foo FROM Campaign"),
        "INVALID_FIELD: \nSELECT Foo FROM Campaign\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'Campaign'. If \
         you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference \
         your WSDL or the describe call for the appropriate names."
    );
    for (soql, begins) in [
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Id", "MALFORMED_QUERY: unexpected token: '<EOF>'"),
        ("SELECT Id FROM Lead WHERE A = 1 AND B = 2 OR C = 3", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE LastName = 5", "INVALID_FIELD: value of filter criterion"),
        ("SELECT Id FROM Lead WHERE CreatedDate > '2026-03-05'", "INVALID_FIELD: value of filter criterion"),
        ("SELECT Id FROM Lead WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR: invalid ID field: x"),
        ("SELECT Id FROM Lead WHERE LastName = 'open", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id, id FROM Lead", "MALFORMED_QUERY: duplicate field selected"),
        ("SELECT Mother.Name FROM Lead", "INVALID_FIELD"),
        ("SELECT FIELDS(ALL) FROM Lead", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead LIMIT 5 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT LastName, COUNT(Id) FROM Lead", "MALFORMED_QUERY: Field must be grouped"),
        ("SELECT Id FROM Lead; DROP TABLE Lead", "MALFORMED_QUERY: unexpected token: ';'"),
        ("SELECT * FROM Lead", "MALFORMED_QUERY"),
        ("", "MALFORMED_QUERY"),
    ] {
        let found = error(soql);
        assert!(found.starts_with(begins), "{soql}: {found}");
    }
    let deep = format!("SELECT Id FROM Lead WHERE {}Id = null{}", "(".repeat(10_000), ")".repeat(10_000));
    assert!(error(&deep).starts_with("MALFORMED_QUERY"));
}
