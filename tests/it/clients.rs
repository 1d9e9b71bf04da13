//! Clients that nobody here wrote, against the doubles, unchanged: jsforce, simple-salesforce, marketorestpython.
//!
//! Their programs are in `tests/clients/`. What they need is installed under `target/clients` the first time; where node,
//! Python or the network are missing a test says so loudly and ends there. `CAMPANILE_CLIENTS=required`, which `.ci/run`
//! sets, makes that a failure.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::cli::double::Running;
use crate::documents::root;

/// One installation at a time.
static INSTALLING: Mutex<()> = Mutex::new(());

/// Runs a command; what it said when it failed.
fn run(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    let output = command.output().map_err(|error| format!("{shown}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    Err(format!("{shown}: {}\n{said}", output.status))
}

/// The folder in which the clients are, with `needed` in it after `install` was done, once.
fn installed(needed: &str, install: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let _alone = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = root().join("target/clients");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let done = folder.join(format!("{needed}.done"));
    if !done.exists() {
        install(&folder)?;
        std::fs::write(&done, "").map_err(|error| error.to_string())?;
    }
    Ok(folder)
}

fn node() -> Result<PathBuf, String> {
    installed("node", |folder| {
        std::fs::copy(root().join("tests/clients/package.json"), folder.join("package.json"))
            .map_err(|error| error.to_string())?;
        run(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder))
    })
}

fn python() -> Result<PathBuf, String> {
    installed("python", |folder| {
        run(Command::new("python3").args(["-m", "venv", "python"]).current_dir(folder))?;
        let list = root().join("tests/clients/requirements.txt");
        run(Command::new(folder.join("python/bin/pip")).args(["install", "--quiet", "--requirement"]).arg(list))
    })
}

/// Says that a client could not be tried; a failure where it must be.
fn left_out(client: &str, why: &str) {
    assert!(std::env::var("CAMPANILE_CLIENTS").as_deref() != Ok("required"), "{client} could not be tried: {why}");
    // Written around the test runner, which would keep it to itself.
    let said = format!("\nNOT TRIED: {client} against its double, because it cannot be installed here: {why}\n");
    std::io::stderr().write_all(said.as_bytes()).unwrap();
}

fn play(command: &mut Command, double: &Running) {
    command.env("BASE_URL", double.text("base_url")).env("CREDENTIALS", double.credentials());
    if let Err(said) = run(command) {
        panic!("{said}");
    }
}

#[test]
fn jsforce() {
    match node() {
        Ok(folder) => {
            let program = folder.join("jsforce.mjs");
            // Modules are looked for beside the program.
            std::fs::copy(root().join("tests/clients/jsforce.mjs"), &program).unwrap();
            play(Command::new("node").arg(program), &Running::start(&["salesforce"]));
        }
        Err(why) => left_out("jsforce", &why),
    }
}

#[test]
fn simple_salesforce() {
    match python() {
        Ok(folder) => {
            let double = Running::start(&["salesforce", "--tls"]);
            let mut command = Command::new(folder.join("python/bin/python"));
            command.arg(root().join("tests/clients/simple_salesforce_client.py"));
            play(command.env("REQUESTS_CA_BUNDLE", double.text("ca")), &double);
        }
        Err(why) => left_out("simple-salesforce", &why),
    }
}

#[test]
fn marketorestpython() {
    match python() {
        Ok(folder) => {
            let mut command = Command::new(folder.join("python/bin/python"));
            command.arg(root().join("tests/clients/marketo_client.py"));
            play(&mut command, &Running::start(&["marketo"]));
        }
        Err(why) => left_out("marketorestpython", &why),
    }
}
