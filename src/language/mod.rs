//! From text to what was written: YAML with exact places, and the rule language inside its scalars.
//!
//! Start at [`read`], which reads all rule files into an [`ast::Workspace`]; [`text`] is the door to the rule language
//! itself. No type of the YAML or grammar library leaves this folder.

pub mod ast;
mod document;
mod format;
mod scalar;
pub mod text;
mod workspace;
pub mod yaml;

pub use document::keys;
pub use document::{
    CONFIGURATION, FileRead, TextKind, is_rule_file, is_scenario_file, read, read_each, read_file, rule_texts,
};
pub use format::{Unformatted, WIDTH, format};
pub use scalar::{Quoting, Scalar};
#[cfg(feature = "lsp")]
pub(crate) use scalar::{can_be_plain, single_quoted};
pub use workspace::Workspace;
