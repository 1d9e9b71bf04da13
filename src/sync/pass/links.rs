//! Links: which there should be, which can be made, what they offer, and what the program tells its campaign.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::used::used;
use super::{How, Object, Offer, Sync, Trouble, object};
use crate::config::Links;
use crate::meaning;
use crate::model::Id as _;
use crate::sync::evaluator::Evaluator;
use crate::sync::ledger::{End, Entries, Kind, Link, Which};
use crate::sync::links::{
    Campaign, NewCampaign, NewStatus, Product, Program, ProgramStatus, Push, Refusal, Standing, check, create,
    differences, resolve,
};
use crate::sync::marketo::ProgramRow;
use crate::sync::salesforce::{CampaignRow, StatusRow, Written};
use crate::sync::wire::Outside;

/// The note with the newest `updatedAt` of a program of Marketo that was seen.
const PROGRAMS_SEEN: &str = "marketo programs seen";

/// A link that there should be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wish {
    /// The name of the program.
    program: Option<String>,
    campaign: Option<Named>,
}

/// How a campaign is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// By its name.
    Name(String),
    /// By its id.
    Id(String),
}

impl Named {
    /// A word on the command line or in a rule file: an id of Salesforce is one.
    pub fn read(text: &str) -> Self {
        let is_id = matches!(text.len(), 15 | 18)
            && text.starts_with("701")
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_id { Self::Id(text.to_owned()) } else { Self::Name(text.to_owned()) }
    }

    fn is(&self, end: &End) -> bool {
        match self {
            Self::Name(name) => end.name == *name,
            // The first 15 characters are the id; the other three guard its capitals.
            Self::Id(id) => end.id.get(..15) == id.get(..15),
        }
    }
}

impl Wish {
    fn is(&self, link: &Link) -> bool {
        let programs = match (&self.program, &link.program) {
            (Some(name), Some(end)) => end.name == *name,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let campaigns = match (&self.campaign, &link.campaign) {
            (Some(named), Some(end)) => named.is(end),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        programs && campaigns
    }
}

/// Why a link was not made by hand.
#[derive(Debug)]
pub enum LinkError {
    /// It cannot be made.
    Refused(Vec<Refusal>),
    /// A side did not answer.
    Trouble(Trouble),
}

impl From<Trouble> for LinkError {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl<O: Outside, E: Evaluator> Sync<'_, O, E> {
    /// Brings links in line with the rules, and looks at what both ends of each offer.
    pub(super) async fn link(&mut self, how: How) -> Result<(), Trouble> {
        let wishes = self.wishes();
        self.end_links(&wishes);
        for wish in &wishes {
            let links = self.entries.book().links.values();
            let stands = links.clone().any(|link| link.active && wish.is(link));
            let ended = links.rev().find(|link| wish.is(link)).is_some_and(|link| link.ended_by_command);
            if !stands && !ended {
                self.make(wish).await?;
            }
        }
        self.look(how).await
    }

    /// Links of the rules, then what rules use and nobody links.
    fn wishes(&self) -> Vec<Wish> {
        let used = used(self.rules);
        let mut wishes = Vec::new();
        let mut linked: Vec<Named> = Vec::new();
        for link in self.entries.book().links.values().filter(|link| link.active && link.by_command) {
            linked.extend(link.campaign.iter().map(|end| Named::Name(end.name.clone())));
        }
        for (at, program) in self.rules.programs.iter().enumerate() {
            let campaign = match &program.link {
                Some(meaning::Link::Campaign(id)) => {
                    self.rules.sfdc_campaigns.get(id.index()).map(|campaign| Named::Name(campaign.name.to_string()))
                }
                Some(meaning::Link::Id(id)) => Some(Named::Id(id.to_string())),
                None => None,
            };
            let campaign = campaign.filter(|_| self.policy.links == Links::Rules);
            let by_command = self.entries.book().links.values().any(|link| {
                link.active
                    && link.by_command
                    && link.program.as_ref().is_some_and(|end| end.name == program.name.as_str())
            });
            let watched = self.marketo.is_some() && used.programs.contains(&crate::model::ProgramId::new(at));
            if by_command || (campaign.is_none() && !watched) {
                continue;
            }
            linked.extend(campaign.clone());
            wishes.push(Wish { program: Some(program.name.to_string()), campaign });
        }
        for id in used.campaigns {
            let Some(campaign) = self.rules.sfdc_campaigns.get(id.index()) else { continue };
            let named = Named::Name(campaign.name.to_string());
            let by_id =
                self.entries.book().links.values().any(|link| {
                    link.active && link.is_both() && link.campaign.as_ref().is_some_and(|end| named.is(end))
                });
            if !linked.contains(&named) && !by_id {
                wishes.push(Wish { program: None, campaign: Some(named) });
            }
        }
        wishes
    }

    /// Ends links that the rules made and no longer name. Both memberships stay.
    fn end_links(&mut self, wishes: &[Wish]) {
        let links = self.entries.book().links.iter();
        let ended =
            links.filter(|(_, link)| link.active && !link.by_command && !wishes.iter().any(|wish| wish.is(link)));
        for number in ended.map(|(number, _)| *number).collect::<Vec<_>>() {
            self.entries.change_link(number, |link| link.active = false);
        }
    }

    /// Makes a link that the rules want, or says why not.
    async fn make(&mut self, wish: &Wish) -> Result<(), Trouble> {
        let label = wish.program.clone().unwrap_or_default();
        let program = match &wish.program {
            Some(name) => match self.find_program(name).await? {
                Ok(program) => Some(program),
                Err(refusal) => {
                    self.refuse(&label, None, &[refusal]);
                    return Ok(());
                }
            },
            None => None,
        };
        let campaign = match &wish.campaign {
            Some(named) => match self.find_campaign(named).await? {
                Ok(campaign) => Some(campaign),
                Err(refusal) => {
                    // What rules merely look at need not be there: `campanile doctor` asks for it.
                    if let Some(program) = &program {
                        self.refuse(&label, Some(program.id.clone()), &[refusal]);
                    }
                    return Ok(());
                }
            },
            None => None,
        };
        if let (Some(program), Some(campaign)) = (&program, &campaign) {
            let refusals = check(program, campaign, &self.pairs());
            if !refusals.is_empty() {
                self.refuse(&label, Some(program.id.clone()), &refusals);
                return Ok(());
            }
        }
        self.add(program.as_ref(), campaign.as_ref(), false);
        Ok(())
    }

    fn refuse(&mut self, label: &str, program: Option<String>, refusals: &[Refusal]) {
        let told: Vec<String> =
            refusals.iter().map(|refusal| format!("{}; {}", refusal.message(), refusal.help())).collect();
        self.report.count(Object::Link).failed += 1;
        self.say_of_link(Kind::RefusedLink, label, program, told.join(". "));
    }

    fn add(&mut self, program: Option<&Program>, campaign: Option<&Campaign>, by_command: bool) -> u32 {
        let program_end = program.map(|program| End { id: program.id.clone(), name: program.name.clone() });
        let campaign_end = campaign.map(|campaign| End { id: campaign.id.clone(), name: campaign.name.clone() });
        if program_end.is_some() && campaign_end.is_some() {
            self.report.count(Object::Link).new += 1;
        }
        // What was only watched until now is looked at anew, by the new link.
        let watched: Vec<u32> = self
            .entries
            .book()
            .links
            .iter()
            .filter(|(_, link)| link.active && !link.is_both())
            .filter(|(_, link)| {
                let same = |own: &Option<End>, new: &Option<End>| {
                    own.as_ref().zip(new.as_ref()).is_some_and(|(own, new)| own.id == new.id)
                };
                same(&link.program, &program_end) || same(&link.campaign, &campaign_end)
            })
            .map(|(number, _)| *number)
            .collect();
        for number in watched {
            self.entries.change_link(number, |link| link.active = false);
        }
        let mut link = Link::new(program_end, campaign_end, by_command);
        for status in program.iter().flat_map(|program| &program.statuses) {
            link.status(&status.name);
        }
        for label in campaign.iter().flat_map(|campaign| &campaign.statuses) {
            link.status(label);
        }
        self.entries.add_link(link)
    }

    /// The links that stand, as the check of a new one wants them.
    fn pairs(&self) -> Vec<Standing> {
        let links = self.entries.book().links.values().filter(|link| link.active);
        links
            .filter_map(|link| {
                let (program, campaign) = (link.program.as_ref()?, link.campaign.as_ref()?);
                Some(Standing { program: program.id.clone(), campaign: campaign.id.clone() })
            })
            .collect()
    }

    async fn find_program(&mut self, name: &str) -> Result<Result<Program, Refusal>, Trouble> {
        let product = Product::Program;
        let Some(marketo) = self.marketo else {
            let Some(program) = self.rules.programs.iter().find(|program| program.name == name) else {
                let names: Vec<_> =
                    self.rules.programs.iter().map(|own| (own.name.to_string(), own.name.to_string())).collect();
                return Ok(Err(not_found(product, name, &names)));
            };
            let used = self.evaluator.members(name).await?.into_iter().map(|member| member.status);
            let used: BTreeSet<String> = used.collect();
            let (channel, statuses) = self.own_channel(program);
            let costs = program.period_costs.iter().map(|cost| Decimal::from(cost.amount)).collect();
            let (id, name) = (name.to_owned(), name.to_owned());
            return Ok(Ok(Program { id, name, channel, statuses, used: used.into_iter().collect(), costs }));
        };
        let Some(ProgramRow { id, name, channel, costs }) = marketo.program_named(name).await? else {
            let names = marketo.program_names().await?;
            return Ok(Err(not_found(product, name, &names)));
        };
        let statuses = marketo.channel(&channel).await?;
        let used = marketo.used_statuses(&id).await?;
        Ok(Ok(Program { id, name, channel, statuses, used, costs }))
    }

    fn own_channel(&self, program: &meaning::Program) -> (String, Vec<ProgramStatus>) {
        let Some(channel) = self.rules.channels.get(program.channel.index()) else { return Default::default() };
        let statuses = channel.statuses.iter().map(|status| ProgramStatus {
            name: self.rules.statuses.name(status.status).to_owned(),
            step: i32::try_from(status.step).unwrap_or(i32::MAX),
            success: status.success,
        });
        (channel.name.to_string(), statuses.collect())
    }

    async fn find_campaign(&mut self, named: &Named) -> Result<Result<Campaign, Refusal>, Trouble> {
        let found: Vec<CampaignRow> = match named {
            Named::Name(name) => self.salesforce.campaigns_named(name).await?,
            Named::Id(id) => self.salesforce.campaign(id).await?.into_iter().collect(),
        };
        let name = match named {
            Named::Name(text) | Named::Id(text) => text.as_str(),
        };
        let mut found = found.into_iter();
        let (Some(row), None) = (found.next(), found.next()) else {
            let all = self.salesforce.campaign_names().await?;
            return Ok(Err(not_found(Product::Campaign, name, &all)));
        };
        let labels = self.salesforce.statuses(&row.id).await?;
        let members = self.salesforce.members_since(std::slice::from_ref(&row.id), None).await?;
        let used: BTreeSet<String> = members.into_iter().map(|member| member.status).collect();
        Ok(Ok(Campaign {
            id: row.id,
            name: row.name,
            kind: row.kind,
            actual_cost: row.actual_cost,
            statuses: labels.into_iter().map(|status| status.label).collect(),
            used: used.into_iter().collect(),
        }))
    }

    /// Links a program and a campaign by hand, the campaign made first where there is to be a new one.
    ///
    /// # Errors
    ///
    /// When they cannot be linked, and when a side does not answer; then nothing was done.
    pub async fn link_by_hand(&mut self, program: &str, campaign: Option<&Named>) -> Result<End, LinkError> {
        let refused = |refusal| LinkError::Refused(vec![refusal]);
        let program = self.find_program(program).await?.map_err(refused)?;
        let campaign = match campaign {
            Some(named) => self.find_campaign(named).await?.map_err(refused)?,
            None => {
                let taken = self.salesforce.campaigns_named(&program.name).await?;
                if !taken.is_empty() {
                    let ids = taken.into_iter().map(|row| row.id).collect();
                    let name = program.name.clone();
                    return Err(refused(Refusal::Exists { name, ids }));
                }
                let new = create(&program, &self.pairs()).map_err(LinkError::Refused)?;
                let id = self.make_campaign(&new).await?;
                let found = self.find_campaign(&Named::Id(id)).await?;
                found.map_err(refused)?
            }
        };
        let refusals = check(&program, &campaign, &self.pairs());
        if !refusals.is_empty() {
            return Err(LinkError::Refused(refusals));
        }
        let end = End { id: campaign.id.clone(), name: campaign.name.clone() };
        let own = |link: &&Link| {
            link.active
                && link.program.as_ref().is_some_and(|end| end.id == program.id)
                && link.campaign.as_ref().is_some_and(|end| end.id == campaign.id)
        };
        let standing = self.entries.book().links.iter().find(|(_, link)| own(link)).map(|(number, _)| *number);
        match standing {
            Some(number) => self.entries.change_link(number, |link| link.by_command = true),
            None => drop(self.add(Some(&program), Some(&campaign), true)),
        }
        self.commit()?;
        Ok(end)
    }

    /// Makes a campaign and its statuses.
    async fn make_campaign(&mut self, new: &NewCampaign) -> Result<String, Trouble> {
        let NewCampaign { name, kind, actual_cost, statuses } = new;
        let mut fields = object(&json!({"Name": name, "Type": kind, "IsActive": true}));
        if let Some(cost) = actual_cost {
            fields.insert("ActualCost".to_owned(), money(Some(*cost)));
        }
        let id = done(self.salesforce.create("Campaign", vec![fields]).await?)?;
        let born = self.salesforce.statuses(&id).await?;
        let rows = rows_for(statuses, &born);
        // There is a response at any time: those that count as one come first.
        let mut order: Vec<(&NewStatus, Option<&StatusRow>)> = statuses.iter().zip(rows.iter().copied()).collect();
        order.sort_by_key(|(status, _)| !status.responded);
        let mut default = None;
        for (status, row) in order {
            let fields = json!({
                "Label": status.label,
                "HasResponded": status.responded,
                "SortOrder": SORT_ORDER_FROM + status.sort_order,
            });
            let mut fields = object(&fields);
            let made = match row {
                Some(row) => {
                    fields.insert("id".to_owned(), json!(row.id));
                    self.salesforce.update("CampaignMemberStatus", vec![fields]).await?
                }
                None => {
                    fields.insert("CampaignId".to_owned(), json!(id));
                    self.salesforce.create("CampaignMemberStatus", vec![fields]).await?
                }
            };
            let made = done(made)?;
            if status.default {
                default = Some(made);
            }
        }
        if let Some(default) = default {
            let row = object(&json!({"id": default, "IsDefault": true}));
            done(self.salesforce.update("CampaignMemberStatus", vec![row]).await?)?;
        }
        let spare = born.iter().filter(|own| !rows.iter().flatten().any(|row| row.id == own.id));
        let spare: Vec<String> = spare.map(|row| row.id.clone()).collect();
        for written in self.salesforce.delete(&spare).await? {
            done(vec![written])?;
        }
        Ok(id)
    }

    /// Asks what both ends of all links offer, and tells campaigns Type and ActualCost where they differ.
    async fn look(&mut self, how: How) -> Result<(), Trouble> {
        let links: Vec<(u32, Link)> = self
            .entries
            .book()
            .links
            .iter()
            .filter(|(_, link)| link.active)
            .map(|(number, link)| (*number, link.clone()))
            .collect();
        let ids: Vec<String> = links.iter().filter_map(|(_, link)| Some(link.campaign.as_ref()?.id.clone())).collect();
        let campaigns: BTreeMap<String, CampaignRow> =
            self.salesforce.campaigns_by_id(&ids).await?.into_iter().map(|row| (row.id.clone(), row)).collect();
        let labels = self.salesforce.statuses_of(&ids).await?;
        self.look_at_programs(&links, how).await?;
        let mut channels: BTreeMap<String, Vec<ProgramStatus>> = BTreeMap::new();
        for (number, _) in links {
            let Some(link) = self.find_link(number).cloned() else { continue };
            let Some(offer) = self.offer(&link, &campaigns, &labels, &mut channels).await? else { continue };
            let success = offer.program.iter().filter(|status| status.success);
            let success: Vec<String> = success.map(|status| status.name.clone()).collect();
            self.entries.change_link(number, |link| link.success = success);
            for name in offer.program.iter().map(|status| &status.name) {
                self.entries.status(number, name);
            }
            for name in offer.campaign.iter().map(|status| &status.label) {
                self.entries.status(number, name);
            }
            self.offers.insert(number, offer);
            if let (true, Some(row)) = (link.is_both(), link.campaign.as_ref().and_then(|end| campaigns.get(&end.id))) {
                self.tell_campaign(&link, row, how).await?;
            }
        }
        Ok(())
    }

    /// What both ends of a link offer; nothing where one of them is gone.
    async fn offer(
        &mut self,
        link: &Link,
        campaigns: &BTreeMap<String, CampaignRow>,
        labels: &BTreeMap<String, Vec<StatusRow>>,
        channels: &mut BTreeMap<String, Vec<ProgramStatus>>,
    ) -> Result<Option<Offer>, Trouble> {
        let mut offer = Offer::default();
        if let Some(end) = &link.campaign {
            if !campaigns.contains_key(&end.id) {
                let (id, name) = (&end.id, &end.name);
                let message = format!(
                    "SFDC campaign `{name}` ({id}) is no longer there, or the sync's user may not see it; share it, or \
                     end the link with `campanile unlink`"
                );
                self.say_of_link(Kind::Failed, link.label(), link.program.as_ref().map(|end| end.id.clone()), message);
                return Ok(None);
            }
            offer.campaign = labels.get(&end.id).cloned().unwrap_or_default();
        }
        if let Some(end) = &link.program {
            let Some(channel) = &link.channel else {
                let message = format!(
                    "program `{}` ({}) is no longer there; end the link with `campanile unlink`, or bring it back",
                    end.name, end.id
                );
                self.say_of_link(Kind::Failed, link.label(), Some(end.id.clone()), message);
                return Ok(None);
            };
            if !channels.contains_key(channel) {
                let statuses = match self.marketo {
                    Some(marketo) => marketo.channel(channel).await?,
                    None => {
                        let program = self.rules.programs.iter().find(|program| program.name == end.name.as_str());
                        program.map(|program| self.own_channel(program).1).unwrap_or_default()
                    }
                };
                channels.insert(channel.clone(), statuses);
            }
            offer.program = channels.get(channel).cloned().unwrap_or_default();
        }
        Ok(Some(offer))
    }

    /// Channel and costs of the programs: of those that Marketo names as changed, and of all once a day.
    async fn look_at_programs(&mut self, links: &[(u32, Link)], how: How) -> Result<(), Trouble> {
        let Some(marketo) = self.marketo else {
            for (number, link) in links {
                let Some(end) = &link.program else { continue };
                let program = self.rules.programs.iter().find(|program| program.name == end.name.as_str());
                let channel = program.map(|program| self.own_channel(program).0);
                let costs: Vec<Decimal> = program
                    .map(|program| program.period_costs.iter().map(|cost| Decimal::from(cost.amount)).collect())
                    .unwrap_or_default();
                self.entries.change_link(*number, |link| {
                    link.channel = channel;
                    link.cost = crate::sync::links::total(&costs);
                });
            }
            return Ok(());
        };
        if links.iter().all(|(_, link)| link.program.is_none()) {
            return Ok(());
        }
        let seen = self.entries.book().notes.get(PROGRAMS_SEEN).cloned();
        let changed = marketo.programs_changed_since(seen.as_deref()).await?;
        for (number, link) in links {
            let Some(end) = &link.program else { continue };
            let due = how.full || self.is_compare_due(link) || link.channel.is_none();
            if !due && !changed.ids.contains(&end.id) {
                continue;
            }
            let row = marketo.program(&end.id).await?;
            if let Some(row) = &row {
                self.compare_with_rules(row);
            }
            self.entries.change_link(*number, |link| {
                link.channel = row.as_ref().map(|row| row.channel.clone());
                link.cost = row.as_ref().and_then(|row| crate::sync::links::total(&row.costs));
            });
        }
        if let Some(newest) = changed.newest {
            self.entries.note(PROGRAMS_SEEN, newest);
        }
        Ok(())
    }

    /// With Marketo there, its channel and costs count; a difference from the rule file is worth a word.
    fn compare_with_rules(&mut self, row: &ProgramRow) {
        let Some(program) = self.rules.programs.iter().find(|program| program.name == row.name.as_str()) else {
            return;
        };
        let (channel, _) = self.own_channel(program);
        let costs: Vec<Decimal> = program.period_costs.iter().map(|cost| Decimal::from(cost.amount)).collect();
        let mut differences = Vec::new();
        if channel != row.channel {
            differences.push(format!("channel `{channel}` in the rules, `{}` in Marketo", row.channel));
        }
        let (ours, theirs) = (crate::sync::links::total(&costs), crate::sync::links::total(&row.costs));
        if !costs.is_empty() && ours != theirs {
            let shown = |cost: Option<Decimal>| cost.map_or_else(|| "none".to_owned(), |cost| cost.to_string());
            differences.push(format!("period costs {} in the rules, {} in Marketo", shown(ours), shown(theirs)));
        }
        if !differences.is_empty() {
            let message = format!("program `{}`: {}; Marketo's counts", row.name, differences.join("; "));
            self.report.warn(message);
        }
    }

    /// Channel → Type, period costs → ActualCost.
    async fn tell_campaign(&mut self, link: &Link, row: &CampaignRow, how: How) -> Result<(), Trouble> {
        let (Some(end), Some(channel)) = (&link.program, &link.channel) else { return Ok(()) };
        let program = Program {
            id: end.id.clone(),
            name: end.name.clone(),
            channel: channel.clone(),
            statuses: Vec::new(),
            used: Vec::new(),
            costs: link.cost.into_iter().collect(),
        };
        let campaign = Campaign {
            id: row.id.clone(),
            name: row.name.clone(),
            kind: row.kind.clone(),
            actual_cost: row.actual_cost,
            statuses: Vec::new(),
            used: Vec::new(),
        };
        let mut fields = Map::new();
        for push in differences(&program, &campaign) {
            match push {
                Push::Type(kind) => {
                    self.plan_field(how, row, "Type", &kind);
                    fields.insert("Type".to_owned(), json!(kind));
                }
                Push::ActualCost(cost) => {
                    let shown = cost.map_or_else(|| "empty".to_owned(), |cost| cost.to_string());
                    self.plan_field(how, row, "ActualCost", &shown);
                    fields.insert("ActualCost".to_owned(), money(cost));
                }
            }
        }
        if fields.is_empty() || how.dry {
            return Ok(());
        }
        match self.salesforce.change_campaign(&row.id, fields).await {
            Ok(()) => self.report.count(Object::Campaign).updated += 1,
            Err(Trouble::Refused { code, message, .. }) => {
                self.report.count(Object::Campaign).failed += 1;
                let message = format!("Type or ActualCost of SFDC campaign `{}`: {code}: {message}", row.name);
                self.say_of_link(Kind::Failed, link.label(), Some(end.id.clone()), message);
            }
            // The next pass compares again.
            Err(Trouble::Unknown { .. }) => self.report.count(Object::Campaign).backlog += 1,
            Err(trouble) => return Err(trouble),
        }
        Ok(())
    }

    fn plan_field(&mut self, how: How, row: &CampaignRow, field: &str, value: &str) {
        if how.dry {
            self.report.plans(format!("SFDC campaign `{}`: {field} → {value}", row.name));
        }
    }

    /// Whether both sides of a link are to be compared as a whole.
    pub(super) fn is_compare_due(&self, link: &Link) -> bool {
        link.compared.is_none_or(|at| self.now().0 >= at.0.saturating_add(super::COMPARE_SECONDS))
    }

    /// The active link with an end of this name on a side, one that keeps two in step before one that is only watched.
    pub(super) fn link_of(&self, which: Which, name: &str) -> Option<u32> {
        let has = |link: &Link| {
            let end = match which {
                Which::Program => &link.program,
                Which::Campaign => &link.campaign,
            };
            link.active && end.as_ref().is_some_and(|end| end.name == name)
        };
        let links = self.entries.book().links.iter().filter(|(_, link)| has(link));
        links.max_by_key(|(_, link)| link.is_both()).map(|(number, _)| *number)
    }
}

/// Ends the link of a program; both memberships stay. The campaign that it was linked to; nothing where it was to none.
///
/// # Errors
///
/// When it cannot be kept.
pub fn unlink(entries: &mut Entries<'_>, program: &str) -> Result<Option<End>, Trouble> {
    let links = entries.book().links.iter();
    let found = links
        .filter(|(_, link)| link.active && link.is_both())
        .find(|(_, link)| link.program.as_ref().is_some_and(|end| end.name == program || end.id == program));
    let Some((number, campaign)) = found.map(|(number, link)| (*number, link.campaign.clone())) else {
        return Ok(None);
    };
    entries.change_link(number, |link| {
        link.active = false;
        link.ended_by_command = true;
    });
    entries.commit()?;
    Ok(campaign)
}

/// The places of new statuses begin behind those that Salesforce gives by itself, so that no two have one place in between.
const SORT_ORDER_FROM: u32 = 100;

/// Which of the statuses that Salesforce makes by itself become which new ones: one of the same label, else the default the
/// default and the response a response, else any.
fn rows_for<'b>(statuses: &[NewStatus], born: &'b [StatusRow]) -> Vec<Option<&'b StatusRow>> {
    let mut rows: Vec<Option<&StatusRow>> = vec![None; statuses.len()];
    let fits: [fn(&NewStatus, &StatusRow) -> bool; 4] = [
        |status, row| status.label.eq_ignore_ascii_case(&row.label),
        |status, row| status.default && row.default,
        |status, row| status.responded && row.responded,
        |_, _| true,
    ];
    for fits in fits {
        for at in 0..statuses.len() {
            let (Some(status), Some(None)) = (statuses.get(at), rows.get(at)) else { continue };
            let is_free = |row: &&StatusRow| !rows.iter().flatten().any(|taken| taken.id == row.id);
            let found = born.iter().filter(is_free).find(|row| fits(status, row));
            if let Some(place) = rows.get_mut(at) {
                *place = found;
            }
        }
    }
    rows
}

/// Why nothing was found under a name.
fn not_found(product: Product, name: &str, all: &[(String, String)]) -> Refusal {
    // Where it shows now, it came into being between the two questions: the next pass finds it.
    let unknown = |_| Refusal::Unknown { product, name: name.to_owned(), nearest: Vec::new() };
    resolve(product, name, all).map_or_else(|refusal| refusal, unknown)
}

/// An amount of money as JSON.
fn money(cost: Option<Decimal>) -> Value {
    cost.and_then(|cost| serde_json::from_str(&cost.to_string()).ok()).unwrap_or(Value::Null)
}

/// The id of the one record that was written.
fn done(written: Vec<Written>) -> Result<String, Trouble> {
    let side = crate::sync::salesforce::SIDE;
    match written.into_iter().next() {
        Some(Written::Done(id)) => Ok(id),
        Some(Written::Refused { code, message }) => Err(Trouble::Refused { side, code, message }),
        Some(Written::Unknown(message)) => Err(Trouble::Unknown { message }),
        None => Err(Trouble::Unknown { message: "no result came back".to_owned() }),
    }
}
