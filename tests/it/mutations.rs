//! The checker against machine-made slips: one token of a rule file left out, doubled, swapped with the next or misspelt.
//!
//! Whatever comes of it is either legal or makes exactly one error, at most one token away from the slip. What is known to
//! be told otherwise is listed in [`EXCEPTIONS`], with the reason. `docs/checker.md` holds the table of the results;
//! `CAMPANILE_BLESS=1 cargo test mutations` writes it anew. `CAMPANILE_MUTATIONS=all` tries every token and shows what is
//! told otherwise.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use campanile::compile::check;
use campanile::diagnostics::{FileId, Sources};
use campanile::language::yaml::{self, Node};
use campanile::language::{Scalar, is_rule_file};

use crate::documents::{bless, read, root, write};
use crate::material;
use crate::valid::describe;

/// The rules that slips are made in.
const FOLDERS: [&str; 2] = ["rules", "tests/conformance/sample"];

/// One of so many slips is tried; which ones is decided by a seed.
const SAMPLE: u64 = 14;
const SEED: u64 = 20_260_305;

/// What is done to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    LeftOut,
    Doubled,
    Swapped,
    Misspelt,
}

impl Kind {
    const ALL: [Self; 4] = [Self::LeftOut, Self::Doubled, Self::Swapped, Self::Misspelt];

    const fn words(self) -> &'static str {
        match self {
            Self::LeftOut => "left out",
            Self::Doubled => "doubled",
            Self::Swapped => "swapped with the next",
            Self::Misspelt => "one letter wrong",
        }
    }
}

/// Where a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Room {
    /// In a rule text.
    Text,
    /// It is a key of the language.
    Key,
}

impl Room {
    const fn words(self) -> &'static str {
        match self {
            Self::Text => "rule text",
            Self::Key => "key",
        }
    }
}

/// What came of a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Legal,
    OnTheSpot,
    OneAway,
    Otherwise,
}

/// The tokens of one rule text or key, as bytes of the file.
struct Piece {
    room: Room,
    tokens: Vec<Range<usize>>,
}

/// The words, strings, signs and bracketed fields of a text.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut tokens: Vec<Range<usize>> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        let close = match first {
            '"' | '\'' => Some(first),
            '[' => Some(']'),
            _ => None,
        };
        let mut end = start + first.len_utf8();
        if first.is_whitespace() {
            continue;
        } else if let Some(close) = close {
            for (at, c) in chars.by_ref() {
                end = at + c.len_utf8();
                if c == close {
                    break;
                }
            }
        } else if is_word(first) {
            while let Some((at, c)) = chars.next_if(|(_, c)| is_word(*c)) {
                end = at + c.len_utf8();
            }
        } else if matches!(first, '<' | '>' | '!' | '=') {
            while let Some((at, c)) = chars.next_if(|(_, c)| *c == '=') {
                end = at + c.len_utf8();
            }
        }
        tokens.push(start..end);
    }
    tokens
}

/// Gathers the rule texts and the keys of the language; names that are declared are neither.
struct Gather<'a> {
    pieces: &'a mut Vec<Piece>,
}

impl Gather<'_> {
    fn piece(&mut self, scalar: &Scalar, room: Room) {
        let place = |token: Range<usize>| {
            let span = scalar.place(token.start, token.end);
            span.start as usize..span.end as usize
        };
        let tokens = tokens(scalar.text()).into_iter().map(place).collect();
        self.pieces.push(Piece { room, tokens });
    }

    /// A file.
    fn file(&mut self, root: &Node) {
        let Node::Mapping { entries, .. } = root else { return };
        for (key, value) in entries {
            self.piece(key, Room::Key);
            match key.text() {
                "settings" => self.keys(value),
                "fields" => self.under_names(value, Self::keys),
                "channels" | "sfdc_campaigns" => self.under_names(value, |gather, node| {
                    let Node::Mapping { entries, .. } = node else { return };
                    for (key, statuses) in entries {
                        gather.piece(key, Room::Key);
                        gather.under_names(statuses, Self::keys);
                    }
                }),
                "programs" | "webhooks" => self.under_names(value, Self::keys),
                "segments" => self.under_names(value, Self::texts),
                "smart_campaigns" => self.under_names(value, |gather, node| {
                    let Node::Mapping { entries, .. } = node else { return };
                    for (key, value) in entries {
                        gather.piece(key, Room::Key);
                        if matches!(key.text(), "triggers" | "schedule" | "filter" | "qualify" | "flow") {
                            gather.texts(value);
                        }
                    }
                }),
                _ => {}
            }
        }
    }

    fn under_names(&mut self, node: &Node, inside: impl Fn(&mut Self, &Node)) {
        let Node::Mapping { entries, .. } = node else { return };
        entries.iter().for_each(|(_, value)| inside(self, value));
    }

    fn keys(&mut self, node: &Node) {
        let Node::Mapping { entries, .. } = node else { return };
        entries.iter().for_each(|(key, _)| self.piece(key, Room::Key));
    }

    /// Everything below is a rule text, but what stands after `id`.
    fn texts(&mut self, node: &Node) {
        match node {
            Node::Scalar { scalar, .. } => self.piece(scalar, Room::Text),
            Node::Sequence { items, .. } => items.iter().for_each(|item| self.texts(item)),
            Node::Mapping { entries, .. } => {
                for (key, value) in entries {
                    self.piece(key, Room::Key);
                    if key.text() != "id" {
                        self.texts(value);
                    }
                }
            }
            Node::Poisoned(_) => {}
        }
    }
}

/// The rule files of a folder.
fn workspace(folder: &str) -> Vec<(String, String)> {
    let files = material::entries(&root().join(folder));
    let name = |path: &Path| format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
    let rules = files.iter().map(|path| name(path)).filter(|name| is_rule_file(name));
    rules.map(|name| (name.clone(), read(&name))).collect()
}

/// A slip: which file it is in, what it says then, and where.
struct Slip {
    room: Room,
    kind: Kind,
    file: usize,
    text: String,
    /// The bytes that are not as they were.
    place: Range<usize>,
    /// The same with the tokens before and after.
    around: Range<usize>,
    /// The token as it was; of swapped ones both.
    token: String,
    /// The rest of the line, and what stands there now.
    shown: String,
}

/// A deterministic number between 0 and `below`.
pub(crate) fn dice(seed: &mut u64, below: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % below
}

/// A token with one letter wrong: two changed places, one left out, one doubled or another one.
fn misspelt(token: &str, seed: &mut u64) -> Option<String> {
    let letters: Vec<usize> = token.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()).map(|(at, _)| at).collect();
    let at = *letters.get(usize::try_from(dice(seed, letters.len().max(1) as u64)).unwrap())?;
    let (before, rest) = token.split_at(at);
    let (letter, after) = rest.split_at(1);
    let spelt = match dice(seed, 4) {
        0 if after.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            format!("{before}{}{letter}{}", &after[..1], &after[1..])
        }
        1 if letters.len() > 1 => format!("{before}{after}"),
        2 => format!("{before}{letter}{letter}{after}"),
        _ => format!("{before}{}{after}", if letter == "x" { "q" } else { "x" }),
    };
    (spelt != token).then_some(spelt)
}

fn slip(
    text: &str,
    piece: &Piece,
    at: usize,
    kind: Kind,
    seed: &mut u64,
) -> Option<(String, Range<usize>, Range<usize>)> {
    let token = piece.tokens[at].clone();
    let written = &text[token.clone()];
    let next = piece.tokens.get(at + 1).cloned();
    let (mut from, mut to) = (token.start, token.end);
    let new = match kind {
        Kind::LeftOut => {
            // The space after it goes with it, or at the end the one before; words stay apart.
            if text[to..].starts_with(' ') && next.is_some() && text[..from].ends_with([' ', '\n', '(']) {
                to += 1;
            } else if text[..from].ends_with(' ')
                && at > 0
                && !text[to..].starts_with(|c: char| c.is_alphanumeric() || c == '[')
            {
                from -= 1;
            }
            String::new()
        }
        Kind::Doubled => format!("{written} {written}"),
        Kind::Swapped => {
            let next = next.clone()?;
            to = next.end;
            let other = &text[next.clone()];
            if other == written {
                return None;
            }
            format!("{other}{}{written}", &text[token.end..next.start])
        }
        Kind::Misspelt => misspelt(written, seed)?,
    };
    let changed = format!("{}{new}{}", &text[..from], &text[to..]);
    let place = from..from + new.len();
    let line = text[..token.start].rfind('\n').map_or(0, |at| at + 1);
    let start = if at > 0 { piece.tokens[at - 1].start } else { line };
    let last = piece.tokens.get(at + if kind == Kind::Swapped { 2 } else { 1 });
    let end_of_line = text[to..].find('\n').map_or(text.len(), |at| to + at);
    let end = last.map_or(end_of_line, |last| last.end);
    let around = start..(end + place.len() + from).saturating_sub(to).max(place.end);
    Some((changed, place, around))
}

fn slips(files: &[(String, String)], seed: &mut u64, all: bool) -> Vec<Slip> {
    let mut slips = Vec::new();
    for (file, (name, text)) in files.iter().enumerate() {
        let mut sources = Sources::new();
        sources.add(name.as_str(), text.as_str());
        let mut pieces = Vec::new();
        let node = yaml::parse(&sources, FileId(0), &mut Vec::new()).expect("a rule file");
        Gather { pieces: &mut pieces }.file(&node);
        for piece in &pieces {
            for at in 0..piece.tokens.len() {
                for kind in Kind::ALL {
                    // A key that is left out or doubled is another thing than a slip in a word.
                    if piece.room == Room::Key && kind != Kind::Misspelt {
                        continue;
                    }
                    let mut token = text[piece.tokens[at].clone()].to_owned();
                    if let Some(next) = piece.tokens.get(at + 1).filter(|_| kind == Kind::Swapped) {
                        token = format!("{token} {}", &text[next.clone()]);
                    }
                    let known = Exception::of(kind, &token).is_some();
                    let chosen = dice(seed, SAMPLE) == 0 || known;
                    let made = slip(text, piece, at, kind, seed);
                    let Some((changed, place, around)) = made.filter(|_| chosen || all) else { continue };
                    let shown =
                        format!("{} → {}", text[around.start..].lines().next().unwrap_or(""), &changed[around.clone()]);
                    slips.push(Slip { room: piece.room, kind, file, text: changed, place, around, token, shown });
                }
            }
        }
    }
    slips
}

/// The sources with each slip of the sample, one after another.
pub(crate) fn each_slip(mut take: impl FnMut(&Sources)) {
    let mut seed = SEED;
    for folder in FOLDERS {
        let files = workspace(folder);
        for slip in slips(&files, &mut seed, false) {
            take(&with_slip(&files, &slip));
        }
    }
}

fn with_slip(files: &[(String, String)], slip: &Slip) -> Sources {
    let mut sources = Sources::new();
    for (at, (name, text)) in files.iter().enumerate() {
        sources.add(name.as_str(), if at == slip.file { slip.text.as_str() } else { text.as_str() });
    }
    sources
}

fn told(files: &[(String, String)], slip: &Slip) -> (Told, String) {
    let sources = with_slip(files, slip);
    let findings = check(&sources).findings;
    let errors: Vec<_> = findings.iter().filter(|finding| finding.is_error()).collect();
    let lines: Vec<String> = errors.iter().map(|finding| describe(&sources, finding)).collect();
    let touches = |range: &Range<usize>| {
        errors.iter().all(|finding| {
            finding.span.file == FileId(u32::try_from(slip.file).unwrap())
                && finding.span.start as usize <= range.end
                && finding.span.end as usize >= range.start
        })
    };
    let told = match errors.len() {
        0 => Told::Legal,
        1 if touches(&slip.place) => Told::OnTheSpot,
        1 if touches(&slip.around) => Told::OneAway,
        _ => Told::Otherwise,
    };
    (told, lines.join("\n    "))
}

/// What is told otherwise, and why that is as well as it can be.
struct Exception {
    kind: Kind,
    /// The token that the slip is made in; of swapped ones both.
    token: &'static [&'static str],
    reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        kind: Kind::LeftOut,
        token: &["(", ")"],
        reason: "where a parenthesis is missing nobody can tell where it belonged, so its partner is named",
    },
    Exception {
        kind: Kind::Swapped,
        token: &["and did"],
        reason: "`did` goes to the other side of `and`: what is left on this side, `not perform`, is a slip of its own",
    },
];

impl Exception {
    fn of(kind: Kind, token: &str) -> Option<&'static Self> {
        EXCEPTIONS.iter().find(|exception| exception.kind == kind && exception.token.contains(&token))
    }
}

/// So many slips of the sample may be exceptions.
const EXCEPTIONS_MAX: usize = 18;

/// The results, by where the slip is and what kind it is.
type Results = BTreeMap<(Room, Kind), BTreeMap<Told, usize>>;

fn page(results: &Results) -> String {
    let mut page = String::from(INTRODUCTION);
    page.push_str(
        "| where | slip | tried | still legal | one error, on the spot | one error, one token away | otherwise |\n|---|---|--:|--:|--:|--:|--:|\n",
    );
    for ((room, kind), counts) in results {
        let of = |told: Told| counts.get(&told).copied().unwrap_or(0);
        let tried: usize = counts.values().sum();
        let (legal, spot, away) = (of(Told::Legal), of(Told::OnTheSpot), of(Told::OneAway));
        let (room, kind, other) = (room.words(), kind.words(), of(Told::Otherwise));
        writeln!(page, "| {room} | {kind} | {tried} | {legal} | {spot} | {away} | {other} |").unwrap();
    }
    page.push_str("\nTold otherwise:\n\n");
    for Exception { kind, token, reason } in EXCEPTIONS {
        let tokens: Vec<String> = token.iter().map(|token| format!("`{token}`")).collect();
        writeln!(page, "- {} {}: {reason}.", tokens.join(" or "), kind.words()).unwrap();
    }
    page
}

const INTRODUCTION: &str = "\
# What the checker makes of slips

One mistake should give one finding, at the place where the mistake is. This page measures how far that holds. In the
rule files of `rules/` and of `tests/conformance/sample` one token at a time is left out, doubled, swapped with the next
or given one wrong letter; a token is a word, a string, a sign or a field in brackets. Keys get a wrong letter. Names
keep their spelling where they are declared: a slip there is told where the name is used. Of all slips a fixed sample is
tried, and every one that is known to be told otherwise.

`tests/it/mutations.rs` makes this page; `CAMPANILE_BLESS=1 cargo test mutations` writes it anew.

";

#[test]
#[expect(clippy::print_stdout, reason = "the results of all slips are for whoever asked for them")]
fn a_slip_is_one_finding_on_the_spot() {
    let all = std::env::var_os("CAMPANILE_MUTATIONS").is_some();
    let (mut seed, mut results) = (SEED, Results::new());
    let (mut exceptions, mut wrong) = (0, Vec::new());
    for folder in FOLDERS {
        let files = workspace(folder);
        for slip in slips(&files, &mut seed, all) {
            let (told, lines) = told(&files, &slip);
            *results.entry((slip.room, slip.kind)).or_default().entry(told).or_default() += 1;
            if told != Told::Otherwise {
                continue;
            }
            if Exception::of(slip.kind, &slip.token).is_some() {
                exceptions += 1;
            } else {
                wrong.push(format!("{}: {}: {}\n    {lines}", files[slip.file].0, slip.kind.words(), slip.shown));
            }
        }
    }
    assert!(wrong.is_empty(), "{} slips are told otherwise:\n{}", wrong.len(), wrong.join("\n"));
    if all {
        println!("{}", page(&results));
        return;
    }
    assert!(exceptions <= EXCEPTIONS_MAX, "{exceptions} exceptions");
    let tried: usize = results.values().flat_map(BTreeMap::values).sum();
    assert!(tried >= 300, "only {tried} slips");
    let page = page(&results);
    if bless() {
        write("docs/checker.md", &page);
    } else {
        assert_eq!(read("docs/checker.md"), page, "`CAMPANILE_BLESS=1 cargo test mutations` renews docs/checker.md");
    }
}
