//! Clients that nobody here wrote, against the doubles, unchanged: jsforce, simple-salesforce, marketorestpython, nforce,
//! node-marketo-rest.
//!
//! Their programs are in `tests/clients/`. What they need is installed under `target/clients` the first time; where node,
//! Python or the network are missing a test says so loudly and ends there. `CAMPANILE_CLIENTS=required`, which `.ci/run`
//! sets, makes that a failure.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::cli::double::Running;
use crate::documents::{read, root};

/// One installation at a time.
pub(crate) static INSTALLING: Mutex<()> = Mutex::new(());

/// Runs a command; what it said when it failed.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let shown = format!("{command:?}");
    let output = command.output().map_err(|error| format!("{shown}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    Err(format!("{shown}: {}\n{said}", output.status))
}

/// The folder in which the clients of `list` are, after `install` was done once.
pub(crate) fn installed(list: &str, install: impl FnOnce(&Path) -> Result<(), String>) -> Result<PathBuf, String> {
    let _alone = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = root().join("target/clients");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    // What was installed is what the list says, or it is installed again.
    let wanted = read(&format!("tests/clients/{list}"));
    let done = folder.join(format!("{list}.done"));
    if std::fs::read_to_string(&done).ok().as_ref() != Some(&wanted) {
        install(&folder)?;
        std::fs::write(&done, wanted).map_err(|error| error.to_string())?;
    }
    Ok(folder)
}

fn node() -> Result<PathBuf, String> {
    installed("package.json", |folder| {
        std::fs::copy(root().join("tests/clients/package.json"), folder.join("package.json"))
            .map_err(|error| error.to_string())?;
        run(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(folder))
    })
}

fn python() -> Result<PathBuf, String> {
    installed("requirements.txt", |folder| {
        run(Command::new("python3").args(["-m", "venv", "python"]).current_dir(folder))?;
        let list = root().join("tests/clients/requirements.txt");
        run(Command::new(folder.join("python/bin/pip")).args(["install", "--quiet", "--requirement"]).arg(list))
    })
}

/// A program in node; modules are looked for beside it.
fn node_program(name: &str) -> Result<Command, String> {
    let program = node()?.join(name);
    std::fs::copy(root().join("tests/clients").join(name), &program).map_err(|error| error.to_string())?;
    let mut command = Command::new("node");
    command.arg(program);
    Ok(command)
}

/// Says that a client could not be tried; a failure where it must be.
pub(crate) fn left_out(client: &str, why: &str) {
    assert!(std::env::var("CAMPANILE_CLIENTS").as_deref() != Ok("required"), "{client} could not be tried: {why}");
    // Written around the test runner, which would keep it to itself.
    let said = format!("\nNOT TRIED: {client} because it cannot be installed here: {why}\n");
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
    match node_program("jsforce.mjs") {
        Ok(mut program) => play(&mut program, &Running::start(&["salesforce"])),
        Err(why) => left_out("jsforce", &why),
    }
}

#[test]
fn nforce_and_node_marketo_rest() {
    match node_program("others.mjs") {
        Ok(mut program) => {
            for remote in ["salesforce", "marketo"] {
                play(program.env("DOUBLE", remote), &Running::start(&[remote]));
            }
        }
        Err(why) => left_out("nforce and node-marketo-rest", &why),
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
