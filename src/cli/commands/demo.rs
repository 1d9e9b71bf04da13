//! `campanile demo`: both products as doubles, rules and the sync, told step by step.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::exit::{Exit, Failure};
use crate::cli::render::passes;
use crate::cli::serving::asked_to_end;
use crate::cli::syncing::{Ground, Where};
use crate::clock::present;
use crate::model::Timestamp;
use crate::private;
use crate::sync::evaluator::{Evaluator as _, Own};
use crate::sync::pass::{How, Sync};
use crate::sync::wire::Http;
use crate::testkit::double::http::Request;
use crate::testkit::double::{Double, Faults, Marketo, Remote, Salesforce, Server, marketo, read_data, salesforce};

/// The rules of the demonstration.
const RULES: &str = include_str!("demo.yaml");

/// The program and the campaign that are kept in step have one name.
const LINKED: &str = "Spring Webinar";

/// Servers tell times in whole seconds: things that happen one after the other are this far apart.
const APART: Duration = Duration::from_millis(2100);

/// The pause between two passes with `--stay`.
const PAUSE: Duration = Duration::from_secs(5);

/// Watch a status travel both ways: doubles of Salesforce and Marketo, sample rules and the sync, in one command
///
/// Nothing is asked and nobody is called: both products are doubles on this machine. Each step says what somebody does, and
/// shows who is where on both sides.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile demo
  campanile demo --dir demo --stay")]
pub(crate) struct Args {
    /// Where the rules, the configuration and the state are put, to be looked at; without it, nowhere that stays.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Go on after the last step until Ctrl-C, with a pass every five seconds: change something by hand and see it travel.
    #[arg(long)]
    stay: bool,
}

/// Both products.
struct Stage {
    salesforce: Server<Salesforce>,
    marketo: Server<Marketo>,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let place = Place::new(args.dir.as_deref())?;
    let stage = Stage::new()?;
    place.write(&stage)?;
    let at = Where {
        rules: vec![place.path.join("rules")],
        state: Some(place.path.join("state")),
        config: None,
        orphans: None,
    };
    let ground = Ground::open(&at, "campanile demo")?;
    ground.run(async |sync| {
        let asked = asked_to_end()?;
        tokio::pin!(asked);
        tokio::select! {
            played = play(&stage, sync, args.stay, &place.path) => played?,
            () = &mut asked => {}
        }
        Ok(Exit::Fine)
    })
}

async fn play(stage: &Stage, sync: &mut Sync<'_, Http, Own>, stay: bool, place: &Path) -> Result<(), Failure> {
    let mut told = 0;
    say("Salesforce and Marketo are two doubles on this machine:")?;
    say(&format!("  Salesforce  {}", stage.salesforce.url()))?;
    say(&format!("  Marketo     {}", stage.marketo.url()))?;
    stage.show("Before anything is synced, they know different people:")?;

    say("\n1. The first pass links program and campaign and brings both in step.")?;
    turn(stage, sync, &mut told).await?;

    tokio::time::sleep(APART).await;
    say("\n2. In Salesforce, somebody sets Grace Hopper to Attended.")?;
    stage.in_salesforce_set("grace@example.com", "Attended")?;
    turn(stage, sync, &mut told).await?;

    tokio::time::sleep(APART).await;
    say("\n3. In Marketo, somebody sets Margaret Hamilton to Registered.")?;
    stage.in_marketo_set("margaret@example.com", "Registered")?;
    turn(stage, sync, &mut told).await?;

    tokio::time::sleep(APART).await;
    say(
        "\n4. Somebody sets Ada Lovelace to No Show in Salesforce and, later, to Attended in Marketo: the later one stands.",
    )?;
    stage.in_salesforce_set("ada@example.com", "No Show")?;
    tokio::time::sleep(APART * 2).await;
    stage.in_marketo_set("ada@example.com", "Attended")?;
    turn(stage, sync, &mut told).await?;

    if !stay {
        say("\nThat was all. `campanile demo --dir demo --stay` goes on, for you to change things by hand.")?;
        return Ok(());
    }
    say(&format!("\nRules, configuration and state are in {}. Change something, for example:", place.display()))?;
    say(&format!(
        "  curl -X PATCH {}/double/records/CampaignMember/ID -d '{{\"Status\": \"Registered\"}}'",
        stage.salesforce.url()
    ))?;
    say(&format!("  curl {}/double/records/CampaignMember    shows ids. Ctrl-C ends it.", stage.salesforce.url()))?;
    loop {
        tokio::time::sleep(PAUSE).await;
        turn(stage, sync, &mut told).await?;
    }
}

/// A pass, what it says, what flows did, and who is where then.
async fn turn(stage: &Stage, sync: &mut Sync<'_, Http, Own>, told: &mut u64) -> Result<(), Failure> {
    sync.evaluator().keeper().advance(present())?;
    let (report, outcome) = sync.pass(How::default()).await;
    outcome?;
    if report.is_quiet() {
        return Ok(());
    }
    say(passes::report(&report).trim_end())?;
    for line in sync.evaluator().actions(*told, usize::MAX).await? {
        *told = line.number;
        let record: Value = serde_json::from_slice(&line.text).unwrap_or_default();
        if let (Some("action"), Some(action)) = (word(&record, "type"), word(&record, "action")) {
            let campaign = word(&record, "campaign").unwrap_or_default();
            say(&format!("  the rules, `{campaign}`: {action}"))?;
        }
    }
    stage.show("Who is where now:")
}

fn say(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout();
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

fn word<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

/// Where everything is put.
struct Place {
    path: PathBuf,
    /// Whether it goes when the demonstration ends.
    passes: bool,
}

impl Place {
    fn new(dir: Option<&Path>) -> Result<Self, Failure> {
        let (path, passes) = match dir {
            Some(dir) => (dir.to_owned(), false),
            None => (std::env::temp_dir().join(format!("campanile-demo-{}", std::process::id())), true),
        };
        if path.exists() && std::fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some()) {
            let help = vec!["name a directory that does not exist yet".to_owned()];
            return Err(Failure::with_help(format!("`{}` is not empty", path.display()), help));
        }
        std::fs::create_dir_all(path.join("rules"))
            .map_err(|error| Failure::new(format!("`{}` cannot be made: {error}", path.display())))?;
        Ok(Self { path, passes })
    }

    fn write(&self, stage: &Stage) -> Result<(), Failure> {
        let config = format!(
            "salesforce:\n  login_url: {}\n  client_id: campanile-double\n  client_secret: {{file: ../secret}}\nmarketo:\n  \
             base_url: {}\n  client_id: campanile-double\n  client_secret: {{file: ../secret}}\n",
            stage.salesforce.url(),
            stage.marketo.url()
        );
        for (name, text) in [("rules/demo.yaml", RULES), ("rules/campanile.yaml", &config)] {
            let path = self.path.join(name);
            std::fs::write(&path, text)
                .map_err(|error| Failure::new(format!("`{}` cannot be written: {error}", path.display())))?;
        }
        let path = self.path.join("secret");
        private::write(&path, "double-secret\n")
            .map_err(|error| Failure::new(format!("`{}` cannot be written: {error}", path.display())))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.passes {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

impl Stage {
    fn new() -> Result<Self, Failure> {
        let failed = |error: &dyn std::error::Error| Failure::new(format!("a double cannot be started: {error}"));
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let data = read_data(salesforce::SAMPLE).map_err(|error| failed(&error))?;
        let remote = Salesforce::new(&data, "", present()).map_err(|error| failed(&error))?;
        let salesforce =
            Server::start(Double::new(remote, Faults::none()), anywhere, false).map_err(|error| failed(&error))?;
        let data = read_data(marketo::SAMPLE).map_err(|error| failed(&error))?;
        let remote = Marketo::new(&data, present()).map_err(|error| failed(&error))?;
        let marketo =
            Server::start(Double::new(remote, Faults::none()), anywhere, false).map_err(|error| failed(&error))?;
        Ok(Self { salesforce, marketo })
    }

    /// Rows of Salesforce.
    fn rows(&self, object: &str) -> Vec<Value> {
        let told = does(&mut self.salesforce.double(), "GET", &format!("/double/records/{object}"), &Value::Null);
        told.as_array().cloned().unwrap_or_default()
    }

    /// People of Salesforce: names and addresses by id.
    fn people(&self) -> BTreeMap<String, (String, String)> {
        let all = self.rows("Lead").into_iter().chain(self.rows("Contact"));
        let person = |row: Value| {
            let name = format!("{} {}", word(&row, "FirstName").unwrap_or_default(), word(&row, "LastName")?);
            Some((word(&row, "Id")?.to_owned(), (name.trim().to_owned(), word(&row, "Email")?.to_owned())))
        };
        all.filter_map(person).collect()
    }

    /// Campaign members: id, campaign, address of the person, status.
    fn members(&self) -> Vec<(String, String, String, String)> {
        let people = self.people();
        let names: BTreeMap<String, String> = self
            .rows("Campaign")
            .iter()
            .filter_map(|row| Some((word(row, "Id")?.to_owned(), word(row, "Name")?.to_owned())))
            .collect();
        let member = |row: &Value| {
            let person = word(row, "ContactId").or_else(|| word(row, "LeadId"))?;
            let (_, email) = people.get(person)?;
            let campaign = names.get(word(row, "CampaignId")?)?;
            Some((word(row, "Id")?.to_owned(), campaign.clone(), email.clone(), word(row, "Status")?.to_owned()))
        };
        self.rows("CampaignMember").iter().filter_map(member).collect()
    }

    fn in_salesforce_set(&self, email: &str, status: &str) -> Result<(), Failure> {
        let found = self.members().into_iter().find(|(_, campaign, who, _)| campaign == LINKED && who == email);
        let (id, ..) = found.ok_or_else(|| Failure::new(format!("{email} is no member in Salesforce")))?;
        let path = format!("/double/records/CampaignMember/{id}");
        does(&mut self.salesforce.double(), "PATCH", &path, &json!({"Status": status}));
        Ok(())
    }

    fn in_marketo_set(&self, email: &str, status: &str) -> Result<(), Failure> {
        let leads = does(&mut self.marketo.double(), "GET", "/double/leads", &Value::Null);
        let mut leads = leads.as_array().into_iter().flatten();
        let lead = leads.find(|lead| word(lead, "email") == Some(email)).and_then(|lead| lead.get("id"));
        let lead = lead.ok_or_else(|| Failure::new(format!("{email} is nobody in Marketo")))?;
        let path = format!("{}/{lead}", members_path());
        does(&mut self.marketo.double(), "PUT", &path, &json!({"status": status, "force": true}));
        Ok(())
    }

    /// Who is where, as a table.
    fn show(&self, title: &str) -> Result<(), Failure> {
        let mut rows: BTreeMap<String, [String; 3]> = BTreeMap::new();
        let told = does(&mut self.marketo.double(), "GET", &members_path(), &Value::Null);
        for member in told.as_array().into_iter().flatten() {
            if let (Some(email), Some(status)) = (word(member, "email"), word(member, "status")) {
                let [program, ..] = rows.entry(email.to_owned()).or_default();
                status.clone_into(program);
            }
        }
        for (_, campaign, email, status) in self.members() {
            let [_, linked, other] = rows.entry(email).or_default();
            *(if campaign == LINKED { linked } else { other }) = status;
        }
        let line = |cells: [&str; 4]| {
            let [who, program, campaign, other] = cells;
            format!("  {who:<24} {program:<18} {campaign:<18} {other}").trim_end().to_owned()
        };
        say(title)?;
        say(&line(["", "Marketo", "Salesforce", "Salesforce"]))?;
        say(&line(["", "Spring Webinar", "Spring Webinar", "Hannover Fair"]))?;
        for (email, [program, campaign, other]) in &rows {
            let shown = |status: &str| if status.is_empty() { "-".to_owned() } else { status.to_owned() };
            say(&line([email, &shown(program), &shown(campaign), &shown(other)]))?;
        }
        Ok(())
    }
}

/// What somebody does in a product.
fn does<R: Remote>(double: &mut Double<R>, method: &str, path: &str, body: &Value) -> Value {
    let request = Request::new(method, path).json(body);
    let now: Timestamp = present();
    double.call(&request, now).response().map(|response| response.value()).unwrap_or_default()
}

fn members_path() -> String {
    format!("/double/programs/{}/members", LINKED.replace(' ', "%20"))
}
