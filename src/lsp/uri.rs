//! Addresses of documents and the paths that they stand for.

use std::str::FromStr as _;

use lsp_types::Uri;

/// The path of a file, with `/` between folders; `None` for what is no file on this machine.
pub(super) fn path(uri: &Uri) -> Option<String> {
    let rest = uri.as_str().strip_prefix("file://")?;
    // A host that is not empty is another machine's.
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let path = decoded(rest.split(['?', '#']).next()?)?;
    let drive = path.strip_prefix('/').filter(|rest| rest.as_bytes().get(1) == Some(&b':'));
    match drive {
        // `/C:/rules` is `c:/rules`; editors do not agree on the capital.
        Some(rest) => {
            let (letter, rest) = rest.split_at_checked(1)?;
            Some(format!("{}{rest}", letter.to_ascii_lowercase()))
        }
        None => path.starts_with('/').then_some(path),
    }
}

/// The address of a file.
pub(super) fn of_path(path: &str) -> Option<Uri> {
    let mut text = String::from("file://");
    if !path.starts_with('/') {
        text.push('/');
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    Uri::from_str(&text).ok()
}

/// A text with its `%41` undone.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn there_and_back() {
        for path_ in ["/home/ada/rules/a b.yaml", "/tmp/é🚀/100%.yaml", "c:/rules/a#b?.yaml"] {
            assert_eq!(path(&of_path(path_).unwrap()).as_deref(), Some(path_));
        }
        let read = |text: &str| path(&Uri::from_str(text).unwrap());
        assert_eq!(read("file:///C%3A/rules").as_deref(), Some("c:/rules"));
        assert_eq!(read("untitled:Untitled-1"), None);
        assert_eq!(read("file://elsewhere/rules"), None);
    }
}
