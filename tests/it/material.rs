//! Reading the conformance material: that of `tests/conformance`, and that of a folder `shared/conformance` beside the
//! checkout, if there is one, where it may be newer.

use std::fs;
use std::path::{Path, PathBuf};

use campanile::diagnostics::Sources;

/// A folder of the material.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(name)
}

/// A folder of the material in every place where it lies.
pub(crate) fn folders(name: &str) -> Vec<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance").join(name);
    let mut folders = vec![folder(name)];
    folders.extend(beside.is_dir().then_some(beside));
    folders
}

/// What lies in a folder, sorted by name.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<PathBuf> = read.map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    entries
}

/// A file, or all YAML files of a folder, by names relative to where it lies.
pub(crate) fn sources(path: &Path) -> Sources {
    let files = if path.is_dir() { entries(path) } else { vec![path.to_owned()] };
    let base = path.parent().expect("a folder");
    let mut sources = Sources::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "yaml")) {
        let name = file.strip_prefix(base).expect("a file of the folder").to_string_lossy().replace('\\', "/");
        sources.add(name, fs::read_to_string(file).expect("a text"));
    }
    assert!(!sources.is_empty(), "{} holds no rule files", path.display());
    sources
}
