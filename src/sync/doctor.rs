//! Why can't I see my campaigns? Asks the products, cause by cause, and says what to do in which of them.
//!
//! The causes are those of the table in the facts about Salesforce. Each [`Line`] says what was asked, what came back, and
//! the remedy where something is wrong; what cannot be asked because of an earlier line is left open. Nothing is changed.

use serde::Serialize;

use super::Trouble;
use super::links::{self, Campaign, Product, Program, ProgramStatus};
use super::marketo::Marketo;
use super::salesforce::{Described, Salesforce};
use super::wire::Outside;
use crate::config::Config;
use crate::diagnostics::in_backticks;
use crate::meaning::{Link, Rulebook};
use crate::model::Id as _;

/// What was found about one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What it is about.
    pub topic: &'static str,
    /// How it is.
    pub verdict: Verdict,
    /// What was asked.
    pub asked: String,
    /// What came back.
    pub answer: String,
    /// What to do, and where; empty when nothing is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remedy: Vec<String>,
}

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Fine,
    /// This is a cause.
    Wrong,
    /// It could not be asked.
    Unreachable,
}

/// What the sync needs of Salesforce: objects, what is done with them, and their fields.
const NEEDED: &[(&str, &[Right], &[&str])] = &[
    ("Campaign", &[Right::Create, Right::Edit], &["Name", "Type", "ActualCost"]),
    ("CampaignMember", &[Right::Create, Right::Edit, Right::Delete], &["Status"]),
    ("CampaignMemberStatus", &[Right::Create], &["Label", "HasResponded", "IsDefault", "SortOrder"]),
    ("Lead", &[Right::Create], &["Email", "FirstName", "LastName", "Company"]),
    ("Contact", &[], &["Email", "FirstName", "LastName"]),
];

/// Fields that are written, and so must not be read-only.
const WRITTEN: &[(&str, &str)] = &[
    ("Campaign", "Type"),
    ("Campaign", "ActualCost"),
    ("CampaignMember", "Status"),
    ("Lead", "Email"),
    ("Lead", "LastName"),
    ("Lead", "Company"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    Create,
    Edit,
    Delete,
}

impl Right {
    fn word(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Edit => "Edit",
            Self::Delete => "Delete",
        }
    }

    fn held(self, object: &Described) -> bool {
        match self {
            Self::Create => object.createable,
            Self::Edit => object.updateable,
            Self::Delete => object.deletable,
        }
    }
}

/// Everything that was found, in the order in which it was asked.
#[derive(Debug, Default)]
struct Report {
    lines: Vec<Line>,
}

impl Report {
    fn fine(&mut self, topic: &'static str, asked: impl Into<String>, answer: impl Into<String>) {
        let (asked, answer) = (asked.into(), answer.into());
        self.lines.push(Line { topic, verdict: Verdict::Fine, asked, answer, remedy: Vec::new() });
    }

    fn wrong(
        &mut self,
        topic: &'static str,
        asked: impl Into<String>,
        answer: impl Into<String>,
        remedy: impl IntoIterator<Item = String>,
    ) {
        let remedy = remedy.into_iter().collect();
        self.lines.push(Line { topic, verdict: Verdict::Wrong, asked: asked.into(), answer: answer.into(), remedy });
    }

    /// A call that was refused or lost.
    fn trouble(&mut self, topic: &'static str, asked: impl Into<String>, trouble: &Trouble) {
        let asked = asked.into();
        match trouble {
            // It was reached, and said the same at every try.
            Trouble::Unreachable { side, message } if told_code(message).is_some() => {
                let code = told_code(message).unwrap_or_default();
                self.wrong(topic, asked, format!("{side} refuses: {message}"), [remedy(side, code, message)]);
            }
            Trouble::Unreachable { .. } | Trouble::Unknown { .. } | Trouble::Ledger(_) => {
                let remedy = vec!["look whether the address is right and the network lets us through".to_owned()];
                let answer = trouble.to_string();
                self.lines.push(Line { topic, verdict: Verdict::Unreachable, asked, answer, remedy });
            }
            Trouble::Refused { side, code, message } | Trouble::LogIn { side, code, message } => {
                self.wrong(topic, asked, format!("{side} refuses: {code}: {message}"), [remedy(side, code, message)]);
            }
            Trouble::Expired { code, message } => {
                self.wrong(topic, asked, format!("{code}: {message}"), [remedy("", code, message)]);
            }
        }
    }
}

/// The code with which a product says why it does not answer now: `API_DISABLED_FOR_ORG: …`.
fn told_code(message: &str) -> Option<&str> {
    let (code, _) = message.split_once(": ")?;
    (code.contains('_') && code.bytes().all(|byte| byte == b'_' || byte.is_ascii_uppercase())).then_some(code)
}

/// What to do about a refused call.
fn remedy(side: &str, code: &str, message: &str) -> String {
    let contains = |part: &str| message.to_ascii_lowercase().contains(part);
    let text = match code {
        "API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED" => {
            "in Salesforce: tick `API Enabled` in the profile or a permission set of the user; the edition must have the API"
        }
        "invalid_grant" if contains("api disabled") => {
            "in Salesforce: tick `API Enabled` in the profile or a permission set of the user; the edition must have the API"
        }
        "invalid_client_id" | "invalid_client" => {
            "compare `client_id` and `client_secret` with the consumer key and secret of the connected app"
        }
        "invalid_grant" if contains("ip restricted") => {
            "in Salesforce: relax the IP restrictions of the connected app, or add our address to the trusted ranges"
        }
        "invalid_grant" | "invalid_app_access" if contains("approved") || contains("access") => {
            "in Salesforce: give the user's profile or a permission set the connected app (Manage Connected Apps → Permitted Users)"
        }
        "invalid_grant" => "compare user, key and `login_url`; a sandbox logs in at https://test.salesforce.com",
        _ if contains("not valid for use with the rest api") || contains("not attached to agent") => {
            "in Salesforce: let the connected app use the REST API (OAuth scope `api`) and attach it to the user's policy"
        }
        "INSUFFICIENT_ACCESS" | "INSUFFICIENT_ACCESS_OR_READONLY" => {
            "in Salesforce: give the user's permission set the object and its records"
        }
        "601" | "602" => "compare `client_id` and `client_secret` with the custom service (Admin → LaunchPoint)",
        "603" => "in Marketo: give the API user's role `Access API` and the right to the assets and the database",
        _ if side == "Marketo" => {
            "in Marketo: look at the custom service (Admin → LaunchPoint) and the role of its API user"
        }
        _ => "in Salesforce: look at the user's profile and permission sets and at the connected app",
    };
    text.to_owned()
}

/// Looks for every cause that can be asked.
pub async fn examine<O: Outside>(
    config: &Config,
    salesforce: Option<&Salesforce<'_, O>>,
    marketo: Option<&Marketo<'_, O>>,
    rules: &Rulebook,
) -> Vec<Line> {
    let mut report = Report::default();
    if config.sync.enabled {
        report.fine("sync", "`sync.enabled` in the configuration", "it is switched on");
    } else {
        let remedy = ["write `enabled: true` under `sync` in the configuration".to_owned()];
        report.wrong("sync", "`sync.enabled` in the configuration", "it is switched off", remedy);
    }
    match salesforce {
        None => report.wrong(
            "Salesforce",
            "`salesforce` in the configuration",
            "there is no such section",
            ["write where Salesforce is and how to log in: docs/sync.md shows it".to_owned()],
        ),
        Some(salesforce) => {
            let campaigns = examine_salesforce(salesforce, &mut report).await;
            let linked = programs(rules);
            if let (Some(marketo), Some(_)) = (marketo, &campaigns) {
                examine_marketo(marketo, &linked, &mut report).await;
            }
            if let Some(campaigns) = campaigns {
                let programs = Programs { rules, marketo };
                examine_links(salesforce, &programs, &campaigns, &linked, &mut report).await;
            }
            return report.lines;
        }
    }
    report.lines
}

/// Ids and names of the campaigns that the user sees; `None` when nothing further can be asked.
async fn examine_salesforce<O: Outside>(
    salesforce: &Salesforce<'_, O>,
    report: &mut Report,
) -> Option<Vec<(String, String)>> {
    let asked = "the objects that we see (`/sobjects`)";
    let objects = match salesforce.objects().await {
        Ok(objects) => objects,
        Err(trouble) => {
            let topic = if matches!(trouble, Trouble::LogIn { .. }) { "log-in" } else { "API" };
            report.trouble(topic, asked, &trouble);
            return None;
        }
    };
    report.fine("API", asked, format!("{} objects", objects.len()));
    let asked = "who we are (`/services/oauth2/userinfo`)";
    let user = match salesforce.user().await {
        Ok(user) => user,
        Err(trouble) => {
            report.trouble("log-in", asked, &trouble);
            return None;
        }
    };
    report.fine("log-in", asked, format!("`{}` ({})", user.name, user.id));
    let missing: Vec<&str> =
        NEEDED.iter().map(|(object, ..)| *object).filter(|name| !objects.contains(*name)).collect();
    if !missing.is_empty() {
        report.wrong(
            "objects",
            "whether Campaign and its like are among them",
            format!("{} missing", list(&missing)),
            [
                format!("in Salesforce: give the user's permission set `Read` on {}", list(&missing)),
                "an edition or licence without campaigns shows none: it must have Campaigns".to_owned(),
            ],
        );
        if missing.contains(&"Campaign") {
            return None;
        }
    } else {
        report.fine("objects", "whether Campaign and its like are among them", "all are there");
    }
    rights(salesforce, &user, &objects, report).await;

    match salesforce.visible_campaigns().await {
        Ok(names) if names.is_empty() => {
            report.wrong(
                "sharing",
                "all campaigns that we see",
                "none",
                [
                    "in Salesforce: share the campaigns with the user, or give its permission set `View All` on Campaign"
                        .to_owned(),
                    "where there are none yet, make one".to_owned(),
                ],
            );
            Some(names)
        }
        Ok(names) => {
            report.fine("sharing", "all campaigns that we see", format!("{} of them", names.len()));
            Some(names)
        }
        Err(trouble) => {
            report.trouble("sharing", "all campaigns that we see", &trouble);
            None
        }
    }
}

/// Marketing User, rights to objects, and fields.
async fn rights<O: Outside>(
    salesforce: &Salesforce<'_, O>,
    user: &super::salesforce::User,
    objects: &std::collections::BTreeSet<String>,
    report: &mut Report,
) {
    let asked = "`UserPermissionsMarketingUser` of our user";
    let marketing_user = match salesforce.is_marketing_user(user).await {
        Ok(Some(true)) => {
            report.fine("Marketing User", asked, "it is ticked");
            true
        }
        Ok(Some(false)) => {
            report.wrong(
                "Marketing User",
                asked,
                "it is not ticked: campaigns and their statuses can be seen and neither be made nor changed",
                ["in Salesforce: Setup → Users → the user → tick `Marketing User`".to_owned()],
            );
            false
        }
        Ok(None) => {
            report.fine("Marketing User", asked, "it cannot be seen; what we may do tells");
            true
        }
        Err(trouble) => {
            report.trouble("Marketing User", asked, &trouble);
            return;
        }
    };
    let mut edits_campaigns = true;
    for (object, rights, fields) in NEEDED.iter().filter(|(object, ..)| objects.contains(*object)) {
        let asked = format!("what we may do with {object} (`/sobjects/{object}/describe`)");
        let described = match salesforce.describe(object).await {
            Ok(described) => described,
            Err(trouble) => {
                report.trouble("permissions", asked, &trouble);
                continue;
            }
        };
        let lacking: Vec<&str> =
            rights.iter().filter(|right| !right.held(&described)).map(|right| right.word()).collect();
        // Without Marketing User these follow from it, statuses also from what may be done with campaigns; one cause is told
        // once.
        let follows = match *object {
            "Campaign" => !marketing_user,
            "CampaignMemberStatus" => !marketing_user || !edits_campaigns,
            _ => false,
        };
        if *object == "Campaign" {
            edits_campaigns = described.updateable;
        }
        if !lacking.is_empty() && !follows {
            report.wrong(
                "permissions",
                asked.clone(),
                format!("{} missing on {object}", list(&lacking)),
                [format!("in Salesforce: give the user's permission set {} on {object}", list(&lacking))],
            );
        }
        let hidden: Vec<&str> = fields.iter().copied().filter(|field| !described.fields.contains_key(*field)).collect();
        if !hidden.is_empty() {
            report.wrong(
                "fields",
                asked.clone(),
                format!("{} of {object} cannot be seen", list(&hidden)),
                [format!("in Salesforce: field-level security of {object}: tick Read and Edit for {}", list(&hidden))],
            );
        }
        let read_only: Vec<&str> = WRITTEN
            .iter()
            .filter(|(of, field)| of == object && described.fields.get(*field) == Some(&false))
            .map(|(_, field)| *field)
            .collect();
        // Who may not edit the object sees all its fields as read-only.
        let may_edit = described.updateable;
        if !read_only.is_empty() && may_edit {
            report.wrong(
                "fields",
                asked.clone(),
                format!("{} of {object} can be read and not changed", list(&read_only)),
                [format!("in Salesforce: field-level security of {object}: tick Edit for {}", list(&read_only))],
            );
        }
        if (lacking.is_empty() || follows) && hidden.is_empty() && (read_only.is_empty() || !may_edit) {
            let answer = if lacking.is_empty() { "everything that is needed" } else { "as campaigns" };
            report.fine("permissions", asked, answer);
        }
    }
}

async fn examine_marketo<O: Outside>(marketo: &Marketo<'_, O>, linked: &[Linked], report: &mut Report) {
    let asked = "all programs that we see (`/rest/asset/v1/programs.json`)";
    match marketo.program_names().await {
        Ok(names) => {
            report.fine("Marketo", asked, format!("{} programs", names.len()));
            for Linked { program, .. } in linked {
                if let Err(refusal) = links::resolve(Product::Program, program, &names) {
                    report.wrong("Marketo", format!("the program `{program}`"), refusal.message(), [refusal.help()]);
                }
            }
        }
        Err(trouble) => report.trouble("Marketo", asked, &trouble),
    }
}

/// A program that names a campaign.
struct Linked {
    program: String,
    campaign: Named,
}

enum Named {
    Name(String),
    Id(String),
}

fn programs(rules: &Rulebook) -> Vec<Linked> {
    let linked = rules.programs.iter().filter_map(|program| {
        let campaign = match program.link.as_ref()? {
            Link::Campaign(id) => Named::Name(rules.sfdc_campaigns.get(id.index())?.name.to_string()),
            Link::Id(id) => Named::Id(id.to_string()),
        };
        Some(Linked { program: program.name.to_string(), campaign })
    });
    linked.collect()
}

/// Where programs are looked up: in Marketo, else in the rule files.
struct Programs<'a, 'o, O> {
    rules: &'a Rulebook,
    marketo: Option<&'a Marketo<'o, O>>,
}

impl<O: Outside> Programs<'_, '_, O> {
    async fn find(&self, name: &str) -> Result<Option<Program>, Trouble> {
        let Some(marketo) = self.marketo else { return Ok(self.declared(name)) };
        let Some(found) = marketo.program_named(name).await? else { return Ok(None) };
        let statuses = marketo.channel(&found.channel).await?;
        let used = marketo.used_statuses(&found.id).await?;
        Ok(Some(Program { id: found.id, name: found.name, channel: found.channel, statuses, used, costs: Vec::new() }))
    }

    fn declared(&self, name: &str) -> Option<Program> {
        let program = self.rules.programs.iter().find(|program| program.name == name)?;
        let channel = self.rules.channels.get(program.channel.index())?;
        let statuses = channel.statuses.iter().map(|status| ProgramStatus {
            name: self.rules.statuses.name(status.status).to_owned(),
            step: i32::try_from(status.step).unwrap_or(i32::MAX),
            success: status.success,
        });
        Some(Program {
            id: name.to_owned(),
            name: name.to_owned(),
            channel: channel.name.to_string(),
            statuses: statuses.collect(),
            used: Vec::new(),
            costs: Vec::new(),
        })
    }
}

/// Whether the campaigns of the rules are there, and have the statuses of their programs.
async fn examine_links<O: Outside>(
    salesforce: &Salesforce<'_, O>,
    programs: &Programs<'_, '_, O>,
    visible: &[(String, String)],
    linked: &[Linked],
    report: &mut Report,
) {
    for Linked { program, campaign } in linked {
        let id = match campaign {
            Named::Id(id) if visible.iter().any(|(known, _)| known == id) => id.clone(),
            Named::Id(id) => {
                report.wrong(
                    "campaigns",
                    format!("the campaign `{id}` of the program `{program}`"),
                    "we do not see it",
                    ["in Salesforce: share it with the user; or compare the id".to_owned()],
                );
                continue;
            }
            Named::Name(name) => match links::resolve(Product::Campaign, name, visible) {
                Ok(id) => id,
                Err(refusal) => {
                    let asked = format!("the campaign `{name}` of the program `{program}`");
                    report.wrong("campaigns", asked, refusal.message(), [refusal.help()]);
                    continue;
                }
            },
        };
        let asked = format!("the statuses of the program `{program}` and of the campaign {id}");
        match statuses(salesforce, programs, program, &id).await {
            Ok(Some(refusals)) if refusals.is_empty() => report.fine("statuses", asked, "all are on both sides"),
            Ok(Some(refusals)) => {
                let answer: Vec<String> = refusals.iter().map(links::Refusal::message).collect();
                let mut remedy: Vec<String> = refusals.iter().map(links::Refusal::help).collect();
                remedy.dedup();
                report.wrong("statuses", asked, answer.join("; "), remedy);
            }
            // That it is not there was told with the programs.
            Ok(None) => {}
            Err(trouble) => report.trouble("statuses", asked, &trouble),
        }
    }
}

async fn statuses<O: Outside>(
    salesforce: &Salesforce<'_, O>,
    programs: &Programs<'_, '_, O>,
    program: &str,
    campaign: &str,
) -> Result<Option<Vec<links::Refusal>>, Trouble> {
    let Some(program) = programs.find(program).await? else { return Ok(None) };
    let statuses = salesforce.statuses(campaign).await?;
    let members = salesforce.members_since(&[campaign.to_owned()], None).await?;
    let mut used: Vec<String> = members.into_iter().map(|member| member.status).collect();
    used.sort();
    used.dedup();
    let campaign = Campaign {
        id: campaign.to_owned(),
        name: campaign.to_owned(),
        kind: None,
        actual_cost: None,
        statuses: statuses.into_iter().map(|status| status.label).collect(),
        used,
    };
    Ok(Some(links::check(&program, &campaign, &[])))
}

fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| in_backticks(name)).collect();
    quoted.join(", ")
}
