//! Action records into a file or onto the standard output, one line each with its number, as they are committed.
//!
//! A file tells by its last line how far it came, so nothing stands in it twice, whenever the process ends; a line that was
//! cut off is taken away. The standard output cannot be asked: how far it was served is noted with the state, and the last
//! lines before a crash may come again.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::service::desk::Desk;
use crate::service::outbox::{self, Outbox};

/// So many records are written at once.
const FETCHED: usize = 1_000;

/// The last line of a file is looked for in so many bytes at its end.
const TAIL_BYTES: u64 = 4 * 1024 * 1024;

/// Where action records go.
#[derive(Debug)]
pub enum ActionsTo {
    /// The standard output.
    Stdout,
    /// A file, and the number of the last record in it.
    File(PathBuf, File, Option<u64>),
}

impl ActionsTo {
    /// Opens a file, or takes the standard output for `-`.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, or holds something else.
    pub fn open(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let length = file.metadata()?.len();
        let from = length.saturating_sub(TAIL_BYTES);
        file.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        let whole = tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < tail.len() {
            file.set_len(from + whole as u64)?;
        }
        let lines = tail.get(..whole).unwrap_or_default();
        let last = match lines.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty()) {
            None => None,
            Some(line) => {
                let record: Option<Value> = serde_json::from_slice(line).ok();
                let number = record.and_then(|record| record.get("seq")?.as_u64());
                let other = || io::Error::other("its last line is no action record with a `seq`: it is another file");
                Some(number.ok_or_else(other)?)
            }
        };
        Ok(Self::File(path.to_owned(), file, last))
    }

    /// The note of how far it was served.
    fn note(&self) -> String {
        match self {
            Self::Stdout => "actions on the standard output".to_owned(),
            Self::File(path, ..) => format!("actions in {}", path.display()),
        }
    }

    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(lines)?;
                out.flush()
            }
            Self::File(_, file, _) => {
                file.write_all(lines)?;
                file.sync_data()
            }
        }
    }
}

/// Serves it for as long as the desk is open. Returns why, when it cannot be written any more.
pub(in crate::service) async fn carry(mut to: ActionsTo, desk: Desk, outbox: Outbox) -> io::Result<()> {
    let mut news = desk.news();
    if news.wait_for(|news| news.is_ready || news.has_ended).await.is_err() {
        return Ok(());
    }
    let note = to.note();
    // What was committed before the first service that serves it is not repeated.
    let begin = desk.noted_number(&note).await;
    let mut carried = match &to {
        ActionsTo::File(_, _, Some(last)) => *last,
        ActionsTo::File(..) | ActionsTo::Stdout => begin,
    };
    loop {
        let later = carried;
        match news.wait_for(|news| news.last > later || news.has_ended).await {
            Ok(news) if news.last > later => {}
            Ok(_) | Err(_) => return Ok(()),
        }
        let Ok(records) = outbox.after(carried, FETCHED).await else { return Ok(()) };
        let Some((last, _)) = records.last() else { return Ok(()) };
        let last = *last;
        let mut lines = Vec::new();
        records.iter().for_each(|record| outbox::line(record, &mut lines));
        let written = tokio::task::spawn_blocking(move || to.write(&lines).map(|()| to)).await;
        to = written.map_err(io::Error::other)??;
        carried = last;
        if matches!(to, ActionsTo::Stdout) {
            desk.note(vec![(note.clone(), carried.to_string().into_bytes())]).await;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;

    #[test]
    fn a_file_tells_how_far_it_came() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("actions.jsonl");
        let last = || match ActionsTo::open(&path) {
            Ok(ActionsTo::File(_, _, last)) => Ok(last),
            Ok(ActionsTo::Stdout) => panic!("it is a file"),
            Err(error) => Err(error.to_string()),
        };
        assert_eq!(last(), Ok(None));
        std::fs::write(&path, "{\"seq\":1}\n{\"seq\":2}\n{\"seq\":3,\"ty").unwrap();
        assert_eq!(last(), Ok(Some(2)));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"seq\":1}\n{\"seq\":2}\n", "what was cut off is gone");
        std::fs::write(&path, "person,Score\nada,1\n").unwrap();
        assert!(last().unwrap_err().contains("it is another file"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "person,Score\nada,1\n");
    }
}
