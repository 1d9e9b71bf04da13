//! The extension for Visual Studio Code: it is built, tried and packed in a copy of its folder, and its colours know every
//! word of the language.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::PoisonError;

use crate::clients::{INSTALLING, left_out, run};
use crate::documents::{read, root};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let name = entry.file_name();
        let made = ["node_modules", "dist", "package-lock.json"];
        if made.iter().any(|made| name == *made) {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(name));
        } else {
            std::fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

/// A copy of the extension with everything that it needs.
fn extension() -> Result<PathBuf, String> {
    let _alone = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = root().join("target/clients/vscode");
    copy(&root().join("editors/vscode"), &folder);
    let wanted = read("editors/vscode/package.json");
    let done = folder.join("node_modules/.done");
    if std::fs::read_to_string(&done).ok().as_ref() != Some(&wanted) {
        run(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&folder))?;
        std::fs::write(&done, wanted).map_err(|error| error.to_string())?;
    }
    Ok(folder)
}

#[test]
fn it_is_built_tried_and_packed() {
    let folder = match extension() {
        Ok(folder) => folder,
        Err(why) => return left_out("the extension for Visual Studio Code", &why),
    };
    for script in ["build", "test", "package"] {
        let mut npm = Command::new("npm");
        npm.args(["run", script]).current_dir(&folder).env("CAMPANILE", env!("CARGO_BIN_EXE_campanile"));
        if let Err(said) = run(&mut npm) {
            panic!("{said}");
        }
    }
    let packed = std::fs::metadata(folder.join("dist/campanile.vsix")).unwrap().len();
    assert!((50_000..2_000_000).contains(&packed), "{packed} bytes");
}

#[test]
fn the_colours_know_every_word_of_the_grammar() {
    let colours = read("editors/vscode/syntaxes/campanile.tmLanguage.json");
    let known: Vec<&str> = colours.split(|sign: char| !sign.is_ascii_alphanumeric()).collect();
    let grammar = read("grammar/campanile.pest");
    let words: Vec<&str> = grammar
        .lines()
        .filter(|line| line.starts_with("k_"))
        .flat_map(|line| line.split("^\"").skip(1).map(|rest| rest.split('"').next().unwrap()))
        .collect();
    assert!(words.len() > 100, "{words:?}");
    let missing: Vec<&&str> = words.iter().filter(|word| !known.contains(word)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Every key that holds rule texts is one under which they are coloured.
#[test]
fn the_colours_know_every_key_with_rule_texts() {
    use campanile::language::keys::{self, Called, Key, Shape};

    fn holds_rules(shape: &Shape) -> bool {
        match shape {
            Shape::Rule(_) => true,
            Shape::Called(called) => match called {
                Called::Filter | Called::Steps | Called::Step => true,
            },
            Shape::List(inside) => holds_rules(inside),
            Shape::Either(shapes) => shapes.iter().any(holds_rules),
            Shape::Text
            | Shape::Name(_)
            | Shape::Boolean
            | Shape::Whole(_)
            | Shape::Words(_)
            | Shape::Named(_)
            | Shape::Keys(_)
            | Shape::OneKey(_)
            | Shape::Any => false,
        }
    }

    let colours = read("editors/vscode/syntaxes/campanile.tmLanguage.json");
    let tables: [&[Key]; 6] = [keys::CAMPAIGN, keys::NUMBERED, keys::STEP, keys::CHOICE, keys::BRANCH, keys::OTHERWISE];
    for key in tables.into_iter().flatten().filter(|key| holds_rules(&key.value)) {
        assert!(
            colours.contains(&format!("|{}|", key.name)) || colours.contains(&format!("({}|", key.name)),
            "{}",
            key.name
        );
    }
}

#[test]
fn the_page_names_every_setting() {
    let package: serde_json::Value = serde_json::from_str(&read("editors/vscode/package.json")).unwrap();
    let settings = package["contributes"]["configuration"]["properties"].as_object().unwrap();
    let page = read("docs/editors.md");
    for setting in settings.keys().filter(|name| !name.contains(".trace.")) {
        assert!(page.contains(&format!("`{setting}`")), "{setting}");
    }
    assert_eq!(package["version"], env!("CARGO_PKG_VERSION"), "the extension has the version of the program");
}
