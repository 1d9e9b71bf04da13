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
    File { file: File, place: Beside },
}

/// A file that is written beside its place and moved there when everything is well.
#[derive(Debug)]
pub(super) struct Beside {
    partial: PathBuf,
    path: PathBuf,
}

impl Beside {
    pub(super) fn new(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(".partial");
        Self { partial: PathBuf::from(name), path: path.to_owned() }
    }

    /// Where to write until it is whole.
    pub(super) fn partial(&self) -> &Path {
        &self.partial
    }

    /// It is whole: it takes its place.
    pub(super) fn settle(&self) -> Result<(), Failure> {
        fs::rename(&self.partial, &self.path).map_err(|error| not_writable(&self.path, &error))
    }
}

/// Puts new texts in the place of files. Nothing is written when one of them may not be; each is there whole, with the
/// rights that it had, and a link goes on pointing to it.
pub(super) fn replace(files: &[(PathBuf, &str)]) -> Result<(), Failure> {
    let mut places = Vec::new();
    for (path, text) in files {
        let failed = |error: io::Error| not_writable(path, &error);
        let place = fs::canonicalize(path).map_err(failed)?;
        let rights = fs::metadata(&place).map_err(failed)?.permissions();
        if rights.readonly() {
            let message = format!("`{}` is read-only, so nothing was changed", path.display());
            return Err(Failure::with_help(message, vec!["allow writing to it, or leave it out".to_owned()]));
        }
        places.push((Beside::new(&place), rights, text));
    }
    for (beside, rights, text) in places {
        let written = File::create(beside.partial()).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.set_permissions(rights)?;
            file.sync_all()
        });
        if let Err(error) = written {
            let _ = fs::remove_file(beside.partial());
            return Err(not_writable(&beside.path, &error));
        }
        beside.settle()?;
    }
    Ok(())
}

impl Output {
    /// The standard output for `-` and nothing, else a file.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let target = match path {
            None => Target::Stdout,
            Some(path) if path == Path::new("-") => Target::Stdout,
            Some(path) => {
                let place = Beside::new(path);
                let file = File::create(place.partial()).map_err(|error| not_writable(path, &error))?;
                Target::File { file, place }
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
            Target::File { file, place } => {
                file.write_all(&self.gathered).map_err(|error| not_writable(place.partial(), &error))?;
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
            Target::File { file, place } => {
                file.sync_all().map_err(|error| not_writable(place.partial(), &error))?;
                place.settle()
            }
        }
    }

    /// Where what was written so far stays when not everything goes well.
    pub(super) fn so_far(&self) -> String {
        match &self.target {
            Target::Stdout => "on the standard output".to_owned(),
            Target::File { place, .. } => format!("in `{}`", place.partial().display()),
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
