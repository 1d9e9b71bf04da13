//! The file → [`Config`]: shapes, places, where values come from. All mistakes are collected.

use std::path::{Path, PathBuf};

use super::{Auth, Config, ConfigError, Environment, Links, Marketo, Salesforce, Secret, Sync, check_url};
use crate::diagnostics::{Sources, Span, help_for_name, in_backticks, one_of};
use crate::language::yaml::{self, Node};
use crate::language::{Scalar, text};
use crate::meaning::{Backward, OnConflict};
use crate::private;

/// The largest file that a value may come from.
const VALUE_BYTES_MAX: u64 = 64 * 1024;

/// The shortest pause between two passes.
const EVERY_SECONDS_MIN: u64 = 60;

pub(super) fn config(path: &Path, text: &str, environment: Environment<'_>) -> Result<Config, Vec<ConfigError>> {
    let mut sources = Sources::new();
    let file = sources.add(path.display().to_string(), text);
    let mut findings = Vec::new();
    let root = yaml::parse(&sources, file, &mut findings);
    let mut reader = Reader { path, sources: &sources, environment, errors: Vec::new() };
    for finding in &findings {
        reader.say(finding.span, finding.message.clone(), finding.help.clone());
    }
    let config = reader.root(root.as_ref());
    let mut errors = reader.errors;
    if errors.is_empty() {
        return Ok(config);
    }
    errors.sort_by_key(|error| error.place);
    Err(errors)
}

struct Reader<'a> {
    path: &'a Path,
    sources: &'a Sources,
    environment: Environment<'a>,
    errors: Vec<ConfigError>,
}

type Entries<'n> = &'n [(Scalar, Node)];

impl Reader<'_> {
    fn say(&mut self, span: Span, message: impl Into<String>, help: Vec<String>) {
        let at = self.sources.position(span.file, span.start);
        let place = Some((at.line, at.column));
        self.errors.push(ConfigError { path: self.path.to_owned(), place, message: message.into(), help });
    }

    fn root(&mut self, root: Option<&Node>) -> Config {
        let mut config = Config { salesforce: None, marketo: None, sync: Sync::default() };
        let Some(root) = root.filter(|root| !root.is_null()) else { return config };
        let Some(entries) = self.section(root, "the configuration", &["salesforce", "marketo", "sync"]) else {
            return config;
        };
        for (key, node) in entries {
            match key.text() {
                "salesforce" => config.salesforce = self.salesforce(key.span(), node),
                "marketo" => config.marketo = self.marketo(key.span(), node),
                "sync" => self.sync(node, &mut config.sync),
                _ => {}
            }
        }
        config
    }

    /// The entries of a section; unknown keys are told.
    fn section<'n>(&mut self, node: &'n Node, what: &str, keys: &[&str]) -> Option<Entries<'n>> {
        match node {
            Node::Mapping { entries, .. } => {
                for (key, _) in entries {
                    if !keys.contains(&key.text()) {
                        let help = help_for_name(key.text(), "key", keys.iter().copied());
                        self.say(key.span(), format!("`{}` is no key of {what}", key.text()), help);
                    }
                }
                Some(entries)
            }
            Node::Poisoned(_) => None,
            Node::Scalar { .. } | Node::Sequence { .. } => {
                let keys: Vec<String> = keys.iter().map(|key| in_backticks(key)).collect();
                let help = vec![format!("it is a mapping with the keys {}", one_of(&keys))];
                self.say(node.span(), format!("{what} is {}", node.what()), help);
                None
            }
        }
    }

    fn salesforce(&mut self, place: Span, node: &Node) -> Option<Salesforce> {
        const KEYS: &[&str] = &[
            "login_url",
            "auth",
            "client_id",
            "client_secret",
            "username",
            "private_key",
            "refresh_token",
            "api_version",
            "calls_share",
        ];
        let entries = self.section(node, "`salesforce`", KEYS)?;
        let login_url = self.url(entries, "login_url").unwrap_or_else(|| "https://login.salesforce.com".to_owned());
        let client_id = self.needed(place, entries, "salesforce", "client_id");
        let api_version = self.text(entries, "api_version").unwrap_or_else(|| "66.0".to_owned());
        let version = api_version.strip_suffix(".0").and_then(|number| number.parse::<u32>().ok());
        if !version.is_some_and(|number| (50..=99).contains(&number)) {
            let message = "`api_version` is no version of Salesforce's API from 50.0 on";
            self.say_at(place, entries, "api_version", message, "write it as in `\"66.0\"`, in quotes");
        }
        let calls_share = self.number(place, entries, "calls_share", 1, 100).unwrap_or(80);
        let auth = self.word(entries, "auth", &["client_credentials", "jwt_bearer", "refresh_token"]);
        let auth = match auth.as_deref() {
            Some("jwt_bearer") => {
                let username = self.needed(place, entries, "salesforce", "username");
                let private_key = self.needed_secret(place, entries, "salesforce", "private_key");
                username.zip(private_key).map(|(username, private_key)| Auth::JwtBearer { username, private_key })
            }
            Some("refresh_token") => {
                let client_secret = self.secret(entries, "client_secret");
                let token = self.needed_secret(place, entries, "salesforce", "refresh_token");
                token.map(|refresh_token| Auth::RefreshToken { client_secret, refresh_token })
            }
            Some(_) | None => {
                let secret = self.needed_secret(place, entries, "salesforce", "client_secret");
                secret.map(|client_secret| Auth::ClientCredentials { client_secret })
            }
        };
        Some(Salesforce {
            login_url,
            auth: auth?,
            client_id: client_id?,
            api_version,
            calls_share: u8::try_from(calls_share).unwrap_or(100),
        })
    }

    fn marketo(&mut self, place: Span, node: &Node) -> Option<Marketo> {
        let entries = self.section(node, "`marketo`", &["base_url", "client_id", "client_secret"])?;
        let given = find(entries, "base_url").is_some();
        let base_url = self.url(entries, "base_url");
        if !given {
            let help =
                vec!["Marketo shows it under Admin, Web Services, as the REST endpoint without `/rest`".to_owned()];
            self.say(place, "`marketo` has no `base_url`", help);
        }
        let client_id = self.needed(place, entries, "marketo", "client_id");
        let client_secret = self.needed_secret(place, entries, "marketo", "client_secret");
        Some(Marketo { base_url: base_url?, client_id: client_id?, client_secret: client_secret? })
    }

    fn sync(&mut self, node: &Node, sync: &mut Sync) {
        const KEYS: &[&str] =
            &["enabled", "every", "on_conflict", "backward", "default_last_name", "default_company", "links"];
        let Some(entries) = self.section(node, "`sync`", KEYS) else { return };
        sync.enabled = self.word(entries, "enabled", &["true", "false"]).as_deref() != Some("false");
        if let Some(seconds) = self.every(entries) {
            sync.every_seconds = seconds;
        }
        let on_conflict = self.word(entries, "on_conflict", &["latest", "program", "campaign"]);
        sync.on_conflict = on_conflict.and_then(|word| OnConflict::find(&word)).unwrap_or_default();
        let backward = self.word(entries, "backward", &["accept", "refuse", "restore"]);
        sync.backward = backward.and_then(|word| Backward::find(&word)).unwrap_or_default();
        if let Some(name) = self.text(entries, "default_last_name") {
            sync.default_last_name = name;
        }
        if let Some(company) = self.text(entries, "default_company") {
            sync.default_company = company;
        }
        if self.word(entries, "links", &["rules", "command"]).as_deref() == Some("command") {
            sync.links = Links::Command;
        }
    }

    fn every(&mut self, entries: Entries<'_>) -> Option<u64> {
        let (_, node) = find(entries, "every")?;
        let Node::Scalar { scalar, .. } = node else {
            self.say(node.span(), "`every` is no duration", vec!["write it as in `5 minutes`".to_owned()]);
            return None;
        };
        let mut findings = Vec::new();
        let duration = text::duration(scalar, &mut findings);
        for finding in findings {
            self.say(finding.span, finding.message, finding.help);
        }
        let duration = duration?;
        let Some(seconds) = super::seconds(duration) else {
            let help = vec!["write minutes, hours, days or weeks".to_owned()];
            self.say(node.span(), "`every` counts months or years, which differ in length", help);
            return None;
        };
        if seconds < EVERY_SECONDS_MIN {
            let help = vec!["write at least `1 minute`".to_owned()];
            self.say(node.span(), "`every` leaves no pause between two passes", help);
            return None;
        }
        Some(seconds)
    }

    fn url(&mut self, entries: Entries<'_>, key: &str) -> Option<String> {
        let value = self.text(entries, key)?;
        let url = value.trim_end_matches('/').to_owned();
        match check_url(&url) {
            Ok(()) => Some(url),
            Err(why) => {
                let (scalar, node) = find(entries, key)?;
                let span = if matches!(node, Node::Scalar { .. }) { node.span() } else { scalar.span() };
                self.say(span, format!("`{key}` cannot be called: {why}"), Vec::new());
                None
            }
        }
    }

    fn number(&mut self, place: Span, entries: Entries<'_>, key: &str, least: usize, most: usize) -> Option<usize> {
        let value = self.text(entries, key)?;
        let number = value.parse().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let help = format!("write a whole number from {least} to {most}");
            self.say_at(place, entries, key, &format!("`{key}` is out of range"), &help);
        }
        number
    }

    fn word(&mut self, entries: Entries<'_>, key: &str, words: &[&str]) -> Option<String> {
        let value = self.text(entries, key)?;
        if words.contains(&value.as_str()) {
            return Some(value);
        }
        let all: Vec<String> = words.iter().map(|word| in_backticks(word)).collect();
        let (scalar, node) = find(entries, key)?;
        // What came from elsewhere is not shown: it may be a secret that was put in the wrong place.
        let message = match node {
            Node::Scalar { .. } => format!("`{value}` is no value of `{key}`"),
            Node::Sequence { .. } | Node::Mapping { .. } | Node::Poisoned(_) => {
                format!("what `{key}` was given is none of its values")
            }
        };
        self.say(scalar.span(), message, vec![format!("write {}", one_of(&all))]);
        None
    }

    fn say_at(&mut self, place: Span, entries: Entries<'_>, key: &str, message: &str, help: &str) {
        let span = find(entries, key).map_or(place, |(key, _)| key.span());
        self.say(span, message, vec![help.to_owned()]);
    }

    fn needed(&mut self, place: Span, entries: Entries<'_>, section: &str, key: &str) -> Option<String> {
        if find(entries, key).is_none() {
            self.say(place, format!("`{section}` has no `{key}`"), Vec::new());
            return None;
        }
        self.text(entries, key)
    }

    fn needed_secret(&mut self, place: Span, entries: Entries<'_>, section: &str, key: &str) -> Option<Secret> {
        if find(entries, key).is_none() {
            let help = format!("write `{key}: {{env: NAME}}` or `{key}: {{file: PATH}}`");
            self.say(place, format!("`{section}` has no `{key}`"), vec![help]);
            return None;
        }
        self.secret(entries, key)
    }

    /// A value that may be written down.
    fn text(&mut self, entries: Entries<'_>, key: &str) -> Option<String> {
        let (_, node) = find(entries, key)?;
        match node {
            Node::Scalar { scalar, .. } if !node.is_null() && !scalar.text().trim().is_empty() => {
                Some(scalar.text().to_owned())
            }
            Node::Mapping { .. } => self.elsewhere(key, node, false),
            Node::Poisoned(_) => None,
            Node::Scalar { .. } | Node::Sequence { .. } => {
                self.say(node.span(), format!("`{key}` is {}", node.what()), vec!["write a text".to_owned()]);
                None
            }
        }
    }

    /// A value that may not be written down.
    fn secret(&mut self, entries: Entries<'_>, key: &str) -> Option<Secret> {
        let (_, node) = find(entries, key)?;
        match node {
            Node::Mapping { .. } => self.elsewhere(key, node, true).map(Secret::new),
            Node::Poisoned(_) => None,
            Node::Scalar { .. } | Node::Sequence { .. } => {
                let help = format!("write `{key}: {{env: NAME}}`, or `{key}: {{file: PATH}}` with a file of mode 0600");
                self.say(node.span(), format!("`{key}` is a secret and must not stand in the file"), vec![help]);
                None
            }
        }
    }

    /// `{env: NAME}` or `{file: PATH}`.
    fn elsewhere(&mut self, key: &str, node: &Node, secret: bool) -> Option<String> {
        let Node::Mapping { entries, span } = node else { return None };
        let [(source, Node::Scalar { scalar, .. })] = entries.as_slice() else {
            let help = vec!["write `{env: NAME}` or `{file: PATH}`".to_owned()];
            self.say(*span, format!("`{key}` is given in an unknown way"), help);
            return None;
        };
        match source.text() {
            "env" => {
                let name = scalar.text();
                let value = (self.environment)(name).filter(|value| !value.trim().is_empty());
                if value.is_none() {
                    let help = vec![format!("set `{name}` before you start campanile")];
                    self.say(scalar.span(), format!("the environment has no `{name}`"), help);
                }
                value.map(|value| value.trim().to_owned())
            }
            "file" => match self.read_file(Path::new(scalar.text()), secret) {
                Ok(text) => Some(text),
                Err((message, help)) => {
                    self.say(scalar.span(), message, help);
                    None
                }
            },
            other => {
                let help = help_for_name(other, "way", ["env", "file"]);
                self.say(source.span(), format!("`{other}` is no way to give a value"), help);
                None
            }
        }
    }

    fn read_file(&self, name: &Path, secret: bool) -> Result<String, (String, Vec<String>)> {
        let path: PathBuf = self.path.parent().unwrap_or(Path::new("")).join(name);
        let shown = name.display();
        let failed = |error: std::io::Error| (format!("`{shown}` cannot be read: {error}"), Vec::new());
        let about = std::fs::metadata(&path).map_err(failed)?;
        if about.len() > VALUE_BYTES_MAX {
            return Err((format!("`{shown}` is too large for a value"), Vec::new()));
        }
        if secret && private::open_mode(&about).is_some() {
            let help = vec![format!("`chmod 600 {shown}`")];
            return Err((format!("`{shown}` holds a secret and can be read by others"), help));
        }
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        let text = text.trim();
        if text.is_empty() { Err((format!("`{shown}` is empty"), Vec::new())) } else { Ok(text.to_owned()) }
    }
}

fn find<'n>(entries: Entries<'n>, key: &str) -> Option<&'n (Scalar, Node)> {
    entries.iter().find(|(own, _)| own.text() == key)
}
