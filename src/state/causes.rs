//! What started waiting runs: ids of outside events, each only as long as a run of it waits.
//!
//! Most are a few bytes long, and there may be one for every run that waits: they lie in words of four bytes, without
//! an allocation of their own. Runs that one input starts share its id; those that begin another wait at another time do
//! not, because what would find the id again is larger than the id.

use std::collections::BTreeMap;

use super::growth;

/// A cause that is kept: the place behind its first word; the first is "nothing".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CauseId(u32);

impl CauseId {
    /// No outside event: a schedule, a batch or time itself.
    pub const NONE: Self = Self(0);
}

/// Four bytes: of a text, or before it how many runs have it (one byte) and how long it is (three).
type Word = [u8; 4];

/// No id is longer: it would not fit into a record.
const BYTES_MAX: usize = 0xff_ffff;

/// Causes with the number of runs that have them.
#[derive(Debug, Clone, Default)]
pub struct Causes {
    words: Vec<Word>,
    /// Places that nobody uses, by how many words they have.
    free: BTreeMap<usize, Vec<CauseId>>,
    /// The one that was kept last.
    last: CauseId,
}

impl Causes {
    /// Keeps a cause for one more run.
    pub fn keep(&mut self, cause: Option<&str>) -> CauseId {
        let Some(text) = cause.filter(|text| text.len() <= BYTES_MAX) else { return CauseId::NONE };
        // More than a byte can count begin anew.
        if let Some((runs, last)) = self.look(self.last)
            && last == text
            && let Some(runs) = runs.checked_add(1)
        {
            self.count(self.last, runs);
            return self.last;
        }
        let len = words_of(text);
        let id = match self.free.get_mut(&len).and_then(Vec::pop) {
            Some(id) => id,
            None => {
                let start = self.words.len();
                // 16 GiB of ids are far past what else the machine would have to hold; what comes then has no cause.
                let Ok(id) = u32::try_from(start + 1) else { return CauseId::NONE };
                growth::lengthen(&mut self.words, start + len, [0; 4]);
                CauseId(id)
            }
        };
        let [long, longer, longest, _] = (text.len() as u32).to_le_bytes();
        if let Some((head, words)) = self.words.get_mut(id.0 as usize - 1..).and_then(<[Word]>::split_first_mut) {
            *head = [1, long, longer, longest];
            words.as_flattened_mut().iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
        }
        self.last = id;
        id
    }

    /// One run less has it.
    pub fn release(&mut self, id: CauseId) {
        let Some((runs, text)) = self.look(id) else { return };
        let (runs, len) = (runs.saturating_sub(1), words_of(text));
        self.count(id, runs);
        if runs == 0 {
            growth::push(self.free.entry(len).or_default(), id);
            if self.last == id {
                self.last = CauseId::NONE;
            }
        }
    }

    /// The cause of runs that still wait.
    pub fn get(&self, id: CauseId) -> Option<&str> {
        self.look(id).map(|(_, text)| text)
    }

    /// How many runs have a cause, and its text.
    fn look(&self, id: CauseId) -> Option<(u8, &str)> {
        let ([runs, long, longer, longest], words) =
            self.words.get((id.0 as usize).checked_sub(1)?..)?.split_first()?;
        let len = u32::from_le_bytes([*long, *longer, *longest, 0]) as usize;
        Some((*runs, str::from_utf8(words.as_flattened().get(..len)?).ok()?))
    }

    fn count(&mut self, id: CauseId, runs: u8) {
        if let Some([count, ..]) = (id.0 as usize).checked_sub(1).and_then(|at| self.words.get_mut(at)) {
            *count = runs;
        }
    }
}

/// How many words a cause has.
fn words_of(text: &str) -> usize {
    1 + text.len().div_ceil(size_of::<Word>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_kept_as_long_as_a_run_has_it() {
        let mut causes = Causes::default();
        assert_eq!((causes.keep(None), causes.get(CauseId::NONE)), (CauseId::NONE, None));
        causes.release(CauseId::NONE);
        let first = causes.keep(Some("e1"));
        assert_eq!(causes.keep(Some("e1")), first, "runs of one input share it");
        causes.release(first);
        assert_eq!(causes.get(first), Some("e1"));
        causes.release(first);
        assert_eq!(causes.keep(Some("e2")), first, "the place is used again");
        assert_eq!((causes.get(first), causes.words.len()), (Some("e2"), 2));
    }

    #[test]
    fn a_cause_of_very_many_runs_is_there_until_the_last_has_gone() {
        let mut causes = Causes::default();
        let ids: Vec<CauseId> = (0..1_000).map(|_| causes.keep(Some("one and the same"))).collect();
        assert_eq!(causes.words.len(), 4 * words_of("one and the same"));
        for (number, id) in ids.iter().enumerate() {
            assert_eq!(causes.get(*id), Some("one and the same"), "run {number}");
            causes.release(*id);
        }
        let free: usize = causes.free.values().map(Vec::len).sum();
        assert_eq!(free, 4);
    }

    #[test]
    fn causes_of_all_lengths_lie_side_by_side() {
        let mut causes = Causes::default();
        let texts: Vec<String> = (0..40).map(|len| "ä€x\0"[..].chars().cycle().take(len).collect()).collect();
        let ids: Vec<CauseId> = texts.iter().map(|text| causes.keep(Some(text))).collect();
        let words = causes.words.len();
        for (id, text) in ids.iter().zip(&texts) {
            assert_eq!(causes.get(*id), Some(text.as_str()));
        }
        ids.iter().for_each(|id| causes.release(*id));
        let again: Vec<CauseId> = texts.iter().rev().map(|text| causes.keep(Some(text))).collect();
        assert_eq!(causes.words.len(), words, "all places are used again");
        for (id, text) in again.iter().rev().zip(&texts) {
            assert_eq!(causes.get(*id), Some(text.as_str()));
        }
    }
}
