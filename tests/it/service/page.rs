//! The web page in a real browser: what it shows, with the keyboard alone, in light and dark, at the width of a phone.
//!
//! Needs chromium and chromedriver, which Debian has under these names. Pictures are left in `target/page`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

use super::{RULES, Serving, agent};
use crate::clients::left_out;
use crate::documents::root;

const HOSTILE: &str = "<img src=x onerror=\"document.title='taken'\">";

/// A browser that is told what to do.
pub(super) struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub(super) fn start() -> Result<Self, String> {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("chromedriver: {error}"))?;
        let port = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok).find_map(|line| {
            let port = line.rsplit_once("successfully on port ")?.1;
            Some(port.trim_end_matches('.').to_owned())
        });
        let port = port.ok_or("chromedriver did not say where it listens")?;
        let profile = tempfile::tempdir().unwrap();
        let mut browser =
            Self { driver, session: format!("http://127.0.0.1:{port}"), agent: agent(), _profile: profile };
        let own = format!("--user-data-dir={}", browser._profile.path().display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &own,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let answer = browser.ask("POST", "/session", &wanted)?;
        let id = answer["sessionId"].as_str().ok_or_else(|| answer.to_string())?;
        browser.session = format!("{}/session/{id}", browser.session);
        Ok(browser)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let url = format!("{}{path}", self.session);
        let response = match method {
            "GET" => self.agent.get(url).call(),
            _ => self.agent.post(url).content_type("application/json").send(body.to_string()),
        };
        let text = super::answer(response.map_err(|error| error.to_string())?).text;
        let answer: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        match answer["value"]["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", answer["value"]["message"])),
            None => Ok(answer["value"].clone()),
        }
    }

    pub(super) fn open(&self, url: &str) {
        // The same page with another fragment is not loaded again; it is to be.
        self.ask("POST", "/url", &json!({"url": "about:blank"})).unwrap();
        self.ask("POST", "/url", &json!({ "url": url })).unwrap();
    }

    pub(super) fn run(&self, script: &str) -> Value {
        self.ask("POST", "/execute/sync", &json!({"script": script, "args": []})).unwrap()
    }

    fn text(&self) -> String {
        self.run("return document.querySelector('main').innerText").as_str().unwrap_or("").to_owned()
    }

    /// Waits until the page shows something.
    pub(super) fn wait_for(&self, wanted: &str) -> String {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let text = self.text();
            if text.contains(wanted) {
                return text;
            }
            assert!(Instant::now() < end, "`{wanted}` is not shown, but: {text}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Presses keys where the focus is.
    fn press(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()})))
            .collect();
        self.ask("POST", "/actions", &json!({"actions": [{"type": "key", "id": "keys", "actions": actions}]})).unwrap();
    }

    /// Width and height, and whether it is dark.
    pub(super) fn look(&self, width: u32, height: u32, dark: bool) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        let scheme = if dark { "dark" } else { "light" };
        for (command, parameters) in [
            ("Emulation.setDeviceMetricsOverride", size),
            ("Emulation.setEmulatedMedia", json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]})),
        ] {
            self.ask("POST", "/goog/cdp/execute", &json!({"cmd": command, "params": parameters})).unwrap();
        }
    }

    /// Leaves a picture, and looks whether anything sticks out at the side.
    pub(super) fn picture(&self, name: &str) {
        let wide = self.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert!(wide.as_i64().unwrap() <= 0, "{name}: the page is {wide} pixels wider than its window");
        let picture = self.ask("GET", "/screenshot", &Value::Null).unwrap();
        let bytes = base64::engine::general_purpose::STANDARD.decode(picture.as_str().unwrap()).unwrap();
        let folder = root().join("target/page");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn service(folder: &std::path::Path) -> Serving {
    let hostile = HOSTILE.replace('"', "\\\"");
    let rules = RULES.replace("  asked:\n", &format!("  \"{hostile}\":\n    description: \"{hostile}\"\n"));
    std::fs::write(folder.join("rules.yaml"), rules).unwrap();
    let serving = Serving::start(folder);
    let told = serving.tell(&format!(
        r#"{{"type":"person","person":"ada","at":"2026-03-05T09:00:00Z","fields":{{"Country":"NL","Score":60}}}}
{{"type":"sfdc_campaign.added","person":"ada","campaign":"Fair"}}
{{"type":"sfdc_campaign.status_changed","person":"ada","campaign":"Fair","to":"Attended"}}
{{"type":"person","person":"{hostile}","fields":{{"Score":70,"Last Name":"{hostile}"}}}}
{{"type":"list.added","person":"{hostile}","list":"{hostile}"}}
{{"type":"campaign.requested","person":"{hostile}","campaign":"{hostile}"}}
{{"type":"person","person":"bob","fields":{{"Score":80}}}}"#
    ));
    assert_eq!(told.status, 202, "{told:?}");
    assert_eq!(serving.post("/v1/campaigns/digest/run", "application/json", "").status, 202);
    serving
}

#[test]
fn the_page_shows_what_the_service_knows() {
    let browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return left_out("the web page in chromium", &why),
    };
    let folder = tempfile::tempdir().unwrap();
    let serving = service(folder.path());
    let at = |fragment: &str| format!("{}/#/{fragment}", serving.url);
    browser.look(1200, 800, false);

    browser.open(&serving.url);
    let text = browser.wait_for("every day at 06:00");
    assert!(text.contains("thank") && text.contains(HOSTILE), "{text}");
    assert!(
        browser
            .run("return document.getElementById('state').innerText")
            .as_str()
            .unwrap()
            .starts_with("3 people, 1 incident")
    );
    browser.picture("campaigns-light");

    // With the keyboard alone: over the link that skips and the name to the second page, into the form, and to a person.
    browser.press("\u{e004}\u{e004}\u{e004}\u{e004}\u{e007}");
    browser.wait_for("3 people");
    browser.press("\u{e004}Score = 60\u{e007}");
    browser.wait_for("1 person");
    browser.press("\u{e004}\u{e004}\u{e004}\u{e007}");
    let text = browser.wait_for("What happened");
    for part in [
        "Person Score",
        "SFDC campaign Fair",
        "Attended",
        "2: wait 2 days",
        "2026-03-07 09:00:00 UTC",
        "Segments: Dutch",
        "added to list Thanked",
    ] {
        assert!(text.contains(part), "`{part}` is not in {text}");
    }
    browser.picture("person-light");

    // What is hostile is shown as the text that it is.
    browser.open(&at(&format!(
        "people/{}",
        HOSTILE.replace('%', "%25").replace('"', "%22").replace('<', "%3C").replace('>', "%3E").replace(' ', "%20")
    )));
    let text = browser.wait_for("What happened");
    assert!(text.matches(HOSTILE).count() >= 4, "{text}");
    assert_ne!(browser.run("return document.title"), "taken");
    assert_eq!(browser.run("return document.querySelectorAll('main img').length"), 0);

    browser.open(&at("people/bob/why/thank"));
    let text = browser.wait_for("It would not start a run now.");
    assert!(text.contains("fails: Country is \"NL\"\nCountry is empty"), "{text}");
    browser.picture("why-light");

    browser.open(&at("campaigns/thank"));
    let text = browser.wait_for("Waiting runs");
    assert!(text.contains("Whoever came is thanked.") && text.contains("member of segment \"Dutch\""), "{text}");
    let end = Instant::now() + Duration::from_secs(20);
    while browser
        .run("const image = document.querySelector('main img'); return image.complete && image.naturalWidth > 50")
        != true
    {
        assert!(Instant::now() < end, "the graph is not drawn");
        std::thread::sleep(Duration::from_millis(30));
    }
    browser.picture("campaign-light");

    browser.open(&at("activity"));
    browser.wait_for("add to list \"Thanked\"");
    // While one looks.
    serving.tell("{\"type\":\"clock\",\"at\":\"2026-03-07T09:00:00Z\"}");
    browser.wait_for("send email \"Thank you\"");
    browser.picture("activity-light");

    browser.open(&at("incidents"));
    browser.wait_for("max_people");
    browser.open(&at("waiting"));
    browser.wait_for("Nobody waits in a flow.");

    std::fs::write(folder.path().join("rules.yaml"), RULES.replace("Country is", "Contry is")).unwrap();
    browser.open(&at("rules"));
    let text = browser.wait_for("E0302");
    assert!(text.contains("did you mean `Country`?"), "{text}");
    browser.run("document.querySelector('main button').click()");
    browser.wait_for("1 error in the rules: nothing was changed");
    browser.picture("rules-light");

    // A phone, in the dark.
    browser.look(360, 740, true);
    for page in ["campaigns", "people/ada", "activity", "campaigns/thank", "incidents", "rules"] {
        browser.open(&at(page));
        browser.wait_for(if page == "people/ada" { "What happened" } else { "\n" });
        browser.picture(&format!("{}-dark-phone", page.replace('/', "-")));
    }
    let ground = browser.run("return getComputedStyle(document.body).backgroundColor");
    assert_eq!(ground, "rgb(20, 23, 28)");

    // Nothing was refused by the page's own policy, and no script failed.
    let log = browser.ask("POST", "/se/log", &json!({"type": "browser"})).unwrap();
    let unasked = |entry: &&Value| !entry["message"].as_str().unwrap().contains("/v1/rules/reload");
    let said: Vec<&Value> = log.as_array().unwrap().iter().filter(unasked).collect();
    assert!(said.is_empty(), "{said:?}");
}
