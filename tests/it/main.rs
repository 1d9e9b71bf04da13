//! The one integration test binary: the conformance material against the library.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod allocations;
mod architecture;
mod ci;
mod cli;
mod clients;
mod codes;
mod crash;
#[cfg(feature = "testkit")]
mod differential;
mod doctor;
mod documents;
mod doubles;
mod fixes;
mod fmt;
mod guide;
mod invalid;
#[cfg(all(feature = "testkit", feature = "store"))]
mod kept;
mod lsp;
mod material;
mod messages;
mod mutations;
mod operations;
mod readme;
mod sample;
mod sarif;
mod scenarios;
mod schema;
mod selection;
mod service;
mod sync;
mod valid;
mod vscode;
