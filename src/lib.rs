//! Campanile: a rules engine for smart campaigns.
//!
//! Marketers write rule files in YAML: triggers, filters, flow steps. [`Rules`] reads and checks them, [`Rules::compile`]
//! makes one plan of the whole rule book, and an [`Engine`] runs it: facts about people go in, typed [`Outcome`]s come
//! out. With default features off the library reads no file, no clock and no network and starts no thread.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use campanile::{Engine, Rules, records};
//!
//! let rules = Rules::from_sources(&[("hot.yaml", r#"
//! lists: [Hot]
//! smart_campaigns:
//!   hot:
//!     triggers: [Score changes to at least 50]
//!     filter: Country is "NL", "BE"
//!     flow: [add to list "Hot"]
//! "#)]);
//! let mut engine = Engine::new(rules.compile()?);
//! for line in [
//!     r#"{"type": "person", "person": "ada", "at": "2026-03-05T09:00:00Z", "fields": {"Country": "nl"}}"#,
//!     r#"{"type": "person", "person": "ada", "fields": {"Score": 60}}"#,
//! ] {
//!     for outcome in engine.handle(&records::parse_event(line)?)? {
//!         println!("{outcome}");
//!     }
//! }
//! let filter = engine.filter(r#"member of list "Hot""#)?;
//! assert_eq!(engine.select(&filter), ["ada"]);
//! # Ok(())
//! # }
//! ```
//!
//! The rooms, in the order in which they build on each other: [`diagnostics`] and [`model`], [`language`], [`meaning`],
//! [`vocabulary`], [`compile`], [`state`], [`engine`], then [`analysis`], [`records`] and [`scenario`]; [`sync`] stands beside the engine,
//! and behind features `store` keeps state on disk, `service`
//! answers over HTTP and `lsp` answers editors.

pub mod analysis;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(any(feature = "double", feature = "store"))]
pub mod clock;
pub mod compile;
#[cfg(feature = "sync")]
pub mod config;
pub mod diagnostics;
#[cfg(any(feature = "cli", feature = "service"))]
pub mod drawing;
#[cfg(feature = "lsp")]
pub mod editor;
pub mod engine;
#[cfg(feature = "files")]
pub mod files;
pub mod language;
#[cfg(feature = "lsp")]
pub mod lsp;
pub mod meaning;
pub mod model;
#[cfg(any(feature = "double", feature = "service"))]
pub mod net;
#[cfg(any(feature = "service", feature = "sync"))]
pub mod private;
pub mod records;
mod rules;
pub mod scenario;
#[cfg(feature = "service")]
pub mod service;
pub mod state;
#[cfg(feature = "store")]
pub mod store;
pub mod sync;
#[cfg(any(feature = "double", feature = "testkit"))]
pub mod testkit;
pub mod vocabulary;

pub use engine::{Engine, EventError};
pub use model::{Event, EventKind, FactValue, Outcome, OutcomeKind, Timestamp, Value};
pub use rules::{FilterError, Rules, RulesError};

/// The README's program is a test too.
#[cfg(all(doctest, feature = "files"))]
#[doc = include_str!("../README.md")]
struct Readme;
