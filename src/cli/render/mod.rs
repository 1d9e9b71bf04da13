//! What is shown: siblings over plain data, each for another reader.

pub mod coverage;
pub mod github;
pub mod human;
pub mod json;
pub mod markdown;
pub mod passes;
pub mod sarif;
pub mod scenarios;
pub mod schema;

/// `1 error`, `2 errors`, `1,204 errors`.
pub fn count(number: usize, what: &str) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} {what}{}", if number == 1 { "" } else { "s" })
}
