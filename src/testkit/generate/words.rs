//! The small vocabulary of generated rule books: names, values, days and moments.

use super::random::Random;
use crate::model::{Date, FieldType, MILLIS_A_DAY, Timestamp};

/// What every generated rule book declares.
pub(super) const DECLARATIONS: &str = "\
fields:
  Colour: {type: text, values: [Red, Green, Blue]}
  Note: text
  Mail: email
  Mobile: phone
  Web: url
  Points: integer
  Amount: number
  Opt In: boolean
  Event Date: date
  Last Seen: datetime
activities:
  Visit: {Page: text, Visits: integer, Price: number, Logged In: boolean, Day Seen: date, Moment Seen: datetime}
  Fill Out Form: {Form: text}
lists: [Alpha, Alpha Two, Beta]
channels:
  Webinar: {statuses: {Invited: {step: 10}, Registered: {step: 20}, No Show: {step: 30}, Attended: {step: 30, success: true}}}
  Mailing: {statuses: {Sent: {step: 10}, Opened: {step: 20}, Clicked: {step: 30, success: true}, Bought: {step: 40, success: true}}}
programs:
  Spring Webinar: {channel: Webinar, sfdc_campaign: Spring Webinar, tokens: {Greeting: Hello}}
  Spring Mailing: {channel: Mailing}
sfdc_campaigns:
  Spring Webinar: {statuses: {Invited: {default: true}, Registered: {}, No Show: {}, Attended: {responded: true}}}
  Nurture: {statuses: {Sent: {}, Read: {responded: true}, Bounced: {}}}
  Nurture East: {statuses: {Read: {default: true, responded: true}, Sent: {}}}
webhooks:
  hook: {url: https://hooks.example.test/hook}
tokens: {Greeting: Dear, Target: Alpha}
";

/// A field as rules write it, its name in facts, its type, and whether rules may only read it.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldWord {
    pub(super) rule: &'static str,
    pub(super) fact: &'static str,
    pub(super) type_: FieldType,
    pub(super) read_only: bool,
}

const fn word(rule: &'static str, fact: &'static str, type_: FieldType) -> FieldWord {
    FieldWord { rule, fact, type_, read_only: false }
}

const fn read_only(rule: &'static str, fact: &'static str, type_: FieldType) -> FieldWord {
    FieldWord { rule, fact, type_, read_only: true }
}

/// The fields that rules and facts use.
pub(super) const FIELDS: &[FieldWord] = &[
    word("Country", "Country", FieldType::Text),
    word("Country", "country", FieldType::Text),
    word("[Lead Source]", "Lead Source", FieldType::Text),
    word("Score", "Person Score", FieldType::Integer),
    word("Score", "Score", FieldType::Integer),
    word("Points", "Points", FieldType::Integer),
    word("[Annual Revenue]", "Annual Revenue", FieldType::Number),
    word("Amount", "Amount", FieldType::Number),
    word("Unsubscribed", "Unsubscribed", FieldType::Boolean),
    word("[Opt In]", "Opt In", FieldType::Boolean),
    word("[Date of Birth]", "Date of Birth", FieldType::Date),
    word("[Event Date]", "Event Date", FieldType::Date),
    word("[Last Seen]", "Last Seen", FieldType::DateTime),
    word("[Last Seen]", "Last Seen", FieldType::DateTime),
    word("Colour", "Colour", FieldType::Text),
    word("Note", "Note", FieldType::Text),
    word("Mail", "Mail", FieldType::Email),
    word("Mobile", "Mobile", FieldType::Phone),
    word("Web", "Web", FieldType::Url),
    read_only("[SFDC Type]", "SFDC Type", FieldType::Text),
    read_only("[SFDC Is Deleted]", "SFDC Is Deleted", FieldType::Boolean),
    read_only("[Created At]", "Created At", FieldType::DateTime),
    read_only("[Updated At]", "Updated At", FieldType::DateTime),
];

/// The attributes of the activity `Visit`, as rules write them and as facts do.
pub(super) const ATTRIBUTES: &[(&str, &str, FieldType)] = &[
    ("Page", "Page", FieldType::Text),
    ("Visits", "Visits", FieldType::Integer),
    ("Price", "Price", FieldType::Number),
    ("[Logged In]", "Logged In", FieldType::Boolean),
    ("[Day Seen]", "Day Seen", FieldType::Date),
    ("[Moment Seen]", "Moment Seen", FieldType::DateTime),
];

pub(super) const LISTS: &[&str] = &["Alpha", "Alpha Two", "Beta"];
pub(super) const SFDC_CAMPAIGNS: &[(&str, &[&str])] = &[
    ("Spring Webinar", &["Invited", "Registered", "No Show", "Attended"]),
    ("Nurture", &["Sent", "Read", "Bounced"]),
    ("Nurture East", &["Read", "Sent"]),
];
pub(super) const PROGRAMS: &[(&str, &[&str])] = &[
    ("Spring Webinar", &["Invited", "Registered", "No Show", "Attended"]),
    ("Spring Mailing", &["Sent", "Opened", "Clicked", "Bought"]),
];
pub(super) const TEXTS: &[&str] = &["NL", "nl", "Nl", "BE", "Straße", "STRAẞE", "STRASSE", "ς", "Σ", "n", "it's %/"];
pub(super) const COLOURS: &[&str] = &["Red", "Green", "Blue"];
pub(super) const ZONES: &[&str] =
    &["UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"];

/// Starts of histories: around clock changes, the ends of months, quarters and years, and 29 February.
pub(super) const STARTS: &[&str] = &[
    "2026-03-05T09:00:00Z",
    "2026-03-07T22:00:00Z",
    "2026-03-28T23:30:00Z",
    "2026-04-04T10:00:00Z",
    "2026-09-05T21:00:00Z",
    "2026-10-24T22:00:00Z",
    "2026-10-03T12:00:00.250Z",
    "2026-10-31T23:00:00Z",
    "2026-12-30T18:00:00Z",
    "2028-02-27T12:00:00Z",
    "2027-02-26T23:59:59.999Z",
];

/// Times of day, those that clock changes skip or repeat among them.
pub(super) const TIMES: &[&str] =
    &["00:00", "00:30", "01:30", "02:00", "02:15", "02:30", "03:00", "09:00", "17:45", "23:59"];

/// The hours before clock changes of zones; in Santiago the skipped hour begins at midnight, on Lord Howe it is half an
/// hour.
const CLOCK_CHANGES: &[(&str, &str)] = &[
    ("Europe/Amsterdam", "2026-03-28T23:30:00Z"),
    ("Europe/Amsterdam", "2026-10-24T22:00:00Z"),
    ("America/New_York", "2026-03-07T22:00:00Z"),
    ("America/New_York", "2026-10-31T23:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T12:00:00.250Z"),
    ("Australia/Lord_Howe", "2026-04-04T10:00:00Z"),
    ("America/Santiago", "2026-09-05T21:00:00Z"),
    ("America/Santiago", "2026-04-04T10:00:00Z"),
];

/// A time zone and the start of a history in it.
pub(super) fn zone_and_start(random: &mut Random) -> (&'static str, Timestamp) {
    let (zone, start) =
        if random.percent(35) { random.pick(CLOCK_CHANGES) } else { (random.pick(ZONES), random.pick(STARTS)) };
    (zone, Timestamp::parse(start).unwrap_or(Timestamp::EPOCH))
}

/// A day near the start, or one of the calendar's odd days.
pub(super) fn day(random: &mut Random, start: Timestamp) -> Date {
    let today = Date(i32::try_from(start.0.div_euclid(MILLIS_A_DAY)).unwrap_or(0));
    if random.percent(10) {
        let odd = ["2024-02-29", "2028-02-29", "2026-03-29", "2026-11-01", "2026-12-31", "1996-02-29", "2000-01-31"];
        return Date::parse(random.pick(&odd)).unwrap_or(today);
    }
    let away = [-365_i64, -31, -30, -8, -7, -2, -1, 0, 0, 1, 2, 3, 7, 8, 14, 30, 31, 60];
    today.plus_days(random.pick(&away))
}

/// A moment near the start.
pub(super) fn moment(random: &mut Random, start: Timestamp) -> Timestamp {
    let hours = [-24 * 31_i64, -24 * 8, -24 * 7, -48, -24, -2, -1, 0, 0, 1, 2, 12, 24, 48, 72, 24 * 7, 24 * 30];
    let millis = [0_i64, 0, 0, 0, -1, 1, 1_000, 60_000, 1_800_000];
    start.plus(random.pick(&hours) * 3_600_000 + random.pick(&millis))
}

/// A moment as rules write it: to the second, with an offset or without.
pub(super) fn moment_literal(random: &mut Random, start: Timestamp) -> String {
    let at = moment(random, start);
    let text = Timestamp(at.0.div_euclid(1000) * 1000).to_string();
    match random.below(3) {
        0 => text,
        1 => text.replace('Z', "+01:00"),
        _ => text.trim_end_matches('Z').to_owned(),
    }
}

/// A text in quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// A span of time in tests and windows.
pub(super) fn span(random: &mut Random) -> String {
    random
        .pick(&["30 minutes", "1 hour", "12 hours", "1 day", "2 days", "3 days", "1 week", "1 month", "1 year"])
        .to_owned()
}

/// The name of a timeframe.
pub(super) fn timeframe(random: &mut Random) -> String {
    random.pick(&crate::model::Timeframe::ALL.map(crate::model::Timeframe::words)).to_owned()
}
