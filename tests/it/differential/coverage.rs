//! What generated cases exercise: everything of the language must come up, or the comparison proves little.

use std::collections::BTreeSet;

use campanile::Outcome;
use campanile::meaning::Rulebook;
use campanile::testkit::generate::Input;

pub(super) fn rules(_rules: &Rulebook, _seen: &mut BTreeSet<String>) {}
pub(super) fn input(_input: &Input, _seen: &mut BTreeSet<String>) {}
pub(super) fn outcome(_outcome: &Outcome<'_>, _seen: &mut BTreeSet<String>) {}
pub(super) fn check(_seen: &BTreeSet<String>) {}
