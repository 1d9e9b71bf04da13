//! Whether a program and an SFDC campaign may be linked, what `--create` makes, and what the program pushes to its campaign.
//!
//! Pure: what both sides offer and use comes in, and what is wrong or different comes out. Nothing here asks a server or
//! changes anything. Start reading at [`check`]. The rules are those of section 3 of the sync's design: the link is one to
//! one, and every status that either side uses or offers must exist on the other by exact name, because Salesforce replaces
//! an unknown member status silently by the default one.

use std::fmt::Write;

use rust_decimal::Decimal;

use crate::diagnostics::{closest, in_backticks, one_of};

#[cfg(test)]
mod tests;

/// The status of people who are no members. It needs no counterpart.
pub const NOT_IN_PROGRAM: &str = "Not in Program";
/// `CampaignMember.Status` holds so many characters.
pub const LABEL_CHARS_MAX: usize = 40;

/// A progression status of the program's channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramStatus {
    /// Its name.
    pub name: String,
    /// Its step.
    pub step: i32,
    /// Whether it counts as success.
    pub success: bool,
}

/// A program as its side shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Marketo's id, or the name where the rule files count.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its channel.
    pub channel: String,
    /// The statuses of the channel.
    pub statuses: Vec<ProgramStatus>,
    /// The statuses that its members have.
    pub used: Vec<String>,
    /// Its period costs.
    pub costs: Vec<Decimal>,
}

/// An SFDC campaign as Salesforce shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Its record id, 18 characters.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its `Type`.
    pub kind: Option<String>,
    /// Its `ActualCost`.
    pub actual_cost: Option<Decimal>,
    /// The labels of its member statuses.
    pub statuses: Vec<String>,
    /// The statuses that its members have.
    pub used: Vec<String>,
}

/// A link that stands already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The id of the program.
    pub program: String,
    /// The id of the campaign.
    pub campaign: String,
}

/// A product, as people know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Product {
    /// Marketo, or the rule files where no Marketo is configured.
    Program,
    /// Salesforce.
    Campaign,
}

/// Why two things cannot be linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing has this name.
    Unknown {
        /// Where it was looked for.
        product: Product,
        /// The name.
        name: String,
        /// The nearest names.
        nearest: Vec<String>,
    },
    /// Several have this name.
    Ambiguous {
        /// Where it was looked for.
        product: Product,
        /// The name.
        name: String,
        /// The ids of all that have it.
        ids: Vec<String>,
    },
    /// A campaign that is to be made is there already.
    Exists {
        /// Its name.
        name: String,
        /// The ids of all that have it.
        ids: Vec<String>,
    },
    /// The program has another campaign.
    ProgramTaken {
        /// The name of the program.
        program: String,
        /// The id of its campaign.
        campaign: String,
    },
    /// The campaign has another program.
    CampaignTaken {
        /// The name of the campaign.
        campaign: String,
        /// The id of its program.
        program: String,
    },
    /// A status does not exist on one side.
    Status {
        /// Where it is missing.
        missing: Product,
        /// The status.
        name: String,
        /// Whether members of the other side have it; else it is only offered there.
        used: bool,
        /// The nearest names of the side where it is missing.
        nearest: Vec<String>,
    },
    /// A status has more characters than Salesforce holds.
    TooLong {
        /// The status.
        name: String,
    },
    /// The program's channel has no statuses, so no campaign can be made of it.
    NoStatuses {
        /// The name of the program.
        program: String,
    },
}

impl Refusal {
    /// What is wrong, in one line.
    pub fn message(&self) -> String {
        match self {
            Self::Unknown { product: Product::Program, name, .. } => format!("there is no program `{name}`"),
            Self::Unknown { product: Product::Campaign, name, .. } => {
                format!("there is no SFDC campaign `{name}` among those that the sync's user sees")
            }
            Self::Ambiguous { product: Product::Program, name, ids } => {
                format!("{} programs are named `{name}`: {}", ids.len(), ids.join(", "))
            }
            Self::Ambiguous { product: Product::Campaign, name, ids } => {
                format!("{} SFDC campaigns are named `{name}`: {}", ids.len(), ids.join(", "))
            }
            Self::Exists { name, ids } => {
                format!("there is an SFDC campaign `{name}` already: {}", ids.join(", "))
            }
            Self::ProgramTaken { program, campaign } => {
                format!("program `{program}` is linked to SFDC campaign {campaign} already")
            }
            Self::CampaignTaken { campaign, program } => {
                format!("SFDC campaign `{campaign}` is linked to program {program} already")
            }
            Self::Status { missing, name, used, .. } => {
                let (other, here) = match missing {
                    Product::Campaign => ("program", "SFDC campaign"),
                    Product::Program => ("SFDC campaign", "program"),
                };
                let how = if *used { "is used by members of" } else { "is offered by" };
                format!("status `{name}` {how} the {other} and does not exist on the {here}")
            }
            Self::TooLong { name } => {
                format!("status `{name}` has more than {LABEL_CHARS_MAX} characters, which Salesforce does not hold")
            }
            Self::NoStatuses { program } => format!("the channel of program `{program}` has no statuses"),
        }
    }

    /// What to do, and in which product.
    pub fn help(&self) -> String {
        let mut help = String::new();
        if let Self::Unknown { nearest, .. } | Self::Status { nearest, .. } = self
            && !nearest.is_empty()
        {
            let names: Vec<String> = nearest.iter().map(|name| in_backticks(name)).collect();
            let _ = write!(help, "the nearest is {}; ", one_of(&names));
        }
        match self {
            Self::Unknown { product: Product::Program, .. } => {
                help.push_str("names are compared exactly, case included")
            }
            Self::Unknown { product: Product::Campaign, .. } => {
                help.push_str(
                    "names are compared exactly, case included; share the campaign with the sync's user if it exists",
                );
            }
            Self::Ambiguous { product: Product::Program, .. } => help.push_str("rename all but one of them"),
            Self::Ambiguous { product: Product::Campaign, .. } => {
                help.push_str("name the one that is meant with `sfdc_campaign: {id: …}`");
            }
            Self::Exists { .. } => help.push_str("link to it without `--create`, or rename it in Salesforce"),
            Self::ProgramTaken { .. } | Self::CampaignTaken { .. } => {
                help.push_str("take that link away first with `campanile unlink`")
            }
            Self::Status { missing: Product::Campaign, name, .. } => {
                let _ =
                    write!(help, "in Salesforce, add `{name}` to the campaign's member statuses, or rename one to it");
            }
            Self::Status { missing: Product::Program, name, used: true, .. } => {
                let _ = write!(
                    help,
                    "in Marketo, add `{name}` to the program's channel, or in Salesforce give the members that have it another status"
                );
            }
            Self::Status { missing: Product::Program, name, used: false, .. } => {
                let _ = write!(
                    help,
                    "in Marketo, add `{name}` to the program's channel, or in Salesforce take it from the campaign's member statuses"
                );
            }
            Self::TooLong { .. } => help.push_str("in Marketo, give the status a shorter name"),
            Self::NoStatuses { .. } => help.push_str("in Marketo, give the channel at least one progression status"),
        }
        help
    }
}

/// Finds the one thing with exactly this name among `(id, name)`.
///
/// # Errors
///
/// [`Refusal::Unknown`] for none, [`Refusal::Ambiguous`] with all ids for several.
pub fn resolve(product: Product, name: &str, visible: &[(String, String)]) -> Result<String, Refusal> {
    let mut ids: Vec<&String> = visible.iter().filter(|(_, other)| other == name).map(|(id, _)| id).collect();
    ids.sort();
    ids.dedup();
    match ids.as_slice() {
        [id] => Ok((*id).clone()),
        [] => {
            let nearest = nearest(name, visible.iter().map(|(_, other)| other.as_str()));
            Err(Refusal::Unknown { product, name: name.to_owned(), nearest })
        }
        _ => {
            let ids = ids.into_iter().cloned().collect();
            Err(Refusal::Ambiguous { product, name: name.to_owned(), ids })
        }
    }
}

/// Everything that forbids a link of these two; nothing where it may be made. A link of just these two that stands already
/// is none of it.
pub fn check(program: &Program, campaign: &Campaign, standing: &[Standing]) -> Vec<Refusal> {
    let mut refusals = taken(program, campaign, standing);
    let offered: Vec<&str> = program.statuses.iter().map(|status| status.name.as_str()).collect();
    let labels: Vec<&str> = campaign.statuses.iter().map(String::as_str).collect();
    refusals.extend(missing(Product::Campaign, &offered, &program.used, &labels));
    refusals.extend(missing(Product::Program, &labels, &campaign.used, &offered));
    refusals
}

fn taken(program: &Program, campaign: &Campaign, standing: &[Standing]) -> Vec<Refusal> {
    let others = standing.iter().filter(|link| (link.program == program.id) != (link.campaign == campaign.id));
    others
        .map(|link| {
            if link.program == program.id {
                Refusal::ProgramTaken { program: program.name.clone(), campaign: link.campaign.clone() }
            } else {
                Refusal::CampaignTaken { campaign: campaign.name.clone(), program: link.program.clone() }
            }
        })
        .collect()
}

/// What one side offers or uses and the other does not offer: what is used first, each once, by name.
fn missing(product: Product, offered: &[&str], used: &[String], there: &[&str]) -> Vec<Refusal> {
    let uses = used.iter().map(|name| (false, name.as_str()));
    let mut names: Vec<(bool, &str)> = uses.chain(offered.iter().map(|name| (true, *name))).collect();
    names.retain(|(_, name)| *name != NOT_IN_PROGRAM && !there.contains(name));
    names.sort_unstable();
    let mut seen: Vec<&str> = Vec::new();
    let mut refusals = Vec::new();
    for (only_offered, name) in names {
        if !seen.contains(&name) {
            seen.push(name);
            let nearest = nearest(name, there.iter().copied());
            refusals.push(Refusal::Status { missing: product, name: name.to_owned(), used: !only_offered, nearest });
        }
    }
    refusals
}

fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    closest(name, names).into_iter().map(str::to_owned).collect()
}

/// A member status of a campaign that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatus {
    /// Its label.
    pub label: String,
    /// Whether it counts as responded.
    pub responded: bool,
    /// Whether it is the default one; exactly one is.
    pub default: bool,
    /// Its place, from 1, unique.
    pub sort_order: u32,
}

/// A campaign that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCampaign {
    /// Its name: the program's.
    pub name: String,
    /// Its `Type`: the program's channel.
    pub kind: String,
    /// Its `ActualCost`: the sum of the period costs.
    pub actual_cost: Option<Decimal>,
    /// Its member statuses. Those that Salesforce makes by itself are renamed to the first ones or removed: they are found by
    /// their flags, for their labels depend on the language of the org.
    pub statuses: Vec<NewStatus>,
}

/// What `--create` makes of a program: its statuses by step; success is responded, the lowest step is the default. Where
/// nothing is success the highest step is responded, for Salesforce asks for at least one. A status that members have and
/// the channel does not list any more comes last.
///
/// # Errors
///
/// Everything that forbids it: a campaign that the program has already, no statuses, or statuses too long for Salesforce.
pub fn create(program: &Program, standing: &[Standing]) -> Result<NewCampaign, Vec<Refusal>> {
    let own = standing.iter().filter(|link| link.program == program.id);
    let mut refusals: Vec<Refusal> = own
        .map(|link| Refusal::ProgramTaken { program: program.name.clone(), campaign: link.campaign.clone() })
        .collect();
    let mut by_step: Vec<&ProgramStatus> =
        program.statuses.iter().filter(|status| status.name != NOT_IN_PROGRAM).collect();
    by_step.sort_by_key(|status| status.step);
    let mut names: Vec<(&str, bool)> = Vec::new();
    for status in by_step {
        if !names.iter().any(|(name, _)| *name == status.name) {
            names.push((&status.name, status.success));
        }
    }
    if names.is_empty() {
        refusals.push(Refusal::NoStatuses { program: program.name.clone() });
    }
    if !names.iter().any(|(_, success)| *success)
        && let Some((_, success)) = names.last_mut()
    {
        *success = true;
    }
    let mut unlisted: Vec<&str> = program.used.iter().map(String::as_str).collect();
    unlisted.sort_unstable();
    unlisted.dedup();
    unlisted.retain(|name| *name != NOT_IN_PROGRAM && !names.iter().any(|(listed, _)| listed == name));
    names.extend(unlisted.into_iter().map(|name| (name, false)));
    let long = names.iter().filter(|(name, _)| name.chars().count() > LABEL_CHARS_MAX);
    refusals.extend(long.map(|(name, _)| Refusal::TooLong { name: (*name).to_owned() }));
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let statuses = (1..)
        .zip(names)
        .map(|(sort_order, (label, responded))| NewStatus {
            label: label.to_owned(),
            responded,
            default: sort_order == 1,
            sort_order,
        })
        .collect();
    let (name, kind) = (program.name.clone(), program.channel.clone());
    Ok(NewCampaign { name, kind, actual_cost: total(&program.costs), statuses })
}

/// The sum of the period costs; nothing where there are none, and where the sum is larger than any amount of money.
pub fn total(costs: &[Decimal]) -> Option<Decimal> {
    let (first, rest) = costs.split_first()?;
    rest.iter().try_fold(*first, |sum, cost| sum.checked_add(*cost))
}

/// A field of the campaign that is to be overwritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    /// `Type`.
    Type(String),
    /// `ActualCost`; nothing writes null.
    ActualCost(Option<Decimal>),
}

/// Which fields of the campaign differ from its program. Equal ones are never written: each write moves the record's stamp
/// and starts the automation of the org. A sum that no amount of money can hold is not pushed.
pub fn differences(program: &Program, campaign: &Campaign) -> Vec<Push> {
    let mut pushes = Vec::new();
    if campaign.kind.as_deref() != Some(program.channel.as_str()) {
        pushes.push(Push::Type(program.channel.clone()));
    }
    let cost = total(&program.costs);
    if cost != campaign.actual_cost && (cost.is_some() || program.costs.is_empty()) {
        pushes.push(Push::ActualCost(cost));
    }
    pushes
}
