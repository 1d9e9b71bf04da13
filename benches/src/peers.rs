//! Peers that are other programs: DuckDB and Polars through Python, where they are installed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A folder that goes away at the end.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Scratch {
    /// A new, empty folder.
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("campanile-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for temporary files can be made");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file and the folders that it lies in.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("files lie in the folder")).expect("folders can be made");
        std::fs::write(&path, text).expect("files can be written");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A peer, and the module of Python that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// Its conditions are SQL.
    DuckDb,
    /// Its conditions are expressions of Python. It knows `select` only.
    Polars,
}

/// Asks a peer the questions about a file: `select` with conditions over the rows of a CSV file, or `load` with the
/// columns of a CSV or JSON Lines file. For each, the median time and how many rows there were. `None`, which is said,
/// where there is no Python with the module.
pub fn ask(
    peer: Peer,
    work: &str,
    scratch: &Scratch,
    file: &Path,
    questions: &[&str],
) -> Option<Vec<(Duration, usize)>> {
    let python = std::env::var_os("CAMPANILE_BENCH_PYTHON").unwrap_or_else(|| "python3".into());
    let script = match peer {
        Peer::DuckDb => "duckdb_peer.py",
        Peer::Polars => "polars_peer.py",
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(script);
    let mut command = Command::new(python);
    command.arg(script).arg(work).arg(file).args(questions).current_dir(scratch.path());
    let output = command.output().ok()?;
    if !output.status.success() {
        let problem = String::from_utf8_lossy(&output.stderr);
        eprintln!("{peer:?} is left out: {}", problem.trim().lines().last().unwrap_or("it fails"));
        return None;
    }
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines()
        .map(|line| {
            let (nanos, rows) = line.split_once(' ')?;
            Some((Duration::from_nanos(nanos.parse().ok()?), rows.parse().ok()?))
        })
        .collect()
}
