//! The order of what a log tells.

use super::*;

fn step(old: &str, new: &str, at: u32) -> Step {
    let status = |name: &str| (name != "-").then(|| name.to_owned());
    Step { old: status(old), new: status(new), at: Seconds(at) }
}

fn last(steps: Vec<Step>, start: &str) -> Option<String> {
    let start = (start != "-").then(|| start.to_owned());
    in_order(steps, start.as_ref()).pop().and_then(|step| step.new)
}

#[test]
fn time_comes_first() {
    let steps = vec![step("B", "C", 9), step("A", "B", 8)];
    assert_eq!(in_order(steps, None), [step("A", "B", 8), step("B", "C", 9)]);
}

#[test]
fn within_one_second_each_step_begins_where_the_last_one_ended() {
    // Whatever the order of the page.
    let there = || (step("A", "B", 8), step("B", "A", 8), step("A", "-", 8));
    let orders = [
        |(one, two, three)| vec![one, two, three],
        |(one, two, three)| vec![three, two, one],
        |(one, two, three)| vec![two, three, one],
        |(one, two, three)| vec![three, one, two],
    ];
    for order in orders {
        assert_eq!(last(order(there()), "A"), None, "{:?}", order(there()));
    }
}

#[test]
fn where_the_log_may_be_as_it_is_it_is_so() {
    // Added and removed: from what is known now, the other order would do as well.
    let steps = vec![step("-", "A", 8), step("A", "-", 8)];
    assert_eq!(last(steps, "A"), None);
}

#[test]
fn a_log_that_does_not_fit_stays_as_it_is() {
    let steps = vec![step("A", "B", 8), step("C", "D", 8)];
    assert_eq!(in_order(steps.clone(), None), steps);
}
