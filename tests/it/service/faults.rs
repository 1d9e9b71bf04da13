//! A disk that is full, one that cannot be written, a state that is cut off: a clear word, and nothing committed is lost.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::{Serving, folder};
use crate::clients::left_out;

/// The same arguments under a shell in which no file may grow beyond so many KiB.
fn limited(kibibytes: u32, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    // Who is told of the limit by a signal would be ended by it; like this the write fails.
    shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {}; exec {}", kibibytes * 2, words.join(" ")));
    shell.current_dir(command.get_current_dir().unwrap());
    shell
}

fn events(request: usize) -> String {
    let mut text = String::new();
    for event in 0..200 {
        let number = request * 200 + event;
        writeln!(
            text,
            r#"{{"type":"person","person":"p{number}","id":"e{number}","at":"2026-03-05T09:00:00Z","fields":{{"Country":"NL","Last Name":"{}"}}}}"#,
            "x".repeat(200)
        )
        .unwrap();
    }
    text
}

/// Tells events until there is no room for more; what was taken is there afterwards, and nothing else.
fn tell_until_it_is_full(folder: &Path, mut serving: Serving, expected: &str, make_room: impl FnOnce()) {
    let mut taken = 0;
    let refused = loop {
        let answer = serving.tell(&events(taken));
        if answer.status != 202 {
            break answer;
        }
        taken += 1;
        assert!(taken < 200, "there is always room");
    };
    assert_eq!((refused.status, refused.json()["code"].as_str()), (503, Some("not_ready")), "{refused:?}");
    let (status, said) = serving.wait();
    assert_eq!(status.code(), Some(2), "{said}");
    assert!(said.contains(expected) && said.contains("nothing of the last step was kept"), "{said}");
    assert!(taken > 2, "some were taken: {taken}");

    make_room();
    let serving = Serving::start(folder);
    assert_eq!(serving.get("/v1/people?limit=1").json()["count"], taken * 200);
    assert_eq!(serving.tell(&events(taken)).json()["accepted"], 200);
}

#[test]
fn a_limit_on_files_ends_the_service_and_loses_nothing() {
    let folder = folder();
    let serving = Serving::of(limited(1500, &super::command(folder.path(), &["--clock", "events"])));
    tell_until_it_is_full(folder.path(), serving, "state/campanile.db` can no longer be read or written", || ());
}

/// A small disk in memory, as long as the value lives.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount(mebibytes: u32) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "tmpfs"]).arg(folder.path());
        let output = mount.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(Self(folder)) } else { Err(said) }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_ends_the_service_and_loses_nothing() {
    let disk = match Disk::mount(3) {
        Ok(disk) => disk,
        Err(why) => return left_out("the service on a full disk", &format!("no small disk can be made: {why}")),
    };
    let path = disk.0.path().to_owned();
    std::fs::write(path.join("rules.yaml"), super::RULES).unwrap();
    let serving = Serving::start(&path);
    tell_until_it_is_full(&path, serving, "the disk of `state/campanile.db` is full", || {
        let mut mount = Command::new("mount");
        mount.args(["-o", "remount,size=30m"]).arg(&path);
        assert!(mount.status().unwrap().success());
    });
}

#[test]
fn a_limit_on_files_ends_a_run_and_loses_nothing() {
    let folder = folder();
    let all: String = (0..120).map(events).collect();
    std::fs::write(folder.path().join("events.jsonl"), &all).unwrap();
    let mut run = Command::new(assert_cmd::cargo::cargo_bin("campanile"));
    run.args(["run", "--rules", "rules.yaml", "--events", "events.jsonl", "--state", "state", "--actions", "a.jsonl"]);
    run.current_dir(folder.path());
    let output = limited(3000, &run).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("state/campanile.db` can no longer be read or written"), "{said}");
    assert!(!folder.path().join("a.jsonl").exists(), "nothing is handed out that is not whole");

    let output = run.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let serving = Serving::start(folder.path());
    assert_eq!(serving.get("/v1/people?limit=1").json()["count"], 120 * 200);
}

#[test]
fn a_state_that_is_cut_off_is_refused_and_left_alone() {
    let folder = folder();
    let serving = Serving::start(folder.path());
    assert_eq!(serving.tell(&events(0)).status, 202);
    drop(serving.stop("-TERM"));
    let database = folder.path().join("state/campanile.db");
    let whole = std::fs::read(&database).unwrap();
    let cut = &whole[..whole.len() / 2 / 4096 * 4096];
    std::fs::write(&database, cut).unwrap();
    let output = super::command(folder.path(), &[]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("damaged") && output.stdout.is_empty(), "{said}");
    assert_eq!(std::fs::read(&database).unwrap(), cut, "nothing was made worse");
}

#[test]
fn a_place_that_cannot_be_written_is_told() {
    let folder = folder();
    let output = Command::new(assert_cmd::cargo::cargo_bin("campanile"))
        .args(["serve", "--rules", "rules.yaml", "--state", "/proc/campanile", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("`/proc/campanile`"), "{said}");
}
