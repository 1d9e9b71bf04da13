//! Rule books as a marketing team would write them: many small files that name each other's things.

use std::fmt::Write;

use crate::random::Random;

/// How much of everything there is.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Programs; two of three are linked to an SFDC campaign of their own. One file each.
    pub programs: usize,
    /// SFDC campaigns without a program, ten to a file.
    pub sfdc_campaigns: usize,
    /// Static lists, ten to a file.
    pub lists: usize,
    /// Segments, two to a file.
    pub segments: usize,
    /// Smart campaigns, one file each.
    pub campaigns: usize,
    /// Whether some of them are batch campaigns with a schedule.
    pub schedules: bool,
}

impl Shape {
    /// 1,000 smart campaigns that wait for events.
    pub const RUN: Self =
        Self { programs: 150, sfdc_campaigns: 150, lists: 100, segments: 12, campaigns: 1000, schedules: false };
    /// 1,000 files.
    pub const VALIDATE: Self =
        Self { programs: 120, sfdc_campaigns: 100, lists: 100, segments: 60, campaigns: 829, schedules: true };

    /// So many files.
    pub const fn files(&self) -> usize {
        1 + self.programs
            + self.sfdc_campaigns.div_ceil(10)
            + self.lists.div_ceil(10)
            + self.segments.div_ceil(2)
            + self.campaigns
    }
}

/// Countries that people live in.
pub const COUNTRIES: [&str; 12] = ["NL", "BE", "DE", "FR", "GB", "US", "CA", "ES", "IT", "SE", "DK", "PL"];
/// Industries that they work in.
pub const INDUSTRIES: [&str; 10] = [
    "Retail",
    "Banking",
    "Energy",
    "Health Care",
    "Education",
    "Logistics",
    "Software",
    "Media",
    "Government",
    "Hotels",
];
/// What is on their cards.
pub const TITLES: [&str; 10] = [
    "Chief Executive Officer",
    "Head of Marketing",
    "Marketing Manager",
    "Sales Director",
    "Software Engineer",
    "Head of Sales",
    "Data Analyst",
    "Operations Manager",
    "Buyer",
    "Student",
];
/// Where leads come from.
pub const SOURCES: [&str; 6] = ["Web", "Trade Show", "Referral", "Partner", "Advertisement", "Purchased List"];
/// How far they are.
pub const LEAD_STATUSES: [&str; 5] = ["New", "Open", "Working", "Qualified", "Recycled"];
/// Pages of the web site.
pub const PAGES: [&str; 12] = [
    "/",
    "/pricing",
    "/pricing/enterprise",
    "/blog",
    "/blog/pruning",
    "/docs",
    "/docs/api",
    "/contact",
    "/jobs",
    "/events",
    "/events/spring",
    "/about",
];
/// The statuses of a webinar, on both sides of a link.
pub const STATUSES: [&str; 4] = ["Invited", "Registered", "No Show", "Attended"];
/// The statuses of an SFDC campaign without a program.
pub const SFDC_STATUSES: [&str; 3] = ["Sent", "Opened", "Responded"];

/// How many forms there are.
pub const FORMS: usize = 120;
/// How many emails there are.
pub const EMAILS: usize = 60;

/// The name of a program, which is that of its SFDC campaign too.
pub fn program(n: usize) -> String {
    format!("{} Webinar {n:04}", ["Spring", "Summer", "Autumn", "Winter"][n % 4])
}

/// Whether the program is linked to an SFDC campaign.
pub const fn is_linked(n: usize) -> bool {
    !n.is_multiple_of(3)
}

/// The name of an SFDC campaign without a program.
pub fn sfdc_campaign(n: usize) -> String {
    format!("Nurture Track {n:04}")
}

/// The name of a list.
pub fn list(n: usize) -> String {
    format!("{} {n:04}", ["Newsletter", "Customers", "Event Guests", "Do Not Call"][n % 4])
}

/// The name of a form.
pub fn form(n: usize) -> String {
    format!("{} Form {n:03}", ["Contact", "Download", "Registration"][n % 3])
}

/// The name of an email.
pub fn email(n: usize) -> String {
    format!("Newsletter {n:03}")
}

/// All files of a rule book: path and text.
pub fn write(shape: &Shape, seed: u64) -> Vec<(String, String)> {
    let mut writer = Writer { shape, random: Random::new(seed), files: Vec::with_capacity(shape.files()) };
    writer.declarations();
    for n in 0..shape.campaigns {
        writer.campaign(n);
    }
    writer.files
}

struct Writer<'a> {
    shape: &'a Shape,
    random: Random,
    files: Vec<(String, String)>,
}

impl Writer<'_> {
    fn declarations(&mut self) {
        let text = "\
settings:
  time_zone: Europe/Amsterdam
  cascade_limit: 32
fields:
  Region: text
  Owner Team: {type: text, values: [Team North, Team South, Team Export]}
  Last Visit: date
  Trial Ends: date
  Bounces: integer
activities:
  Fill Out Form: {Form: text, Page: text}
  Visit Web Page: {Page: text}
  Open Email: {Email: text}
channels:
  Webinar:
    statuses:
      Invited: {step: 10}
      Registered: {step: 20}
      No Show: {step: 30}
      Attended: {step: 30, success: true}
webhooks:
  crm-alert: {url: https://hooks.example.test/crm, method: POST}
tokens: {Alert: Sales Alert}
";
        self.files.push(("settings.yaml".to_owned(), text.to_owned()));
        for n in 0..self.shape.programs {
            let name = program(n);
            let mut text = format!("programs:\n  {name}:\n    channel: Webinar\n");
            let (first, second) = (self.random.between(200, 4000), self.random.between(100, 900));
            let _ = write!(
                text,
                "    period_costs:\n      - {{month: 2026-03, amount: {first}}}\n      - {{month: 2026-04, amount: \
                 {second}, note: catering}}\n    tokens:\n      Thank You: Thanks for joining {name}\n"
            );
            if is_linked(n) {
                let _ = write!(
                    text,
                    "    sfdc_campaign: {name}\nsfdc_campaigns:\n  {name}:\n    statuses:\n      Invited: {{default: \
                     true}}\n      Registered: {{}}\n      No Show: {{}}\n      Attended: {{responded: true}}\n"
                );
            }
            self.files.push((format!("programs/p{n:04}.yaml"), text));
        }
        let all: Vec<usize> = (0..self.shape.sfdc_campaigns).collect();
        for (at, group) in all.chunks(10).enumerate() {
            let mut text = "sfdc_campaigns:\n".to_owned();
            for n in group {
                let _ = write!(
                    text,
                    "  {}:\n    statuses:\n      Sent: {{default: true}}\n      Opened: {{}}\n      Responded: \
                     {{responded: true}}\n",
                    sfdc_campaign(*n)
                );
            }
            self.files.push((format!("salesforce/s{at:03}.yaml"), text));
        }
        let all: Vec<usize> = (0..self.shape.lists).collect();
        for (at, group) in all.chunks(10).enumerate() {
            let mut text = "lists:\n".to_owned();
            for n in group {
                let _ = writeln!(text, "  - {}", list(*n));
            }
            self.files.push((format!("lists/l{at:03}.yaml"), text));
        }
        let all: Vec<usize> = (0..self.shape.segments).collect();
        for (at, group) in all.chunks(2).enumerate() {
            let mut text = "segments:\n".to_owned();
            for n in group {
                let filter = match n % 3 {
                    0 => format!("Country is {} and not member of list \"{}\"", self.two(&COUNTRIES), self.any_list()),
                    1 => format!("Score is at least {} and {}", self.random.between(60, 95), self.narrow()),
                    _ => format!(
                        "member of list \"{}\" or (Industry is {} and [Job Title] contains \"Manager\")",
                        self.any_list(),
                        self.two(&INDUSTRIES)
                    ),
                };
                let _ = write!(text, "  segment-{n:03}: >-\n    {filter}\n");
            }
            self.files.push((format!("segments/s{at:03}.yaml"), text));
        }
    }

    fn two(&mut self, of: &[&str]) -> String {
        let (a, b) = (self.random.one_of(of), self.random.one_of(of));
        if a == b { format!("\"{a}\"") } else { format!("\"{a}\", \"{b}\"") }
    }

    fn any_list(&mut self) -> String {
        list(self.random.below(self.shape.lists))
    }

    fn any_program(&mut self) -> String {
        program(self.random.below(self.shape.programs))
    }

    fn any_sfdc_campaign(&mut self) -> String {
        sfdc_campaign(self.random.below(self.shape.sfdc_campaigns))
    }

    /// A predicate that few people pass.
    fn narrow(&mut self) -> String {
        match self.random.below(5) {
            0 => {
                format!("[Job Title] starts with \"{}\"", self.random.one_of(&["Head", "Chief", "Sales", "Marketing"]))
            }
            1 => format!("Industry is \"{}\"", self.random.one_of(&INDUSTRIES)),
            2 => {
                format!("member of SFDC campaign \"{}\" with status \"Responded\"", self.any_sfdc_campaign())
            }
            3 => format!("member of program \"{}\" with status \"Attended\"", self.any_program()),
            _ => "[Number of Employees] is between 500 and 5000".to_owned(),
        }
    }

    /// A predicate that many people pass.
    fn wide(&mut self) -> String {
        match self.random.below(6) {
            0 => format!("Country is not {}", self.two(&COUNTRIES)),
            1 => format!("not member of list \"{}\"", self.any_list()),
            2 => format!("Score is at least {}", self.random.between(5, 40)),
            3 => "Unsubscribed is false".to_owned(),
            4 => format!("[Lead Source] is not \"{}\"", self.random.one_of(&SOURCES)),
            _ => "performed \"Visit Web Page\" where Page contains \"pricing\" in past 30 days".to_owned(),
        }
    }

    /// A filter that one person in seven passes or so: campaigns are made for somebody.
    fn filter(&mut self) -> String {
        match self.random.weighted(&[1, 5, 3, 1, 2]) {
            0 => format!("{} and {}", self.wide(), self.wide()),
            1 => format!("{} and {}", self.wide(), self.narrow()),
            2 => format!("{} and ({} or {})", self.wide(), self.narrow(), self.narrow()),
            3 => format!("{} and not ({} or {})", self.narrow(), self.wide(), self.narrow()),
            _ => format!("{} or {}", self.narrow(), self.narrow()),
        }
    }

    fn campaign(&mut self, n: usize) {
        let list = self.any_list();
        let other_list = self.any_list();
        let program = self.any_program();
        let sfdc = self.any_sfdc_campaign();
        let form = form(self.random.below(FORMS));
        let email = email(self.random.below(EMAILS));
        let filter = self.filter();
        let alert = "{{my.Alert}}";
        let choice = format!(
            "      - choose:\n          - if: '{}'\n            then: add to list \"{other_list}\"\n          - if: Score \
             is at least 80\n            then:\n              - change Score by +5\n              - send alert \
             \"{alert}\"\n          - else: do nothing\n",
            self.wide()
        );
        let weights = [20, 15, 10, 17, 10, 10, 5, 3, 3, 3, 4];
        let kind = if n == 0 { 9 } else { self.random.weighted(&weights) };
        let (head, flow) = match kind {
            0 => {
                let status = if self.random.percent(40) { " with status \"Sent\"" } else { "" };
                (
                    format!("    triggers: [added to SFDC campaign \"{sfdc}\"{status}]\n    filter: '{filter}'\n"),
                    format!(
                        "      - add to list \"{list}\"\n      - wait 2 days\n      - change status in SFDC campaign \
                         \"{sfdc}\" to \"Opened\"\n"
                    ),
                )
            }
            1 => {
                let status = self.random.one_of(&STATUSES);
                (
                    format!(
                        "    program: {program}\n    triggers:\n      - status is changed in program \"{program}\" to \
                         \"{status}\"\n    filter: '{filter}'\n"
                    ),
                    format!("      - change Score by +3\n      - send email \"{email}\"\n{choice}"),
                )
            }
            2 => (
                format!("    triggers: [added to list \"{list}\"]\n    filter: '{filter}'\n    qualify: once every 7 days\n"),
                format!(
                    "      - send email \"{email}\"\n      - {{id: pause, do: wait 3 days ending on weekdays at \
                     09:00}}\n{choice}"
                ),
            ),
            3 => (
                format!(
                    "    triggers:\n      - performs \"Fill Out Form\" where Form is \"{form}\"\n    filter: '{filter}'\n    \
                     qualify: every time\n"
                ),
                format!(
                    "      - change Score by +5\n      - change status in program \"{program}\" to \"Registered\"\n      \
                     - set [Last Visit] to today\n"
                ),
            ),
            4 => {
                let page = self.random.one_of(&PAGES[1..]);
                (
                    format!(
                        "    triggers: [performs \"Visit Web Page\" where Page contains \"{page}\"]\n    filter:\n      \
                         match: 1 and (2 or 3)\n      filters:\n        - performed \"Visit Web Page\" where Page \
                         contains \"{page}\" in past 7 days at least 3 times\n        - '{}'\n        - '{}'\n",
                        self.narrow(),
                        self.narrow()
                    ),
                    format!("      - change Score by +2\n      - create interesting moment \"Looked at {page}\"\n"),
                )
            }
            5 => {
                let (field, value) = match self.random.below(3) {
                    0 => ("Country", self.random.one_of(&COUNTRIES)),
                    1 => ("[Lead Status]", self.random.one_of(&LEAD_STATUSES)),
                    _ => ("Industry", self.random.one_of(&INDUSTRIES)),
                };
                (
                    format!("    triggers: ['{field} changes to \"{value}\"']\n    filter: '{filter}'\n"),
                    format!("      - set Region to \"{value}\"\n      - remove from list \"{list}\"\n{choice}"),
                )
            }
            6 => {
                let score = self.random.between(40, 100);
                (
                    format!(
                        "    triggers: [Score changes to at least {score}]\n    filter: '{filter}'\n    priority: high\n"
                    ),
                    format!("      - add to SFDC campaign \"{sfdc}\" with status \"Sent\"\n      - add to list \"{list}\"\n"),
                )
            }
            7 => (
                format!("    triggers: [person is created]\n    filter: '{filter}'\n"),
                "      - set [Lead Status] to \"New\"\n      - set [Owner Team] to \"Team North\"\n".to_owned(),
            ),
            8 => {
                let segment = self.random.below(self.shape.segments);
                (
                    format!("    triggers: [enters segment \"segment-{segment:03}\"]\n    qualify: once every 30 days\n"),
                    format!("      - add to list \"{list}\"\n      - send alert \"{alert}\"\n      - execute campaign \"campaign-0000\"\n"),
                )
            }
            9 => (
                format!("    executable: true\n    filter: '{filter}'\n    qualify: every time\n"),
                "      - choose:\n          - if: Country is \"NL\", \"BE\"\n            then: set [Owner Team] to \"Team \
                 South\"\n          - else: set [Owner Team] to \"Team Export\"\n"
                    .to_owned(),
            ),
            _ if self.shape.schedules => (
                format!("    schedule: every week on monday, thursday at 07:00\n    filter: '{filter}'\n    qualify: once every 30 days\n    max_people: 5000\n"),
                format!("      - send email \"{email}\"\n      - add to SFDC campaign \"{sfdc}\"\n"),
            ),
            _ => (
                format!("    triggers: [removed from list \"{list}\"]\n    filter: '{filter}'\n"),
                format!("      - send email \"{email}\"\n      - remove from SFDC campaign \"{sfdc}\"\n"),
            ),
        };
        let text = format!(
            "smart_campaigns:\n  campaign-{n:04}:\n    description: Campaign number {n} of the benchmark.\n{head}    \
             flow:\n{flow}"
        );
        self.files.push((format!("campaigns/c{n:04}.yaml"), text));
    }
}
