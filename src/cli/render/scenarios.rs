//! Results of scenarios: for people, as JSON and as JUnit XML.

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;

use super::{columns, count, padded};
use crate::analysis::coverage::Coverage;
use crate::scenario::{Failure, ScenarioResult};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// Columns narrower than this are not set side by side.
const COLUMN_MIN: usize = 30;
const INDENT: &str = "    ";

/// Writes what failed, expected and actual side by side when `width` leaves room, and how many passed.
pub fn human(results: &[ScenarioResult], width: usize, out: &mut impl Write) -> io::Result<()> {
    for result in results.iter().filter(|result| !result.passed) {
        writeln!(out, "{BAD}failed{BAD:#} {}", plain(&result.name))?;
        for failure in &result.failures {
            writeln!(out, "  {}:{}: {}", plain(&result.file), failure.line, plain(&failure.message))?;
            compare(failure, width, out)?;
        }
        writeln!(out)?;
    }
    let failed = results.iter().filter(|result| !result.passed).count();
    let passed = results.len() - failed;
    if failed == 0 {
        writeln!(out, "{GOOD}{} passed{GOOD:#}", count(passed, "scenario"))
    } else {
        writeln!(out, "{BAD}{} failed{BAD:#}, {passed} passed", count(failed, "scenario"))
    }
}

fn compare(failure: &Failure, width: usize, out: &mut impl Write) -> io::Result<()> {
    let expected = lines(&failure.expected);
    let actual = lines(&failure.actual);
    let widest = |lines: &[String]| lines.iter().map(|line| columns(line)).max().unwrap_or(0);
    let room = width.saturating_sub(INDENT.len() + 3) / 2;
    let column = widest(&expected).max("expected".len()).min(room);
    if room >= COLUMN_MIN
        && widest(&actual) <= width.saturating_sub(INDENT.len() + column + 3)
        && widest(&expected) <= room
    {
        writeln!(out, "{INDENT}{DIM}{:column$}   actual{DIM:#}", "expected")?;
        for (left, right) in pairs(&expected, &actual) {
            let (style, sign) = if left == right { (Style::new(), ' ') } else { (BAD, '|') };
            let (left, right) = (left.unwrap_or(""), right.unwrap_or(""));
            let text = format!("{} {sign} {right}", padded(left, column));
            writeln!(out, "{INDENT}{style}{}{style:#}", text.trim_end())?;
        }
    } else {
        for (title, lines) in [("expected", expected), ("actual", actual)] {
            writeln!(out, "{INDENT}{DIM}{title}{DIM:#}")?;
            for line in lines {
                writeln!(out, "{INDENT}  {line}")?;
            }
        }
    }
    Ok(())
}

/// Pairs equal lines (the longest common subsequence); what stands between them is paired in order.
fn pairs<'a>(left: &'a [String], right: &'a [String]) -> Vec<(Option<&'a str>, Option<&'a str>)> {
    // lengths[i][j]: how many lines left[i..] and right[j..] have in common.
    let mut lengths: Vec<Vec<usize>> = vec![vec![0; right.len() + 1]];
    for a in left.iter().rev() {
        let below = lengths.last().cloned().unwrap_or_default();
        let mut row = vec![0; right.len() + 1];
        let mut after = 0;
        for ((b, cell), (down, diagonal)) in
            right.iter().zip(row.iter_mut()).rev().zip(below.iter().zip(below.iter().skip(1)).rev())
        {
            *cell = if a == b { diagonal + 1 } else { after.max(*down) };
            after = *cell;
        }
        lengths.push(row);
    }
    lengths.reverse();
    let common = |i: usize, j: usize| lengths.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    let (mut i, mut j) = (0, 0);
    let (mut gone, mut new): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    let mut found = Vec::new();
    let settle = |gone: &mut Vec<&'a str>, new: &mut Vec<&'a str>, found: &mut Vec<_>| {
        for at in 0..gone.len().max(new.len()) {
            found.push((gone.get(at).copied(), new.get(at).copied()));
        }
        gone.clear();
        new.clear();
    };
    loop {
        match (left.get(i), right.get(j)) {
            (Some(a), Some(b)) if a == b => {
                settle(&mut gone, &mut new, &mut found);
                found.push((Some(a.as_str()), Some(b.as_str())));
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), b) if b.is_none() || common(i + 1, j) >= common(i, j + 1) => {
                gone.push(a);
                i += 1;
            }
            (_, Some(b)) => {
                new.push(b);
                j += 1;
            }
            (_, None) => break,
        }
    }
    settle(&mut gone, &mut new, &mut found);
    found
}

/// The lines of a text; a line that is a JSON object is shown as YAML, which is easier to read.
fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let object = line.trim_start().starts_with('{');
        match object.then(|| serde_json::from_str::<serde_yaml::Value>(line)) {
            Some(Ok(value)) => match serde_yaml::to_string(&value) {
                Ok(yaml) => lines.extend(
                    yaml.lines()
                        .enumerate()
                        .map(|(at, line)| plain(&format!("{}{line}", if at == 0 { "- " } else { "  " }))),
                ),
                Err(_) => lines.push(plain(line)),
            },
            Some(Err(_)) | None => lines.push(plain(line)),
        }
    }
    lines
}

/// User text without what a terminal would take for a command.
fn plain(text: &str) -> String {
    annotate_snippets::normalize_untrusted_str(text)
}

#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    passed: usize,
    failed: usize,
    scenarios: Vec<One<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct One<'a> {
    file: &'a str,
    name: &'a str,
    passed: bool,
    failures: Vec<OneFailure<'a>>,
}

#[derive(Serialize)]
struct OneFailure<'a> {
    line: u32,
    message: &'a str,
    expected: &'a str,
    actual: &'a str,
}

/// Writes the results as one JSON object and a line break.
pub fn json(results: &[ScenarioResult], coverage: Option<&Coverage>, out: &mut impl Write) -> io::Result<()> {
    let passed = results.iter().filter(|result| result.passed).count();
    let scenarios = results
        .iter()
        .map(|ScenarioResult { file, name, passed, failures }| One {
            file,
            name,
            passed: *passed,
            failures: failures
                .iter()
                .map(|Failure { line, message, expected, actual }| OneFailure {
                    line: *line,
                    message,
                    expected,
                    actual,
                })
                .collect(),
        })
        .collect();
    let coverage = coverage.map(super::coverage::json);
    let answer = Answer { version: 1, passed, failed: results.len() - passed, scenarios, coverage };
    serde_json::to_writer_pretty(&mut *out, &answer)?;
    writeln!(out)
}

/// Writes the results as JUnit XML, a suite for each file.
pub fn junit(results: &[ScenarioResult], out: &mut impl Write) -> io::Result<()> {
    let failed = |results: &[&ScenarioResult]| results.iter().filter(|result| !result.passed).count();
    let all: Vec<&ScenarioResult> = results.iter().collect();
    let mut suites: BTreeMap<&str, Vec<&ScenarioResult>> = BTreeMap::new();
    for result in results {
        suites.entry(&result.file).or_default().push(result);
    }
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"campanile\" tests=\"{}\" failures=\"{}\">", all.len(), failed(&all))?;
    for (file, results) in suites {
        let (tests, failures) = (results.len(), failed(&results));
        writeln!(out, "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\">", xml(file))?;
        for result in results {
            write!(out, "    <testcase classname=\"{}\" name=\"{}\"", xml(file), xml(&result.name))?;
            if result.failures.is_empty() {
                writeln!(out, "/>")?;
                continue;
            }
            writeln!(out, ">")?;
            for Failure { line, message, expected, actual } in &result.failures {
                let text = format!("{file}:{line}: {message}\nexpected:\n{expected}\nactual:\n{actual}");
                writeln!(out, "      <failure message=\"{}\">{}</failure>", xml(message), xml(&text))?;
            }
            writeln!(out, "    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// Text for XML 1.0, which has no place at all for most control characters.
fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push(char::REPLACEMENT_CHARACTER),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn results() -> Vec<ScenarioResult> {
        let result = |name: &str, failures: Vec<Failure>| ScenarioResult {
            file: "a.test.yaml".to_owned(),
            name: name.to_owned(),
            passed: failures.is_empty(),
            failures,
        };
        vec![
            result("everything is as expected", Vec::new()),
            result(
                "two & <three>",
                vec![
                    Failure {
                        line: 12,
                        message: "other actions happened".to_owned(),
                        expected: "  person: ada\n> person: bob\n  person: dan".to_owned(),
                        actual: "  person: ada\n> person: cem\n  person: dan\n  person: eve".to_owned(),
                    },
                    Failure {
                        line: 15,
                        message: "`ada` is not as expected".to_owned(),
                        expected: "{\"type\":\"action\",\"person\":\"ada\"}".to_owned(),
                        actual: "nothing\u{1b}[31m".to_owned(),
                    },
                ],
            ),
        ]
    }

    fn text(write: impl Fn(&[ScenarioResult], &mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&results(), &mut out).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
    }

    #[test]
    fn side_by_side() {
        insta::assert_snapshot!(text(|results, out| human(results, 100, out)));
    }

    #[test]
    fn one_below_the_other() {
        insta::assert_snapshot!(text(|results, out| human(results, 40, out)));
    }

    #[test]
    fn as_json() {
        insta::assert_snapshot!(text(|results, out| json(results, None, out)));
    }

    #[test]
    fn as_junit() {
        insta::assert_snapshot!(text(junit));
    }
}
