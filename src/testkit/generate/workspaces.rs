//! Whole rule books.

use super::filters::{Crowded, Mood, Scope, chain, trigger};
use super::flows::{May, steps, yaml};
use super::random::Random;
use super::words::{DECLARATIONS, TIMES, day, moment_literal, zone_and_start};
use crate::model::Timestamp;

/// A generated rule book, in parts, so that a failing case can be made smaller.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The name of its time zone.
    pub zone: String,
    /// Where histories start.
    pub start: Timestamp,
    pub(super) mood: Mood,
    /// Its settings.
    pub settings: String,
    /// What else it declares.
    pub declarations: String,
    /// Names of segments and their entries.
    pub segments: Vec<(String, String)>,
    /// Names of smart campaigns and their entries.
    pub campaigns: Vec<(String, String)>,
}

impl Workspace {
    /// The rule file.
    pub fn text(&self) -> String {
        let mut text = format!("settings:\n{}{}", self.settings, self.declarations);
        for (key, entries) in [("segments", &self.segments), ("smart_campaigns", &self.campaigns)] {
            if !entries.is_empty() {
                text.push_str(&format!("{key}:\n"));
            }
            for (_, entry) in entries {
                text.push_str(entry);
            }
        }
        text
    }

    /// The names of its segments.
    pub fn segment_names(&self) -> Vec<String> {
        self.segments.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The names of its smart campaigns.
    pub fn campaign_names(&self) -> Vec<String> {
        self.campaigns.iter().map(|(name, _)| name.clone()).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Trigger,
    Requested,
    Batch,
    Executable,
}

/// A rule book.
pub fn workspace(random: &mut Random) -> Workspace {
    let mood = random.pick(&[Mood::Mixed, Mood::Mixed, Mood::Busy, Mood::Timely]);
    let (zone, start) = zone_and_start(random);
    let week = random.pick(&["monday", "sunday", "saturday"]);
    let empty = random.pick(&["strict", "marketo"]);
    let (cascade, activities) = (random.between(1, 6), random.between(3, 25));
    let people = random.between(1, 4);
    let settings = format!(
        "  time_zone: {zone}\n  week_starts_on: {week}\n  empty_values: {empty}\n  cascade_limit: {cascade}\n  \
         activity_limit: {activities}\n  max_people: {people}\n"
    );
    let declarations = if random.percent(8) { without_sfdc_campaigns() } else { DECLARATIONS.to_owned() };
    let names: Vec<String> = (1..=random.between(3, 8))
        .map(|number| if number == 3 { "c/3 %".to_owned() } else { format!("c{number}") })
        .collect();
    let mut segments: Vec<(String, String)> = Vec::new();
    let mut filters: Vec<String> = Vec::new();
    for number in 1..=random.between(1, 4) {
        let earlier: Vec<String> = segments.iter().map(|(name, _)| name.clone()).collect();
        let scope = Scope { mood, start, segments: &earlier, campaigns: &names };
        let name = format!("S{number}");
        // Now and then one that often changes together with an earlier one.
        let filter = match filters.get(random.below(filters.len())) {
            Some(other) if random.percent(30) => {
                format!("({other}) {} ({})", random.pick(&["and", "or", "and not"]), chain(random, scope, 1))
            }
            Some(_) | None => chain(random, scope, 2),
        };
        let entry = format!("  {name}: {}\n", yaml(&filter));
        filters.push(filter);
        segments.push((name, entry));
    }
    let mut executables = 0;
    let kinds: Vec<Kind> = names
        .iter()
        .map(|_| match random.below(10) {
            0 | 1 if executables < 3 => {
                executables += 1;
                Kind::Executable
            }
            2 | 3 => Kind::Batch,
            4 => Kind::Requested,
            _ => Kind::Trigger,
        })
        .collect();
    let segment_names: Vec<String> = segments.iter().map(|(name, _)| name.clone()).collect();
    let scope = Scope { mood, start, segments: &segment_names, campaigns: &names };
    let forward = random.percent(50);
    let campaigns = names.iter().zip(&kinds).enumerate().map(|(at, (name, kind))| {
        let after: Vec<String> = names
            .iter()
            .enumerate()
            .filter(|(other, _)| if forward { *other > at } else { *other < at })
            .map(|(_, name)| name.clone())
            .collect();
        (name.clone(), campaign(random, scope, &kinds, at, *kind, &after))
    });
    let campaigns = campaigns.collect();
    Workspace { zone: zone.to_owned(), start, mood, declarations, settings, segments, campaigns }
}

/// A rule book in which many campaigns wait for the same few things, so that whoever looks them up must choose well.
pub fn crowd(random: &mut Random) -> Workspace {
    let mut workspace = workspace(random);
    let (segments, campaigns) = (workspace.segment_names(), workspace.campaign_names());
    let scope = Scope { mood: Mood::Mixed, start: workspace.start, segments: &segments, campaigns: &campaigns };
    let things: Vec<Crowded> = (0..random.between(1, 3)).map(|_| Crowded::any(random)).collect();
    // The names that segments know are among them.
    let others = (1..=random.between(10, 40)).map(|number| format!("many-{number}"));
    let entries = campaigns.iter().cloned().chain(others).map(|name| {
        let triggers = yaml(&random.pick(&things).trigger(random, scope));
        let filter = yaml(&chain(random, scope, 2));
        let entry = format!(
            "  {}:\n    triggers: [{triggers}]\n    filter: {filter}\n    qualify: every time\n    flow: [do nothing]\n",
            yaml(&name)
        );
        (name, entry)
    });
    workspace.campaigns = entries.collect();
    workspace
}

/// The declarations without Salesforce campaigns: then their names and statuses are not checked.
fn without_sfdc_campaigns() -> String {
    let lines = DECLARATIONS.lines().filter(|line| !line.starts_with("  Nurture"));
    let lines =
        lines.filter(|line| !line.starts_with("sfdc_campaigns:") && !line.contains("{statuses: {Invited: {default"));
    lines.map(|line| line.replace(", sfdc_campaign: Spring Webinar", "") + "\n").collect()
}

fn campaign(random: &mut Random, scope: Scope<'_>, kinds: &[Kind], at: usize, kind: Kind, after: &[String]) -> String {
    let name = scope.campaigns.get(at).cloned().unwrap_or_default();
    let mut text = format!("  {}:\n", yaml(&name));
    let mut line = |entry: String| text.push_str(&format!("    {entry}\n"));
    let of_kind = |wanted: Kind, from: usize| -> Vec<String> {
        let named = scope.campaigns.iter().zip(kinds).skip(from);
        named.filter(|(_, kind)| **kind == wanted).map(|(name, _)| name.clone()).collect()
    };
    if random.percent(40) {
        line(format!("program: {}", random.pick(&["Spring Webinar", "Spring Mailing"])));
    }
    if random.percent(8) {
        line("active: false".to_owned());
    }
    match kind {
        Kind::Trigger | Kind::Requested => {
            let mut triggers: Vec<String> =
                (0..random.pick(&[1, 1, 2, 3])).map(|_| yaml(&trigger(random, scope))).collect();
            if kind == Kind::Requested {
                triggers.insert(random.below(triggers.len() + 1), yaml("campaign is requested"));
            }
            line(format!("triggers: [{}]", triggers.join(", ")));
        }
        Kind::Batch => {
            if random.percent(70) {
                line(format!("schedule: {}", yaml(&schedule(random, scope.start))));
            }
            if random.percent(30) {
                line(format!("max_people: {}", random.between(1, 3)));
            }
        }
        Kind::Executable => line("executable: true".to_owned()),
    }
    match random.below(if scope.mood == Mood::Busy { 6 } else { 10 }) {
        0..=4 => {}
        5 => {
            let rule = random.pick(&["all", "any", "1 and (2 or not 3)", "(1 and 2) or 3", "not 1 or 2 or 3"]);
            line("filter:".to_owned());
            line(format!("  match: {rule}"));
            line("  filters:".to_owned());
            for _ in 0..3 {
                line(format!("    - {}", yaml(&chain(random, scope, 1))));
            }
        }
        _ => line(format!("filter: {}", yaml(&chain(random, scope, 2)))),
    }
    let qualify = [
        "once",
        "every time",
        "every time",
        "every time",
        "once every 2 hours",
        "once every 1 day",
        "once every 2 weeks",
        "once every 1 month",
    ];
    let every = if scope.mood == Mood::Mixed { 0 } else { 60 };
    line(format!("qualify: {}", if random.percent(every) { "every time" } else { random.pick(&qualify) }));
    line(format!("priority: {}", random.pick(&["low", "medium", "high"])));
    if random.percent(25) && !after.is_empty() {
        line(format!("after: [{}]", yaml(&random.pick(after))));
    }
    line("flow:".to_owned());
    let may = May {
        scope,
        wait: kind != Kind::Executable,
        trigger: matches!(kind, Kind::Trigger | Kind::Requested),
        requested: &of_kind(Kind::Requested, 0),
        executable: &of_kind(Kind::Executable, if kind == Kind::Executable { at + 1 } else { 0 }),
    };
    text.push_str(&steps(random, may, 6, 2));
    text
}

fn schedule(random: &mut Random, start: Timestamp) -> String {
    let at = random.pick(TIMES);
    if random.percent(10) {
        // At the very start of the clock, too.
        let at = Timestamp(start.0.div_euclid(1000) * 1000).to_string();
        return format!("once at {}", if random.percent(30) { at } else { moment_literal(random, start) });
    }
    let every = random.between(2, 4);
    let (rule, starting) = match random.below(8) {
        0 => (format!("every day at {at}"), false),
        1 => (format!("every {every} days at {at}"), true),
        2 => (format!("every weekday at {at}"), false),
        3 => (
            format!("every week on {} at {at}", random.pick(&["monday", "sunday, wednesday", "friday to sunday"])),
            false,
        ),
        4 => (
            format!("every {every} weeks on {} at {at}", random.pick(&["monday", "sunday", "saturday, tuesday"])),
            true,
        ),
        5 | 6 => (format!("every month on day {} at {at}", random.pick(&["1", "28", "29", "30", "31"])), false),
        _ => {
            let nth = random.pick(&["1st", "2nd", "3rd", "4th", "last"]);
            let day = random.pick(&["monday", "friday", "sunday"]);
            (format!("every month on the {nth} {day} at {at}"), false)
        }
    };
    let (a, b) = (day(random, start), day(random, start));
    let mut text = rule;
    if starting || random.percent(20) {
        text = format!("{text} starting {}", a.min(b));
    }
    if random.percent(15) {
        text = format!("{text} until {}", a.max(b));
    }
    text
}
