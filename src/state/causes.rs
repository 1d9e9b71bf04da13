//! What started waiting runs: ids of outside events, each kept once and only as long as a run waits.

use hashbrown::HashMap;
use smol_str::SmolStr;

/// A cause that is kept; the first is "nothing".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CauseId(u32);

impl CauseId {
    /// No outside event: a schedule, a batch or time itself.
    pub const NONE: Self = Self(0);
}

/// Causes with the number of runs that have them.
#[derive(Debug, Clone, Default)]
pub struct Causes {
    kept: Vec<(SmolStr, u32)>,
    free: Vec<CauseId>,
    by_text: HashMap<SmolStr, CauseId>,
}

impl Causes {
    /// Keeps a cause for one more run.
    pub fn keep(&mut self, cause: Option<&str>) -> CauseId {
        let Some(text) = cause else { return CauseId::NONE };
        let id = match self.by_text.get(text) {
            Some(id) => *id,
            None => {
                let id = self.free.pop().unwrap_or_else(|| {
                    self.kept.push((SmolStr::default(), 0));
                    CauseId(u32::try_from(self.kept.len()).unwrap_or(u32::MAX))
                });
                let text = SmolStr::new(text);
                self.by_text.insert(text.clone(), id);
                if let Some(slot) = self.slot(id) {
                    slot.0 = text;
                }
                id
            }
        };
        if let Some(slot) = self.slot(id) {
            slot.1 += 1;
        }
        id
    }

    /// Takes the cause of a run that no longer waits.
    pub fn take(&mut self, id: CauseId) -> Option<SmolStr> {
        let (text, runs) = self.slot(id)?;
        *runs -= 1;
        if *runs > 0 {
            return Some(text.clone());
        }
        let text = std::mem::take(text);
        self.by_text.remove(&text);
        self.free.push(id);
        Some(text)
    }

    /// The cause of runs that still wait.
    pub fn get(&self, id: CauseId) -> Option<&str> {
        let (text, _) = self.kept.get((id.0 as usize).checked_sub(1)?)?;
        Some(text)
    }

    fn slot(&mut self, id: CauseId) -> Option<&mut (SmolStr, u32)> {
        self.kept.get_mut((id.0 as usize).checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_kept_as_long_as_a_run_has_it() {
        let mut causes = Causes::default();
        assert_eq!(causes.keep(None), CauseId::NONE);
        assert_eq!(causes.take(CauseId::NONE), None);
        let first = causes.keep(Some("e1"));
        assert_eq!(causes.keep(Some("e1")), first);
        assert_eq!((causes.take(first), causes.take(first)), (Some(SmolStr::new("e1")), Some(SmolStr::new("e1"))));
        let other = causes.keep(Some("e2"));
        assert_eq!(other, first, "the place is used again");
        assert_eq!((causes.kept.len(), causes.by_text.len()), (1, 1));
    }
}
