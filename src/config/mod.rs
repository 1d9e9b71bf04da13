//! `campanile.yaml`: where Salesforce and Marketo are, how to log in, and how the sync behaves.
//!
//! Start at [`Config::read`]. Any value may be `{env: NAME}` or `{file: PATH}`; secrets must be, and a file that holds one
//! must be readable by its owner only. A [`Secret`] shows itself nowhere. Nothing here calls anybody.

mod read;
mod secret;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

pub use secret::Secret;

use crate::language::{CONFIGURATION, ast};
use crate::meaning::{Backward, OnConflict};

/// The name of the file that is looked for beside the rules.
pub const FILE_NAME: &str = CONFIGURATION;

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The campaign side. Absent only where the sync is not used.
    pub salesforce: Option<Salesforce>,
    /// The program side; without it the rule files and Campanile's own state are.
    pub marketo: Option<Marketo>,
    /// How the sync behaves.
    pub sync: Sync,
}

/// How Salesforce is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salesforce {
    /// Where tokens come from: `{login_url}/services/oauth2/token`. Without a slash at the end.
    pub login_url: String,
    /// How to log in.
    pub auth: Auth,
    /// The consumer key of the connected app.
    pub client_id: String,
    /// The version of the REST API, such as `66.0`.
    pub api_version: String,
    /// The largest share of the org's daily calls after which we stop calling, in percent.
    pub calls_share: u8,
}

/// How to log in to Salesforce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// The app's own user, by key and secret.
    ClientCredentials {
        /// The consumer secret.
        client_secret: Secret,
    },
    /// A user, by a signed assertion.
    JwtBearer {
        /// The user.
        username: String,
        /// An RSA key in PEM, PKCS #8 or PKCS #1.
        private_key: Secret,
    },
    /// A user who once allowed it.
    RefreshToken {
        /// The consumer secret, where the app has one.
        client_secret: Option<Secret>,
        /// The first token; once it was rotated, the newest one is in the state.
        refresh_token: Secret,
    },
}

/// How Marketo is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marketo {
    /// `{base_url}/identity/oauth/token`, `{base_url}/rest/…`. Without a slash at the end.
    pub base_url: String,
    /// The client id of the custom service.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
}

/// Which links there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Those that the programs of the rule files name, and those made with `campanile link`.
    Rules,
    /// Only those made with `campanile link`.
    Command,
}

/// How the sync behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sync {
    /// Whether it runs at all.
    pub enabled: bool,
    /// The pause between two passes, in seconds.
    pub every_seconds: u64,
    /// Both sides changed.
    pub on_conflict: OnConflict,
    /// The campaign went to a lower step.
    pub backward: Backward,
    /// Last name of a new lead whose person has none.
    pub default_last_name: String,
    /// Company of a new lead whose person has none.
    pub default_company: String,
    /// Which links there are.
    pub links: Links,
}

impl Default for Sync {
    fn default() -> Self {
        Self {
            enabled: true,
            every_seconds: 300,
            on_conflict: OnConflict::Latest,
            backward: Backward::Accept,
            default_last_name: "Unknown".to_owned(),
            default_company: "Unknown".to_owned(),
            links: Links::Rules,
        }
    }
}

/// What is wrong with a configuration: where, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// Line and column from 1; columns count Unicode characters. Nothing where the whole file is meant.
    pub place: Option<(u32, u32)>,
    /// What is wrong, in one line. Never a value.
    pub message: String,
    /// What to do instead.
    pub help: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.place {
            Some((line, column)) => write!(f, "{path}:{line}:{column}: {}", self.message),
            None => write!(f, "{path}: {}", self.message),
        }
    }
}

impl std::error::Error for ConfigError {}

/// The environment of the process, or what a test takes for it.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Config {
    /// Reads a configuration file. Paths in it are relative to its folder.
    ///
    /// # Errors
    ///
    /// With everything that is wrong, in the order of the file.
    pub fn read(path: &Path, environment: Environment<'_>) -> Result<Self, Vec<ConfigError>> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let message = format!("the configuration cannot be read: {error}");
            vec![ConfigError { path: path.to_owned(), place: None, message, help: Vec::new() }]
        })?;
        read::config(path, &text, environment)
    }

    /// The configuration that lies beside rules, if there is one: in the folder itself or next to it, or in the folder of
    /// the file.
    pub fn beside(rules: &[PathBuf]) -> Option<PathBuf> {
        rules.iter().find_map(|path| {
            let inside = path.join(FILE_NAME);
            let next_to = path.parent()?.join(FILE_NAME);
            [inside, next_to].into_iter().find(|file| file.is_file())
        })
    }
}

/// A span in seconds; nothing for months and years, which differ in length.
pub fn seconds(span: ast::Duration) -> Option<u64> {
    let unit = match span.unit {
        ast::Unit::Minute => 60,
        ast::Unit::Hour => 3600,
        ast::Unit::Day => 86_400,
        ast::Unit::Week => 604_800,
        ast::Unit::Month | ast::Unit::Year => return None,
    };
    Some(u64::from(span.count) * unit)
}

/// Whether an address may be called: https, or http to this machine only.
///
/// # Errors
///
/// What is wrong with it, in one line.
pub fn check_url(url: &str) -> Result<(), String> {
    let (scheme, rest) =
        url.split_once("://").ok_or_else(|| "it begins neither with https:// nor http://".to_owned())?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("an address holds no user and no password".to_owned());
    }
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    if host.is_empty() {
        return Err("it names no host".to_owned());
    }
    let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    match scheme {
        "https" => Ok(()),
        "http" if loopback => Ok(()),
        "http" => Err(format!("plain http:// is for this machine only, and `{host}` is another one: write https://")),
        _ => Err("it begins neither with https:// nor http://".to_owned()),
    }
}
