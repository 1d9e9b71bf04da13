//! Reading rule books from folders: the only door of the library to the file system.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::diagnostics::{Code, Diagnostic, Sources, Span};
use crate::language::CONFIGURATION;

/// So much of a file is read at most: one byte more than a rule file may have, so that the checker can say that it is
/// too large.
const FILE_BYTES_MAX: u64 = 1024 * 1024 + 1;

/// So many folders may lie inside each other.
const DEPTH_MAX: usize = 64;

/// Why files could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// There is no such file or folder.
    #[error("there is no file or folder `{path}`")]
    Missing {
        /// The path as it was given.
        path: String,
    },
    /// A given file is of another kind.
    #[error("`{path}` is no rule file: its name ends neither in `.yaml` nor in `.yml`")]
    OtherKind {
        /// The path as it was given.
        path: String,
    },
    /// A folder holds no rule file.
    #[error("there is no rule file (`*.yaml` or `*.yml`) in `{path}`")]
    Nothing {
        /// The path as it was given.
        path: String,
    },
    /// A path is not text.
    #[error("the name of `{path}` is not UTF-8 text")]
    Name {
        /// What can be shown of it.
        path: String,
    },
    /// Folders lie too deep inside each other.
    #[error("`{path}` lies more than {DEPTH_MAX} folders deep")]
    TooDeep {
        /// The folder.
        path: String,
    },
    /// Files hold bytes that are no text. [`read_sources`] gives them as findings instead.
    #[error("`{path}` is not UTF-8 text")]
    NotText {
        /// The first of them.
        path: String,
    },
    /// Anything else.
    #[error("`{path}` cannot be read: {source}")]
    Unreadable {
        /// The path.
        path: String,
        /// What the operating system says.
        source: io::Error,
    },
}

/// What [`read_files`] gives.
#[derive(Debug, Default)]
pub struct Files {
    /// The files, in byte order of their paths.
    pub sources: Sources,
    /// A finding for each file that is not text. Where there is one the files must not be checked further: what the file
    /// declares would be missing everywhere else.
    pub findings: Vec<Diagnostic>,
}

/// Reads every rule and scenario file under the given paths, in byte order of their paths. Folders are walked, hidden
/// files and folders in them skipped; a file that is reached twice is read once.
pub fn read_files(paths: &[impl AsRef<Path>]) -> Result<Files, FilesError> {
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for path in paths {
        let path = path.as_ref();
        let shown = shown(path)?;
        let kind = fs::metadata(path).map_err(|error| unreadable(&shown, error))?;
        if kind.is_dir() {
            let before = found.len();
            walk(path, 0, &mut BTreeSet::new(), &mut found)?;
            if found.len() == before {
                return Err(FilesError::Nothing { path: shown });
            }
        } else if is_yaml(&shown) {
            found.push((shown, path.to_owned()));
        } else {
            return Err(FilesError::OtherKind { path: shown });
        }
    }
    found.sort();
    let mut seen = BTreeSet::new();
    let mut files = Files::default();
    for (shown, path) in found {
        let identity = fs::canonicalize(&path).map_err(|error| unreadable(&shown, error))?;
        if seen.insert(identity) {
            read(&path, shown, &mut files)?;
        }
    }
    Ok(files)
}

/// Like [`read_files`], for those who have no use for files that are not text.
pub fn read_sources(paths: &[impl AsRef<Path>]) -> Result<Sources, FilesError> {
    let Files { sources, findings } = read_files(paths)?;
    match findings.first() {
        Some(finding) => Err(FilesError::NotText { path: sources.path(finding.span.file).to_owned() }),
        None => Ok(sources),
    }
}

/// Collects the files of a folder. `above` holds the folders that it lies in, so that links in a circle end.
fn walk(
    folder: &Path,
    depth: usize,
    above: &mut BTreeSet<PathBuf>,
    found: &mut Vec<(String, PathBuf)>,
) -> Result<(), FilesError> {
    let name = shown(folder)?;
    if depth > DEPTH_MAX {
        return Err(FilesError::TooDeep { path: name });
    }
    let identity = fs::canonicalize(folder).map_err(|error| unreadable(&name, error))?;
    if !above.insert(identity.clone()) {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(|error| unreadable(&name, error))? {
        let entry = entry.map_err(|error| unreadable(&name, error))?;
        if entry.file_name().as_encoded_bytes().first() == Some(&b'.') {
            continue;
        }
        // The configuration of the sync may lie there too.
        if entry.file_name() == CONFIGURATION {
            continue;
        }
        let path = folder.join(entry.file_name());
        let yaml = is_yaml(&entry.file_name().to_string_lossy());
        let kind = match fs::metadata(&path) {
            Ok(kind) => kind,
            // A link that leads nowhere concerns us only where a rule file should be.
            Err(_) if !yaml => continue,
            Err(error) => return Err(unreadable(&path.to_string_lossy(), error)),
        };
        if kind.is_dir() {
            walk(&path, depth + 1, above, found)?;
        } else if kind.is_file() && yaml {
            found.push((shown(&path)?, path));
        }
    }
    above.remove(&identity);
    Ok(())
}

/// Reads one file from wherever its bytes come; `name` is what it is called in findings.
///
/// # Errors
///
/// When it cannot be read. Bytes that are no text are a finding.
pub fn read_one(file: impl Read, name: &str) -> Result<Files, FilesError> {
    let mut files = Files::default();
    take(file, name.to_owned(), &mut files)?;
    Ok(files)
}

fn read(path: &Path, shown: String, files: &mut Files) -> Result<(), FilesError> {
    let file = File::open(path).map_err(|error| unreadable(&shown, error))?;
    take(file, shown, files)
}

fn take(file: impl Read, shown: String, files: &mut Files) -> Result<(), FilesError> {
    let mut bytes = Vec::new();
    // A few bytes more, so that a character is not cut in two just where the limit lies.
    file.take(FILE_BYTES_MAX + 4).read_to_end(&mut bytes).map_err(|error| unreadable(&shown, error))?;
    match String::from_utf8(bytes) {
        Ok(text) => {
            files.sources.add(shown, text);
        }
        Err(error) => {
            let (whole, bytes) = (error.utf8_error(), error.as_bytes());
            let good = whole.valid_up_to();
            let cut = whole.error_len().is_none() && bytes.len() as u64 > FILE_BYTES_MAX;
            let byte = bytes.get(good).copied().unwrap_or(0);
            let text = String::from_utf8_lossy(bytes.get(..if cut { good } else { bytes.len() }).unwrap_or(b""));
            let file = files.sources.add(shown, text);
            if !cut {
                let start = u32::try_from(good).unwrap_or(u32::MAX);
                let replacement = char::REPLACEMENT_CHARACTER.len_utf8();
                let end = u32::try_from(good + replacement).unwrap_or(u32::MAX);
                let message = format!("this file is not UTF-8 text: the byte {byte:#04x} stands for no character");
                files.findings.push(
                    Diagnostic::new(Code::NotUtf8, Span::new(file, start, end), message)
                        .help("save the file as UTF-8 in your editor"),
                );
            }
        }
    }
    Ok(())
}

/// A path as it is shown and sorted: `/` between folders, without `./` at its start.
fn shown(path: &Path) -> Result<String, FilesError> {
    let Some(text) = path.to_str() else {
        return Err(FilesError::Name { path: path.to_string_lossy().into_owned() });
    };
    let text = if std::path::MAIN_SEPARATOR == '/' { text.to_owned() } else { text.replace('\\', "/") };
    Ok(match text.strip_prefix("./") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        Some(_) | None => text,
    })
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

fn unreadable(path: &str, source: io::Error) -> FilesError {
    let path = path.to_owned();
    if source.kind() == io::ErrorKind::NotFound {
        FilesError::Missing { path }
    } else {
        FilesError::Unreadable { path, source }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;

    fn paths(files: &Files, root: &Path) -> Vec<String> {
        let root = root.to_str().unwrap();
        files.sources.iter().map(|(_, file)| file.path.replacen(root, "", 1)).collect()
    }

    #[test]
    fn folders_are_walked_in_byte_order_and_every_file_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in
            ["b.yaml", "a/z.yml", "a.yaml", "B.yaml", ".hidden.yaml", ".git/x.yaml", "notes.txt", "a/t.test.yaml"]
        {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write(root.join(name), "a: 1\n").unwrap();
        }
        let files = read_files(&[root.join("b.yaml"), root.to_owned(), root.join("a")]).unwrap();
        assert_eq!(paths(&files, root), ["/B.yaml", "/a.yaml", "/a/t.test.yaml", "/a/z.yml", "/b.yaml"]);
        assert!(matches!(read_files(&[root.join("none")]), Err(FilesError::Missing { .. })));
        assert!(matches!(read_files(&[root.join("notes.txt")]), Err(FilesError::OtherKind { .. })));
        fs::create_dir(root.join("empty")).unwrap();
        assert!(matches!(read_files(&[root.join("empty")]), Err(FilesError::Nothing { .. })));
    }

    #[test]
    fn a_file_that_is_not_text_is_a_finding_where_it_goes_wrong() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.yaml"), b"lists: [\xc3\xa9t\xe9]\n").unwrap();
        let files = read_files(&[folder.path()]).unwrap();
        let finding = files.findings.first().unwrap();
        let place = files.sources.position(finding.span.file, finding.span.start);
        assert_eq!((finding.code, place.line, place.column), (Code::NotUtf8, 1, 11));
        assert!(matches!(read_sources(&[folder.path()]), Err(FilesError::NotText { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_end() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.yaml"), "a: 1\n").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("gone")).unwrap();
        assert_eq!(paths(&read_files(&[folder.path()]).unwrap(), folder.path()), ["/a.yaml"]);
    }
}
