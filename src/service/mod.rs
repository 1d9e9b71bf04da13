//! The service: a process that keeps people, takes events over HTTP, lets time pass and answers questions.
//!
//! One thread works with the engine and the store: the `desk`. Everything that changes something waits in line there and is
//! answered when it is committed, many at once. Around it stand tasks that know HTTP: `api` has one file for each group of
//! requests, `intake` reads bodies into events, `outbox` reads what was committed, `courier` carries it to webhooks, `liaison` is the sync, `access` says who may do what.
//! `reception` and `limits` hold callers to their time and number.
//! Nothing here decides what a rule means, or what is durable. Start reading at [`Service::start`].

mod access;
mod api;
mod courier;
mod desk;
mod intake;
mod liaison;
mod limits;
mod meters;
mod outbox;
mod problem;
mod reception;
mod server;
mod views;

pub use access::{Role, Tokens, TokensError};
pub use api::open_api;
pub use courier::{ActionsTo, BadSecret, Secret};
pub use desk::{Clock, Ended, Opening};
pub use limits::Limits;
pub use server::{Listening, Service, ServiceError, Tls};
