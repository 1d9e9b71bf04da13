//! Every word of a scalar is found at its place in the file, in every style; and values are those that another reader finds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::{Node, parse};
use crate::diagnostics::Sources;
use crate::language::Scalar;

/// The scalar under `key` of a file, which must be read without a word.
fn scalar(text: &str) -> Scalar {
    let mut sources = Sources::new();
    let file = sources.add("a.yaml", text);
    let mut findings = Vec::new();
    let node = parse(&sources, file, &mut findings);
    assert!(findings.is_empty(), "{text}\n{findings:?}");
    let Some(Node::Mapping { entries, .. }) = node else { panic!("{text}") };
    let value = entries.into_iter().find(|(key, _)| key.text() == "key").map(|(_, value)| value);
    let Some(Node::Scalar { scalar, .. }) = value else { panic!("{text}") };
    scalar
}

/// A value as the other reader has it.
fn oracle(text: &str) -> String {
    let value: serde_yaml::Value = serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    value["key"].as_str().unwrap_or_else(|| panic!("{text}")).to_owned()
}

const STYLES: &[&str] = &["plain", "single", "double", "literal", "literal strip", "literal keep", "folded"];

/// A file with the words as lines of one scalar, behind lines that are longer in bytes than in characters.
fn file(style: &str, lines: &[Vec<String>], indent: usize) -> String {
    let pad = " ".repeat(indent);
    let joined = |quote: &dyn Fn(&str) -> String| {
        let lines: Vec<String> =
            lines.iter().map(|words| words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")).collect();
        lines.join(&format!("\n{pad}"))
    };
    let same = |word: &str| word.to_owned();
    let value = match style {
        "single" => format!("'{}'", joined(&|word| word.replace('\'', "''"))),
        "double" => {
            format!("\"{}\"", joined(&|word| word.replace('\\', "\\\\").replace('"', "\\\"").replace('é', "\\u00e9")))
        }
        "literal" => format!("|\n{pad}{}\n", joined(&same)),
        "literal strip" => format!("|-\n{pad}{}\n", joined(&same)),
        "literal keep" => format!("|+\n{pad}{}\n\n", joined(&same)),
        "folded" => format!(">\n{pad}{}\n", joined(&same)),
        _ => joined(&same),
    };
    format!("# 東京 🚀\nother: é\nkey: {value}\nlast: 1\n")
}

fn words() -> impl Strategy<Value = Vec<Vec<String>>> {
    let word = prop_oneof![
        4 => "[a-zé東🚀]{1,6}",
        1 => Just("it's".to_owned()),
        1 => Just("\\n".to_owned()),
        1 => Just("say\"so\"".to_owned()),
    ];
    proptest::collection::vec(proptest::collection::vec(word, 1..5), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_are_found_where_they_stand(
        lines in words(),
        style in proptest::sample::select(STYLES),
        indent in 1_usize..5,
    ) {
        let text = file(style, &lines, indent);
        let scalar = scalar(&text);
        prop_assert_eq!(scalar.text(), oracle(&text), "{}", text);
        let mut at = 0;
        for word in lines.iter().flatten() {
            let start = at + scalar.text()[at..].find(word.as_str()).expect("the word");
            at = start + word.len();
            let place = scalar.place(start, at);
            let written = &text[place.start as usize..place.end as usize];
            let read = match style {
                "single" => written.replace("''", "'"),
                "double" => written.replace("\\\"", "\"").replace("\\u00e9", "é").replace("\\\\", "\\"),
                _ => written.to_owned(),
            };
            prop_assert_eq!(&read, word, "{} of\n{}", style, text);
        }
    }
}

#[test]
fn escapes_and_folds_keep_their_places() {
    for (value, word, at) in [
        (r#""a\tb \U0001F600 c""#, "c", r#""a\tb \U0001F600 "#.len()),
        ("\"a \\\n  b c\"", "c", "\"a \\\n  b ".len()),
        ("'it''s\n\n   far'", "far", "'it''s\n\n   ".len()),
        (">-\n  one\n  two\n\n  three", "three", ">-\n  one\n  two\n\n  ".len()),
        ("|2\n   deep\n  less", "less", "|2\n   deep\n  ".len()),
        ("plain\n  over lines", "lines", "plain\n  over ".len()),
    ] {
        let text = format!("key: {value}\n");
        let scalar = scalar(&text);
        assert_eq!(scalar.text(), oracle(&text), "{text}");
        let start = scalar.text().rfind(word).unwrap();
        let place = scalar.place(start, start + word.len());
        assert_eq!(place.start as usize, "key: ".len() + at, "{text}");
        assert_eq!(&text[place.start as usize..place.end as usize], word, "{text}");
    }
}

/// What could take for ever or use all memory is refused, in time.
#[test]
fn hostile_files_are_refused() {
    let deep_flow = format!("key: {}", "[".repeat(100_000));
    let deep_block: String = (0..3_000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    let laughs: String = (0..10)
        .map(|level| format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level.max(1) - 1); 9].join(", ")))
        .collect();
    let large = format!("key: {}\n", "x".repeat(super::FILE_BYTES_MAX));
    for (text, code) in [(deep_flow, "E0109"), (deep_block, "E0109"), (laughs, "E0104"), (large, "E0109")] {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", text.as_str());
        let mut findings = Vec::new();
        parse(&sources, file, &mut findings);
        let shown: String = text.chars().take(30).collect();
        assert!(findings.iter().any(|finding| finding.code.id() == code), "{shown}: {findings:?}");
    }
}

/// A token in a text without quotes can take the quotes apart in which it stands. It is blamed, and nothing after it.
#[test]
fn a_token_without_quotes_is_one_mistake() {
    for (line, token) in [
        ("- send alert \"Hot: {{person.Last Name}}\"", "{{person.Last Name}}"),
        ("- {{my.Step}}", "{{my.Step}}"),
        ("[set Country to \"{{trigger.status}}\"]", "{{trigger.status}}"),
        ("[send email \"{{my.Thanks}}, and good bye\", do nothing]", "{{my.Thanks}}"),
    ] {
        let text = format!("flow:\n  {line}\nfilter: Country is \"NL\", \"BE\"\n");
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", text.as_str());
        let mut findings = Vec::new();
        parse(&sources, file, &mut findings);
        let found: Vec<(&str, &str)> =
            findings.iter().map(|finding| (finding.code.id(), sources.text(finding.span))).collect();
        assert_eq!(found, [("E0112", token)], "{text}");
    }
}
