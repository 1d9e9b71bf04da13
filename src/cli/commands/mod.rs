//! One file for each command: its arguments with their help, and what it does.

pub(super) mod completions;
pub(super) mod demo;
pub(super) mod doctor;
pub(super) mod double;
pub(super) mod explain;
pub(super) mod fmt;
pub(super) mod graph;
pub(super) mod link;
pub(super) mod lsp;
pub(super) mod man;
pub(super) mod pull;
pub(super) mod reference;
pub(super) mod report;
pub(super) mod run;
pub(super) mod schema;
pub(super) mod select;
pub(super) mod serve;
pub(super) mod state;
pub(super) mod sync;
pub(super) mod test;
pub(super) mod validate;
pub(super) mod why;
