//! Values as JSON, put behind other bytes one by one: what [`super::Record`] writes through `serde`, byte for byte, in a
//! fraction of the time. Most of a run's bytes are action records, and most texts in them need no escape.

use std::io::Write as _;

use super::write::Part;
use crate::model::{Date, Key, MILLIS_A_DAY, RunId, Timestamp, Value};

/// A byte in each of the eight places of a word.
const fn everywhere(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Not zero when one of eight bytes is less than `limit`, which is at most 128.
const fn less(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(everywhere(limit)) & !word & everywhere(0x80)
}

/// Not zero when one of eight bytes is `byte`.
const fn equal(word: u64, byte: u8) -> u64 {
    less(word ^ everywhere(byte), 1)
}

/// Not zero when JSON wants one of eight bytes escaped.
const fn escaped(word: u64) -> u64 {
    less(word, b' ') | equal(word, b'"') | equal(word, b'\\')
}

/// The same, or when a run's name has it encoded.
const fn encoded(word: u64) -> u64 {
    escaped(word) | equal(word, b'%') | equal(word, b'/')
}

/// Whether `wanted` finds nothing in a text.
fn is_plain(text: &str, wanted: impl Fn(u64) -> u64) -> bool {
    let bytes = text.as_bytes();
    let (words, rest) = bytes.as_chunks::<8>();
    // The bytes behind the last whole word, with some of those before; of a short text with spaces, which nobody wants.
    let last = match bytes.last_chunk::<8>() {
        Some(last) => *last,
        None => {
            let mut last = [b' '; 8];
            last.iter_mut().zip(rest).for_each(|(slot, byte)| *slot = *byte);
            last
        }
    };
    words.iter().chain([&last]).fold(0, |found, word| found | wanted(u64::from_le_bytes(*word))) == 0
}

/// A text in quotes.
fn put_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    if is_plain(text, escaped) {
        out.extend_from_slice(text.as_bytes());
    } else {
        escape(text, out);
    }
    out.push(b'"');
}

fn escape(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        let sign = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            0x00..0x20 => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&hex(byte));
                continue;
            }
            _ => {
                out.push(byte);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', sign]);
    }
}

/// Two hexadecimal digits.
fn hex(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|digit| if digit < 10 { b'0' + digit } else { b'a' - 10 + digit })
}

/// The digits of a number.
fn put_digits(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        *digit = decimal(number % 10);
        number /= 10;
        first = at;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(first..).unwrap_or_default());
}

/// The digit of what is less than ten.
const fn decimal(number: u64) -> u8 {
    b'0' + (number % 10) as u8
}

const fn two(number: u32) -> [u8; 2] {
    [decimal(number as u64 / 10), decimal(number as u64)]
}

fn day(day: Date) -> [u8; 10] {
    let (year, month, day) = day.parts();
    let year = year.unsigned_abs();
    let ([a, b], [c, d]) = (two(year / 100), two(year % 100));
    let ([e, f], [g, h]) = (two(month), two(day));
    [a, b, c, d, b'-', e, f, b'-', g, h]
}

fn put_day(date: Date, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(&day(date));
    out.push(b'"');
}

fn put_moment(at: Timestamp, out: &mut Vec<u8>) {
    let date = Date(i32::try_from(at.0.div_euclid(MILLIS_A_DAY)).unwrap_or(0));
    let millis = u32::try_from(at.0.rem_euclid(MILLIS_A_DAY)).unwrap_or(0);
    let (seconds, millis) = (millis / 1000, millis % 1000);
    let [a, b, c, d, _, e, f, _, g, h] = day(date);
    let ([i, j], [k, l], [m, n]) = (two(seconds / 3600), two(seconds / 60 % 60), two(seconds % 60));
    out.extend_from_slice(&[b'"', a, b, c, d, b'-', e, f, b'-', g, h, b'T', i, j, b':', k, l, b':', m, n]);
    if millis > 0 {
        let [o, p] = two(millis % 100);
        out.extend_from_slice(&[b'.', decimal(u64::from(millis) / 100), o, p]);
    }
    out.extend_from_slice(b"Z\"");
}

fn put_run(run: &RunId<'_>, out: &mut Vec<u8>) {
    let RunId { campaign, person, number } = run;
    if !is_plain(campaign, encoded) || !is_plain(person, encoded) {
        return put_text(&run.to_string(), out);
    }
    out.push(b'"');
    for name in [campaign, person] {
        out.extend_from_slice(name.as_bytes());
        out.push(b'/');
    }
    put_digits(u64::from(*number), out);
    out.push(b'"');
}

fn put_key(key: &Key, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in key.0 {
        out.extend_from_slice(&hex(byte));
    }
    out.push(b'"');
}

/// A key that is not the first, and its value.
pub(super) fn put_entry(key: &str, part: Part<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
    put(part, out);
}

/// One value of an action record.
fn put(part: Part<'_>, out: &mut Vec<u8>) {
    match part {
        Part::Text(text) => put_text(text, out),
        Part::Run(run) => put_run(run, out),
        Part::Key(key) => put_key(key, out),
        Part::Moment(at) => put_moment_or_show(at, out),
        Part::Value(value) => put_value(value, out),
        Part::Boolean(flag) => put_boolean(flag, out),
        Part::Count(number) => put_digits(number, out),
        Part::Names(names) => {
            out.push(b'[');
            for (at, name) in names.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                put_text(name, out);
            }
            out.push(b']');
        }
    }
}

/// What cannot be written in four digits of a year is shown as it is elsewhere.
fn put_moment_or_show(at: Timestamp, out: &mut Vec<u8>) {
    if (Timestamp::MIN..=Timestamp::MAX).contains(&at) { put_moment(at, out) } else { put_text(&at.to_string(), out) }
}

fn put_boolean(flag: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if flag { b"true" } else { b"false" });
}

fn put_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Empty => out.extend_from_slice(b"null"),
        Value::Text(text) => put_text(text, out),
        Value::Integer(number) => {
            if *number < 0 {
                out.push(b'-');
            }
            put_digits(number.unsigned_abs(), out);
        }
        Value::Number(number) => {
            // A vector takes every byte.
            let _ = write!(out, "{}", number.normalize());
        }
        Value::Boolean(flag) => put_boolean(*flag, out),
        Value::Date(date) if (Date::MIN..=Date::MAX).contains(date) => put_day(*date, out),
        Value::Date(date) => put_text(&date.to_string(), out),
        Value::DateTime(at) => put_moment_or_show(*at, out),
    }
}
