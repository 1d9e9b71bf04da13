//! One world: what it begins with, what people and the sync do in turns, and what must hold in the end; all of it drawn from one seed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::rc::Rc;

use campanile::Engine;
use campanile::meaning::{Backward, OnConflict};
use campanile::sync::evaluator::{members, person};
use campanile::sync::pass::{How, Report};
use campanile::testkit::double::{Fault, Faults};
use campanile::testkit::generate::Random;
use serde_json::{Value, json};

use super::judge::{Judge, STATUSES, Side, Truth, is_refusal};
use super::made::{campaign, data, email, program, rules};
use super::people::{State, marketo_truth, rows, salesforce_truth, text};
use crate::sync::rig::{Rig, is_write};
use crate::sync::world::{MARKETO_URL, Moment, Onlooker, SALESFORCE_URL, World};

/// Passes until everything must be quiet.
const PASSES_MAX: usize = 14;

/// One seed.
pub(super) struct Town {
    rig: Rig,
    state: Rc<RefCell<State>>,
    crashes: bool,
    interrupts: bool,
    programs: Vec<String>,
}

impl Town {
    pub(super) fn new(seed: u64, loud: bool) -> Self {
        let mut random = Random::new(seed);
        let with_marketo = !random.percent(25);
        let links = [1, 1, 2, 2, 3][random.below(5)];
        let people = random.between(2, 5);
        let (salesforce, marketo, named) = data(&mut random, links, people, seed.is_multiple_of(4));
        let (rules, ruled) = rules(&mut random, links);
        let world = World::new(&salesforce, &marketo, &Faults::none());
        let mut rig = Rig::new(world, &rules);
        rig.with_marketo = with_marketo;
        rig.policy.on_conflict =
            [OnConflict::Latest, OnConflict::Program, OnConflict::Campaign][[0, 0, 1, 2][random.below(4)]];
        rig.policy.backward = [Backward::Accept, Backward::Refuse, Backward::Restore][[0, 0, 1, 2][random.below(4)]];
        // From easy to hard.
        let level = seed % 4;
        if level > 0 && random.percent(85) {
            let (one, other) = (random.below(1 << 30) as u64, random.below(1 << 30) as u64);
            let mut faults = [Faults::seeded(one), Faults::seeded(other)];
            // Some worlds lose answers and show things late most of the time.
            if random.percent(50) {
                for faults in &mut faults {
                    let often = [Fault::Late, Fault::SilenceAfter, Fault::CutAfter, Fault::ServerErrorAfter];
                    faults.per_mille = often.into_iter().map(|fault| (fault, 80)).collect();
                }
            }
            let [one, other] = faults;
            rig.world.salesforce.borrow_mut().faults = one;
            rig.world.marketo.borrow_mut().faults = other;
        }
        // Where nothing goes wrong it can be said who wins.
        let strict =
            (level == 0 && with_marketo && rig.policy.backward == Backward::Accept).then_some(rig.policy.on_conflict);
        let judge = Judge::new(links, ruled, strict, loud);
        let late = level > 0;
        let costs = (0..links).map(|link| (link, vec![100])).collect();
        let state = State {
            random,
            judge,
            links,
            people,
            with_marketo,
            busy: false,
            interfered: false,
            costs,
            late,
            without_email: BTreeSet::new(),
            relabelled: false,
        };
        let state = Rc::new(RefCell::new(state));
        let programs = (0..links).map(program).collect();
        let town = Self { rig, state, crashes: level > 1, interrupts: level > 0, programs };
        town.name_each_other(&named);
        if let Some(log) = &mut town.state.borrow_mut().judge.log {
            let _ = writeln!(log, "{rules}\n{:?}, Marketo: {with_marketo}", town.rig.policy);
        }
        town
    }

    /// People of Marketo that name their lead or contact.
    fn name_each_other(&self, named: &BTreeSet<String>) {
        let world = &self.rig.world;
        let mut truth = Truth::default();
        salesforce_truth(world, &mut truth);
        marketo_truth(world, self.programs.len(), &mut truth);
        for who in named {
            let (sfdc, lead) = (&truth.in_salesforce[who][0], &truth.in_marketo[who][0]);
            let field = if sfdc.starts_with("003") { "sfdcContactId" } else { "sfdcLeadId" };
            world.in_marketo("PATCH", &format!("/double/leads/{lead}"), &json!({field: sfdc}));
        }
    }

    /// What there really is, the rules as well.
    fn whole_truth(&self) -> Truth {
        let state = self.state.borrow();
        let mut truth = state.truth(&self.rig.world);
        if !state.with_marketo {
            (truth.program, truth.in_marketo) = Default::default();
            self.rig.own(|own| {
                let engine = own.keeper().engine();
                let ids: Vec<String> = engine.people().map(str::to_owned).collect();
                for id in ids {
                    let who = person(engine, &id).and_then(|person| person.first_name).unwrap_or_default();
                    // Whom Salesforce no longer has is a person of the rules all the same.
                    truth.in_marketo.entry(who.clone()).or_default().push(id.clone());
                    truth.names.insert(id, who);
                }
                for link in 0..state.links {
                    for member in members(engine, &program(link)) {
                        let who = truth.names[&member.person].clone();
                        truth.program.insert((link, who), member.status);
                    }
                }
            });
        }
        truth
    }

    fn look(&self, by_people: bool) {
        let truth = self.whole_truth();
        self.state.borrow_mut().judge.look(truth, by_people, &self.rig.world.at().to_string());
    }

    /// Somebody tells the rules something, where they are the program side.
    fn act_in_rules(&self) {
        let event = {
            let mut state = self.state.borrow_mut();
            let ids: Vec<String> = state.judge.last.in_marketo.values().flatten().cloned().collect();
            let id = state.random.pick(&ids);
            let link = state.link();
            match state.random.below(100) {
                0..55 if !id.is_empty() => {
                    let to = state.status();
                    json!({"type": "program.status_changed", "person": id, "program": program(link), "to": to})
                }
                55..70 if !id.is_empty() => json!({"type": "program.removed", "person": id, "program": program(link)}),
                _ => {
                    let truth = state.judge.last.clone();
                    let other = state.one_sided(&truth.in_salesforce, &truth.in_marketo);
                    let is_known = state.email_in_salesforce(&self.rig.world, &other);
                    let (who, email) = if is_known && state.random.percent(50) {
                        (other.clone(), Some(email(&other)))
                    } else {
                        state.newcomer()
                    };
                    let fields = json!({"First Name": who, "Email Address": email, "Last Name": format!("L{who}")});
                    json!({"type": "person", "person": format!("own-{who}"), "fields": fields})
                }
            }
        };
        self.rig.tell(event);
        self.look(true);
    }

    /// Somebody who interferes while we work: with what we are about to look at or to write, or have just written. Our process
    /// may end right after a write, too.
    fn onlooker(&self) -> Onlooker {
        let state = Rc::clone(&self.state);
        let crashes = self.crashes;
        Rc::new(move |world, moment| {
            let mut state = state.borrow_mut();
            let (Moment::Before(request) | Moment::After(request)) = moment;
            let in_salesforce = request.url.starts_with(SALESFORCE_URL);
            let target = request.url.trim_start_matches(SALESFORCE_URL).trim_start_matches(MARKETO_URL);
            let is_write = is_write(request.method, target);
            let about = format!("{target} {}", String::from_utf8_lossy(&request.body));
            let is_about_members =
                ["/members", "CampaignMember", "/composite/sobjects"].iter().any(|part| target.contains(part));
            match moment {
                // Between our look and our write only Marketo's log tells: "where the log shows afterwards that a value was
                // overwritten between read and write, that is recorded as a conflict".
                Moment::Before(_) if in_salesforce && is_write => return,
                Moment::Before(_) => {}
                Moment::After(_) if is_write => {
                    let before = state.judge.last.clone();
                    state.look(world, false);
                    // Of a write that was not done somebody's change would lie between our look and our next try.
                    if in_salesforce && state.judge.last == before {
                        return;
                    }
                }
                Moment::After(_) => return,
            }
            // Only once around each call: within one second nobody could say what was first.
            let is_again = matches!(moment, Moment::After(_)) && state.interfered;
            state.interfered = false;
            if !is_about_members || !state.busy || is_again {
                return;
            }
            if in_salesforce && state.random.percent(12) {
                state.interfered = true;
                state.act_in_salesforce(world, Some(&about));
            } else if !in_salesforce && state.random.percent(12) {
                state.interfered = true;
                state.act_in_marketo(world, Some(&about));
            }
            if crashes && is_write && matches!(moment, Moment::After(_)) && state.random.percent(10) {
                world.end();
            }
        })
    }

    fn pass(&self, how: How, steps: Option<u32>, hand_out: bool) -> Option<Report> {
        let begun = self.state.borrow().judge.last.clone();
        let report = self.rig.with_end(steps, async |sync| {
            if hand_out {
                sync.hand_out().await.map(|report| (report, true))
            } else {
                let (report, outcome) = sync.pass(how).await;
                Ok((report, outcome.is_ok()))
            }
        });
        self.state.borrow_mut().busy = false;
        self.look(false);
        let intents = self.half_done();
        let mut state = self.state.borrow_mut();
        state.judge.removed_for_good(&begun, &intents);
        if let Some(log) = &mut state.judge.log {
            let shown = report.as_ref().map(|report| report.as_ref().map(|(report, _)| report.json()));
            let _ = writeln!(log, "{} {how:?} hand_out: {hand_out} {shown:?}", self.rig.world.at());
        }
        match report {
            Some(Ok((report, true))) => {
                let is_done = report.counts().all(|(_, counts)| counts.backlog == 0);
                if !hand_out && !how.dry && is_done {
                    let book = self.rig.book();
                    let over = book.links.values().filter(|link| link.active && !link.first);
                    let over = over.filter_map(|link| link.program.as_ref());
                    let over = over.filter_map(|end| self.programs.iter().position(|name| *name == end.name));
                    state.judge.linked.extend(over);
                }
                Some(report)
            }
            _ => None,
        }
    }

    /// Who is removed from a program, to be added again.
    fn half_done(&self) -> BTreeSet<(usize, String)> {
        let book = self.rig.book();
        let state = self.state.borrow();
        let half = book.intents.keys().filter_map(|pair| {
            let program = &book.links.get(&pair.link())?.program.as_ref()?.name;
            let link = self.programs.iter().position(|name| name == program)?;
            let lead = book.people.get(&pair.person())?.program.as_ref()?;
            Some((link, state.judge.last.names.get(lead)?.clone()))
        });
        half.collect()
    }

    fn draw(&self, percent: usize) -> bool {
        self.state.borrow_mut().random.percent(percent)
    }

    fn below(&self, limit: usize) -> usize {
        self.state.borrow_mut().random.below(limit)
    }

    fn some_time_passes(&self, most_ms: usize) {
        let millis = self.below(most_ms) as i64;
        self.rig.world.pass_ms(millis);
    }

    /// Plays the seed; what was wrong.
    pub(super) fn play(self) -> Result<(), String> {
        let result = self.play_through();
        result.map_err(|wrong| match &self.state.borrow().judge.log {
            Some(log) => {
                let book = self.rig.book();
                format!("{log}\n{:#?}\n{:#?}\n{:#?}\n{wrong}", book.people, book.intents, book.orders)
            }
            None => wrong,
        })
    }

    fn play_through(&self) -> Result<(), String> {
        let world = &self.rig.world;
        // Whatever the clocks show, what is there is older.
        world.pass_ms(600_000);
        if !self.state.borrow().with_marketo {
            // The rules know no more of people than Salesforce does.
            let all = [rows(world, "Lead"), rows(world, "Contact")].concat();
            let nameless = all.iter().filter(|row| row["Email"].is_null()).map(|row| text(row, "FirstName"));
            self.state.borrow_mut().without_email.extend(nameless);
            let people: Vec<usize> = (0..self.state.borrow().people).collect();
            for number in people.into_iter().filter(|_| self.draw(60)) {
                let who = format!("p{number}");
                // Without an address nobody could be recognised.
                let in_salesforce =
                    rows(world, "Lead").iter().chain(&rows(world, "Contact")).any(|row| row["FirstName"] == who);
                // Without an address nobody could be recognised.
                if in_salesforce && !self.state.borrow().email_in_salesforce(world, &who) {
                    continue;
                }
                let fields = json!({"First Name": who, "Email Address": email(&who), "Last Name": format!("L{who}")});
                self.rig.tell(json!({"type": "person", "person": format!("own-{who}"), "fields": fields}));
            }
        }
        let truth = self.whole_truth();
        self.state.borrow_mut().judge.begin(truth);
        world.show_to(Some(self.onlooker()));
        for _ in 0..6 + self.below(24) {
            self.some_time_passes(120_000);
            match self.below(100) {
                0..12 if self.state.borrow().with_marketo => self.state.borrow_mut().quarrel(world),
                0..50 => {
                    let in_salesforce = self.draw(50);
                    let mut state = self.state.borrow_mut();
                    if in_salesforce {
                        state.act_in_salesforce(world, None);
                    } else if state.with_marketo {
                        state.act_in_marketo(world, None);
                    } else {
                        drop(state);
                        self.act_in_rules();
                    }
                }
                50..96 => {
                    if self.draw(70) {
                        self.some_time_passes(300_000);
                    }
                    if self.draw(10) {
                        self.rig.end();
                    }
                    let steps = (self.crashes && self.draw(35)).then(|| 1 + self.below(150) as u32);
                    let busy = self.interrupts && self.draw(60);
                    self.state.borrow_mut().busy = busy;
                    self.pass(How { full: self.draw(8), dry: self.draw(3) }, steps, self.draw(12));
                }
                96..98 => world.pass_ms(26 * 3_600_000),
                _ => self.some_time_passes(1_800_000),
            }
        }
        self.become_quiet()?;
        self.judge()
    }

    /// No more faults, and nobody does anything any more.
    fn become_quiet(&self) -> Result<(), String> {
        let world = &self.rig.world;
        // The clocks stay as wrong as they are.
        world.salesforce.borrow_mut().faults.per_mille.clear();
        world.marketo.borrow_mut().faults.per_mille.clear();
        // Statuses that went come back.
        for campaign in rows(world, "Campaign") {
            let id = text(&campaign, "Id");
            let labels = rows(world, "CampaignMemberStatus");
            if !labels.iter().any(|label| label["CampaignId"] == id.as_str() && label["Label"] == "No Show") {
                let fields = json!({"CampaignId": id, "Label": "No Show", "SortOrder": 50});
                world.in_salesforce("POST", "/double/records/CampaignMemberStatus", &fields);
            }
        }
        world.pass_ms(16 * 60_000);
        let mut last = String::new();
        for _ in 0..PASSES_MAX {
            let Some(report) = self.pass(How::default(), None, false) else {
                return Err("a pass failed without a fault".to_owned());
            };
            last = report.json();
            let mut counts = report.counts();
            if counts.all(|(_, counts)| counts.new + counts.updated + counts.deleted + counts.backlog == 0) {
                return Ok(());
            }
            world.pass_ms(300_000);
        }
        Err(format!("there is always something to do: {last}"))
    }

    fn writes(&self) -> usize {
        let of =
            |calls: Vec<(String, String)>| calls.iter().filter(|(method, target)| is_write(method, target)).count();
        let calls = |method: &String, target: &String| (method.clone(), target.clone());
        let salesforce = self.rig.world.salesforce.borrow();
        let marketo = self.rig.world.marketo.borrow();
        of(salesforce.calls().map(|call| calls(&call.method, &call.target)).collect())
            + of(marketo.calls().map(|call| calls(&call.method, &call.target)).collect())
    }

    fn actions(&self) -> Vec<Value> {
        let lines = self.rig.own(|own| own.keeper().outcomes(0, usize::MAX).unwrap());
        lines.iter().map(|(_, line)| serde_json::from_slice(line).unwrap()).collect()
    }

    fn judge(&self) -> Result<(), String> {
        let (writes, actions) = (self.writes(), self.actions());
        let before = self.state.borrow().judge.last.clone();
        let mut refusals = 0;
        for _ in 0..3 {
            self.rig.world.pass_ms(300_000);
            let idle = self.pass(How { full: self.draw(30), dry: false }, None, false).ok_or("an idle pass failed")?;
            refusals += usize::from(idle.records().iter().any(is_refusal));
        }
        let mut wrong: Vec<String> = Vec::new();
        // What is refused is tried once in each pass, and does nothing.
        if self.writes() > writes + refusals || self.state.borrow().judge.last != before {
            wrong.push(format!("{} writes although nothing happened", self.writes() - writes));
        }
        if self.actions().len() != actions.len() {
            wrong.push("flows did something although nothing happened".to_owned());
        }
        let records = self.rig.records();
        let mut state = self.state.borrow_mut();
        state.judge.end(&records, self.rig.policy.backward, &self.programs);
        wrong.append(&mut state.judge.wrong);
        let last = &state.judge.last;
        for (who, ids) in last.in_marketo.iter().chain(&last.in_salesforce) {
            if ids.len() > 1 && !state.judge.twins.contains(who) {
                wrong.push(format!("{who} is there more than once: {ids:?}"));
            }
        }
        self.judge_campaigns(&state, &mut wrong);
        self.judge_rules(&state, &actions, &mut wrong);
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n  ")) }
    }

    /// Type and costs have arrived.
    fn judge_campaigns(&self, state: &State, wrong: &mut Vec<String>) {
        for row in rows(&self.rig.world, "Campaign") {
            let Ok(link) = text(&row, "Name").trim_start_matches('C').parse::<usize>() else { continue };
            let Some(costs) = state.costs.get(&link) else { continue };
            let cost = (!costs.is_empty()).then(|| costs.iter().sum::<i64>() as f64);
            if row["Type"] != "Webinar" || row["ActualCost"].as_f64() != cost {
                wrong.push(format!("Type and ActualCost are {} and {}", row["Type"], row["ActualCost"]));
            }
        }
    }

    /// The rules know what both sides show, and were told of nothing that did not happen.
    fn judge_rules(&self, state: &State, actions: &[Value], wrong: &mut Vec<String>) {
        self.rig.own(|own| self.judge_memberships(state, own.keeper().engine(), wrong));
        self.judge_alerts(state, actions, wrong);
    }

    fn judge_memberships(&self, state: &State, engine: &mut Engine, wrong: &mut Vec<String>) {
        let last = &state.judge.last;
        for link in 0..=state.links {
            let mut known: Vec<(String, String)> = Vec::new();
            for status in STATUSES {
                let filter = format!("member of SFDC campaign \"{}\" with status \"{status}\"", campaign(link));
                let filter = engine.filter(&filter).unwrap();
                let ids: Vec<String> = engine.select(&filter).into_iter().map(str::to_owned).collect();
                known.extend(ids.iter().map(|id| (last.names.get(id).cloned().unwrap_or_default(), status.to_owned())));
            }
            let of_link = |of: &BTreeMap<(usize, String), String>| -> Vec<(String, String)> {
                let own = of.iter().filter(|((own, _), _)| *own == link);
                own.map(|((_, who), status)| (who.clone(), status.clone())).collect()
            };
            known.sort();
            let real = of_link(&last.campaign);
            // "A flow does not try again by itself": what could not be written stays what the rules made of it.
            let excused = state.relabelled && state.judge.ruled.contains(&link);
            if known != real && !excused {
                wrong.push(format!("of C{link} the rules know {known:?}, and there is {real:?}"));
            }
            if link == state.links {
                break;
            }
            let mut known: Vec<(String, String)> = members(engine, &program(link))
                .into_iter()
                .map(|member| (last.names.get(&member.person).cloned().unwrap_or_default(), member.status))
                .collect();
            known.sort();
            let real = of_link(&last.program);
            if known != real {
                wrong.push(format!("of P{link} the rules know {known:?}, and there is {real:?}"));
            }
        }
    }

    fn judge_alerts(&self, state: &State, actions: &[Value], wrong: &mut Vec<String>) {
        let last = &state.judge.last;
        let mut alerts: BTreeMap<(Side, (usize, String), String), usize> = BTreeMap::new();
        for action in actions.iter().filter(|action| action["type"] == "action") {
            let Some(alert) = action["action"].as_str().and_then(|text| text.strip_prefix("send alert ")) else {
                continue;
            };
            let (place, status) = alert.trim_matches('"').split_once(' ').unwrap();
            let who = last.names.get(action["person"].as_str().unwrap()).cloned().unwrap_or_default();
            let side = if place.starts_with('C') { Side::Campaign } else { Side::Program };
            let link: usize = place[1..].parse().unwrap();
            if !state.judge.ruled.contains(&link) {
                *alerts.entry((side, (link, who), status.to_owned())).or_default() += 1;
            }
        }
        for (alert, times) in alerts {
            let arrived = state.judge.arrivals.get(&alert).copied().unwrap_or(0);
            if times > arrived {
                wrong.push(format!("{alert:?} was told {times} times and happened {arrived} times"));
            }
        }
    }
}
