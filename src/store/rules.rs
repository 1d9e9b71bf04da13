//! The rule files that ran last: what came in under them is replayed under them.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::diagnostics::Sources;
use crate::language::is_scenario_file;

/// Rule files in the order in which they were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFiles {
    /// Path and text of each.
    pub files: Vec<(String, String)>,
}

impl RuleFiles {
    /// The files of a workspace, those with scenarios left out.
    pub fn new(sources: &Sources) -> Self {
        let files = sources.iter().filter(|(_, file)| !is_scenario_file(&file.path));
        Self { files: files.map(|(_, file)| (file.path.clone(), file.text.clone())).collect() }
    }

    /// The files, to be checked and compiled.
    pub fn sources(&self) -> Sources {
        let mut sources = Sources::new();
        for (path, text) in &self.files {
            sources.add(path.as_str(), text.as_str());
        }
        sources
    }

    /// What they are known by: their texts and the order of them. What a file is called says nothing.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for (_, text) in &self.files {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}
