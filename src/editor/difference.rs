//! The smallest change of whole lines that makes one text of another: cursors and folds elsewhere stay where they are.

use std::ops::Range;

/// What to replace in `old`, and by what, so that it becomes `new`; `None` where they are the same.
///
/// ```
/// use campanile::editor::difference;
/// assert_eq!(difference("a\nb\nc\n", "a\nB\nc\n"), Some((2..4, "B\n".to_owned())));
/// assert_eq!(difference("a\n", "a\n"), None);
/// ```
pub fn difference(old: &str, new: &str) -> Option<(Range<usize>, String)> {
    if old == new {
        return None;
    }
    let same = |a: &mut dyn Iterator<Item = &str>, b: &mut dyn Iterator<Item = &str>| -> usize {
        a.zip(b).take_while(|(a, b)| a == b).map(|(line, _)| line.len()).sum()
    };
    let lines = |text: &'_ str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    let (a, b) = (lines(old), lines(new));
    let start = same(&mut a.iter().map(String::as_str), &mut b.iter().map(String::as_str));
    let end = same(&mut a.iter().rev().map(String::as_str), &mut b.iter().rev().map(String::as_str));
    // What is the same at both ends must not be counted twice.
    let end = end.min(old.len() - start).min(new.len() - start);
    let end = if old.is_char_boundary(old.len() - end) && new.is_char_boundary(new.len() - end) { end } else { 0 };
    let inside = new.get(start..new.len() - end).unwrap_or("").to_owned();
    Some((start..old.len() - end, inside))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_change_makes_one_of_the_other() {
        for (old, new) in [
            ("", "a\n"),
            ("a\n", ""),
            ("a\na\n", "a\na\na\n"),
            ("a\na\na\n", "a\n"),
            ("é\nb", "é\nb\n"),
            ("a\nb\nc\nd\n", "a\nx\ny\nd\n"),
        ] {
            let (range, inside) = difference(old, new).unwrap();
            let mut changed = old.to_owned();
            changed.replace_range(range, &inside);
            assert_eq!(changed, new);
        }
    }
}
