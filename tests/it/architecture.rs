//! The house: which room may look into which. A room may use itself and those before it in the table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The rooms in the order in which they build on each other. Rooms on one line do not see each other.
const ROOMS: &[&[&str]] = &[
    &["diagnostics", "model"],
    &["language"],
    &["meaning"],
    &["vocabulary"],
    &["compile"],
    &["state"],
    &["clock", "drawing", "engine", "files", "net", "private"],
    &["analysis", "records", "rules"],
    &["scenario"],
    &["editor", "testkit"],
    &["store"],
    &["config"],
    &["sync"],
    &["lsp", "service"],
    &["cli"],
];

pub(crate) fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn imports_go_one_way() {
    let level: BTreeMap<&str, usize> =
        ROOMS.iter().enumerate().flat_map(|(level, rooms)| rooms.iter().map(move |room| (*room, level))).collect();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&src).unwrap();
        // Tests may use what they like.
        if inside.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("tests")) {
            continue;
        }
        let room = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if room == "lib" || room == "main" {
            continue;
        }
        let Some(own) = level.get(room) else {
            wrong.push(format!("{}: the room `{room}` is not in the table", inside.display()));
            continue;
        };
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for after in line.split("crate::").skip(1) {
                let other: String = after.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                if let Some(level) = level.get(other.as_str())
                    && other != room
                    && level >= own
                {
                    wrong.push(format!("{}: uses `{other}`, which comes later or stands beside it", inside.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_stay_readable() {
    const LINES_MAX: usize = 800;
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    for file in files {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines: a room is missing", file.display());
    }
}
