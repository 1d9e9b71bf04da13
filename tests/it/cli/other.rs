use super::Folder;

const COMMANDS: &[&str] = &[
    "validate",
    "fmt",
    "test",
    "run",
    "select",
    "why",
    "serve",
    "state",
    "sync",
    "link",
    "unlink",
    "report",
    "graph",
    "pull",
    "doctor",
    "double",
    "demo",
    "explain",
    "reference",
    "schema",
    "lsp",
    "completions",
    "man",
];

#[test]
fn the_help_of_every_command() {
    let folder = Folder::new();
    insta::assert_snapshot!("help", folder.run("--help"));
    for command in COMMANDS {
        insta::assert_snapshot!(format!("help_{command}"), folder.run(&format!("{command} --help")));
    }
}

#[test]
fn the_help_lists_every_command() {
    let help = Folder::new().run("--help");
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let listed: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(listed, COMMANDS);
}

#[test]
fn wrong_use() {
    let folder = Folder::new();
    insta::assert_snapshot!(
        folder.run("")
            + &folder.run("vaildate rules")
            + &folder.run("validate rules --format yaml")
            + &folder.run("frobnicate")
    );
}

#[test]
fn the_version() {
    let shown = Folder::new().run("--version");
    insta::assert_snapshot!(shown.replace(env!("CARGO_PKG_VERSION"), "(version)"));
}

#[test]
fn explaining_a_code() {
    let folder = Folder::new();
    let known = folder.run("explain e0208");
    assert!(known.starts_with("$ campanile explain e0208\nstatus 0\n--- stdout\nE0208"), "{known}");
    insta::assert_snapshot!(folder.run("explain E0200") + &folder.run("explain hrs"));
}

#[test]
fn looking_things_up() {
    let folder = Folder::new();
    insta::assert_snapshot!(
        folder.run("reference 'next anniversary'")
            + &folder.run("reference --markdown 'next anniversary'")
            + &folder.run("reference teleport")
    );
    let whole = folder.run("reference");
    let titles: Vec<&str> =
        whole.lines().filter(|line| line.chars().next().is_some_and(|sign| sign.is_uppercase())).collect();
    insta::assert_snapshot!("reference_titles", titles.join("\n"));
}

#[test]
fn drawing() {
    let folder = Folder::with_rules();
    insta::assert_snapshot!(
        folder.run("graph rules --format mermaid")
            + &folder.run("graph rules --view interactions")
            + &folder.run("graph rules --campaign think")
    );
    let svg = folder.run("graph rules --format svg");
    assert!(svg.contains("status 0\n--- stdout\n<svg") || svg.contains("status 0\n--- stdout\n<?xml"), "{svg}");
}

#[test]
fn completions_know_every_command() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let shown = folder.run(&format!("completions {shell}"));
        assert!(shown.contains("status 0"), "{shown}");
        for command in COMMANDS {
            assert!(shown.contains(command), "{shell} does not know {command}");
        }
    }
    insta::assert_snapshot!(folder.run("completions tcsh"));
}

#[test]
fn manual_pages() {
    let folder = Folder::new().file("taken", "a file");
    let shown = folder.run("man pages");
    let mut pages: Vec<String> = std::fs::read_dir(folder.path().join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    insta::assert_snapshot!(format!("{shown}--- pages\n{}\n{}", pages.join("\n"), folder.run("man taken")));
}
