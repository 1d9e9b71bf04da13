//! How suggestions and lists of names are worded, in one place.

/// How many suggestions are offered at most.
const SUGGESTIONS_MAX: usize = 3;
/// How many names a list of alternatives shows before it is cut.
const ALTERNATIVES_MAX: usize = 8;
/// Longer names are not compared: the answer would not help.
const NAME_CHARS_MAX: usize = 120;

/// The names nearest to `wrong`, nearest first, at most three and only when they are close. Case is ignored first: a
/// name that differs in case alone is nearer than any other.
pub fn closest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if wrong.chars().count() > NAME_CHARS_MAX {
        return Vec::new();
    }
    let folded = wrong.to_lowercase();
    let length = folded.chars().count();
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .filter(|name| name.chars().count() <= NAME_CHARS_MAX)
        .filter_map(|name| {
            let other = name.to_lowercase();
            let distance = strsim::osa_distance(&folded, &other);
            let limit = (length.max(other.chars().count()) / 3).clamp(1, 4);
            let prefix = length >= 4 && (other.starts_with(&folded) || folded.starts_with(&other));
            if distance <= limit {
                Some((distance, name))
            } else if prefix {
                Some((limit + 1, name))
            } else {
                None
            }
        })
        .collect();
    near.sort();
    near.dedup();
    near.truncate(SUGGESTIONS_MAX);
    near.into_iter().map(|(_, name)| name).collect()
}

/// `text` in backticks.
pub fn in_backticks(text: &str) -> String {
    format!("`{text}`")
}

/// `a`, `a or b`, `a, b or c`; a long list is cut with how many are left out.
pub fn one_of(names: &[String]) -> String {
    let shown = names.get(..names.len().min(ALTERNATIVES_MAX)).unwrap_or(names);
    let left = names.len() - shown.len();
    match shown {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] if left == 0 => format!("{} or {last}", all.join(", ")),
        all => format!("{} and {left} more", all.join(", ")),
    }
}

/// The help for an unknown name: `did you mean …?` when something is close, else what there is, else that there is none.
pub fn help_for_name<'a>(wrong: &str, what: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let names: Vec<&str> = names.into_iter().collect();
    let near = closest(wrong, names.iter().copied());
    if !near.is_empty() {
        let near: Vec<String> = near.into_iter().map(in_backticks).collect();
        return vec![format!("did you mean {}?", one_of(&near))];
    }
    if names.is_empty() {
        return vec![format!("no {what} is declared")];
    }
    let all: Vec<String> = names.into_iter().map(in_backticks).collect();
    vec![format!("there is {}", one_of(&all))]
}
