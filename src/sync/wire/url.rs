//! Texts in addresses and forms.

use std::fmt::Write as _;

/// Pairs as a form or a query: `a=1&b=x%20y`.
pub fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(&path_part(name));
        text.push('=');
        text.push_str(&path_part(value));
    }
    text
}

/// A text with everything but letters, digits and `-._~` encoded.
pub fn path_part(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
