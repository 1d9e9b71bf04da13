//! Files that are written whole or not at all, and the standard output in large pieces.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::exit::Failure;

/// What is gathered before it is written.
const GATHERED_BYTES: usize = 128 * 1024;

/// Where results go.
#[derive(Debug)]
pub(super) struct Output {
    gathered: Vec<u8>,
    target: Target,
}

#[derive(Debug)]
enum Target {
    Stdout,
    /// A file is written beside its place and moved there when everything is well.
    File {
        file: File,
        partial: PathBuf,
        path: PathBuf,
    },
}

impl Output {
    /// The standard output for `-` and nothing, else a file.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let target = match path {
            None => Target::Stdout,
            Some(path) if path == Path::new("-") => Target::Stdout,
            Some(path) => {
                let mut name = path.as_os_str().to_owned();
                name.push(".partial");
                let partial = PathBuf::from(name);
                let file = File::create(&partial).map_err(|error| not_writable(path, &error))?;
                Target::File { file, partial, path: path.to_owned() }
            }
        };
        Ok(Self { gathered: Vec::with_capacity(GATHERED_BYTES + 4096), target })
    }

    /// Where to append. [`Output::pass_on`] belongs after it.
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.gathered
    }

    /// Writes what was gathered if it is much.
    pub(super) fn pass_on(&mut self) -> Result<(), Failure> {
        if self.gathered.len() >= GATHERED_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes what was gathered.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        match &mut self.target {
            Target::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(&self.gathered)?;
                out.flush()?;
            }
            Target::File { file, partial, .. } => {
                file.write_all(&self.gathered).map_err(|error| not_writable(partial, &error))?;
            }
        }
        self.gathered.clear();
        Ok(())
    }

    /// Everything is well: the file takes its place.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.flush()?;
        match self.target {
            Target::Stdout => Ok(()),
            Target::File { file, partial, path } => {
                file.sync_all().and_then(|()| fs::rename(&partial, &path)).map_err(|error| not_writable(&path, &error))
            }
        }
    }

    /// Where what was written so far stays when not everything goes well.
    pub(super) fn so_far(&self) -> String {
        match &self.target {
            Target::Stdout => "on the standard output".to_owned(),
            Target::File { partial, .. } => format!("in `{}`", partial.display()),
        }
    }
}

fn not_writable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("`{}` cannot be written: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("actions.jsonl");
        let partial = folder.path().join("actions.jsonl.partial");
        fs::write(&path, "old").unwrap();

        let mut output = Output::open(Some(&path)).unwrap();
        output.bytes().extend_from_slice(b"new");
        assert!(output.so_far().contains("actions.jsonl.partial"));
        output.flush().unwrap();
        drop(output);
        assert_eq!(
            (fs::read_to_string(&path).unwrap(), fs::read_to_string(&partial).unwrap()),
            ("old".into(), "new".into())
        );

        let mut output = Output::open(Some(&path)).unwrap();
        output.bytes().extend_from_slice(b"newer");
        output.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "newer");
        assert!(!partial.exists());
    }
}
