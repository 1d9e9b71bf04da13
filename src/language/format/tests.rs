#![allow(clippy::unwrap_used, reason = "tests")]

use super::{Unformatted, format};

/// Lays a text out, and sees that doing it again changes nothing.
fn laid_out(text: &str) -> String {
    let once = format("a.yaml", text).unwrap();
    assert_eq!(format("a.yaml", &once).unwrap(), once, "{text}");
    once
}

#[test]
fn layout() {
    for (before, after) in [
        // Nothing, and comments alone.
        ("", ""),
        ("\n\n  \n", ""),
        ("\n# a\n\n\n\n  # b  \n\n", "# a\n\n# b\n"),
        ("---\n# a\nlists: [A]\n...\n", "---\n# a\nlists: [A]\n...\n"),
        // Indentation, blank lines, the end of the file.
        ("lists:\n- A\n-   B\n\n\n\n- C", "lists:\n  - A\n  - B\n\n  - C\n"),
        (
            "channels:\n      W:\n          statuses:\n              In:  {step:   10}\n",
            "channels:\n  W:\n    statuses:\n      In: {step: 10}\n",
        ),
        ("  lists: [A]\n  tokens:\n     a: b\n", "lists: [A]\ntokens:\n  a: b\n"),
        ("a:\n  -\n    b: 1\n    c: 2\n", "a:\n  -\n    b: 1\n    c: 2\n"),
        ("a:\n -  - b\n    - c\n -  d:   1\n    e: 2\n", "a:\n  - - b\n    - c\n  - d: 1\n    e: 2\n"),
        ("a:\nb: ~\nc:    # nothing\nd:\n", "a:\nb: ~\nc:    # nothing\nd:\n"),
        ("lists:\n  -\n  - A\n  -\n", "lists:\n  -\n  - A\n  -\n"),
        ("a :\n    b   : 1\n", "a:\n  b: 1\n"),
        ("lists:   \n  - A   \n", "lists:\n  - A\n"),
        // Values that are no rule texts keep their quotes and their lines.
        ("tokens: {a:   'b'  , c: \"d\"}\n", "tokens: {a: 'b', c: \"d\"}\n"),
        ("tokens:\n  a: one\n     two\n\n         three\n", "tokens:\n  a: one\n    two\n\n    three\n"),
        ("tokens:\n    a: \"one\n two\\\n   three\"\n", "tokens:\n  a: \"one\n    two\\\n    three\"\n"),
        (
            "tokens:\n   a:   |\n       one\n         two\n\n       three\n\n\nlists: [A]\n",
            "tokens:\n  a: |\n    one\n      two\n\n    three\n\nlists: [A]\n",
        ),
        (
            "tokens:\n    a: |2\n        one\n      two\n    b: >+ # kept\n        x\n\n\n    c: d\n",
            "tokens:\n  a: |2\n      one\n    two\n  b: >+ # kept\n    x\n\n\n  c: d\n",
        ),
        ("tokens:\n    a: |\n    b: c\n", "tokens:\n  a: |\n  b: c\n"),
        // Brackets: in one line, or each part in its own.
        ("lists: [ A,B , C ]\nfields: {  }\nprograms: [ ]\n", "lists: [A, B, C]\nfields: {}\nprograms: []\n"),
        ("lists: [\n  A,\n  B\n]\n", "lists: [A, B]\n"),
        ("lists: [\n  A, # first\n  B\n]\ntokens: {a: b}\n", "lists: [\n  A, # first\n  B\n]\ntokens: {a: b}\n"),
        ("a:\n    b: [\n      A, # first\n      B\n    ]\n", "a:\n  b: [\n    A, # first\n    B\n  ]\n"),
        // Comments stand with what they belong to.
        (
            "# top\nsegments: # all\n      # about a\n      A: Score is 5   # five\n      # about nothing\n# about lists\nlists:\n# first\n- A\n  # deep\n- B\n",
            "# top\nsegments: # all\n  # about a\n  A: Score is 5   # five\n  # about nothing\n# about lists\nlists:\n  # first\n  - A\n  # deep\n  - B\n",
        ),
        // Rule texts.
        ("segments:\n  A: '(Score>=5)'\n", "segments:\n  A: Score is at least 5\n"),
        ("segments:\n  A: \"[Lead Source] IS 'Web'\"\n", "segments:\n  A: '[Lead Source] is \"Web\"'\n"),
        ("segments:\n  A:\n    Score is 5\n", "segments:\n  A: Score is 5\n"),
        ("segments:\n  A: # why\n      Score is 5\n", "segments:\n  A: # why\n    Score is 5\n"),
        (
            "segments:\n  A: Country is  \"a: b\"\n".replace("A: ", "A: '").replace("b\"\n", "b\"'\n").leak(),
            "segments:\n  A: 'Country is \"a: b\"'\n",
        ),
        (
            "segments:\n  A: |\n     Score is 5 # five\n     and Score is 6\n",
            "segments:\n  A: |\n    Score is 5 # five\n    and Score is 6\n",
        ),
        (
            "segments:\n  A: |\n     Score is 5\n     and (Score is 6\n     or Score is 7)\n",
            "segments:\n  A: >-\n    Score is 5\n    and (Score is 6 or Score is 7)\n",
        ),
        (
            "segments: {A: 'Country is \"NL\", \"BE\"', B: Score is 5}\n",
            "segments: {A: 'Country is \"NL\", \"BE\"', B: Score is 5}\n",
        ),
        // A text with a mistake stays as it is.
        ("segments:\n  A:   Score  iz 5\n", "segments:\n  A: Score  iz 5\n"),
        (
            "smart_campaigns:\n  a:\n    qualify: Once  Every 1 days\n    schedule: every week on Monday to wednesday, friday AT 09:00\n    flow:\n    - wait 2 days ending on monday,tuesday\n    - choose:\n       - if:   {match: (1 AND  2) , filters: [Score is 1, Score is 2]}\n         then: do  nothing\n       - else:\n          - {id:  x, do: \"do nothing\"}\n",
            "smart_campaigns:\n  a:\n    qualify: once every 1 day\n    schedule: every week on monday to wednesday, friday at 09:00\n    flow:\n      - wait 2 days ending on monday, tuesday\n      - choose:\n          - if: {match: (1 and 2), filters: [Score is 1, Score is 2]}\n            then: do nothing\n          - else:\n              - {id: x, do: do nothing}\n",
        ),
        (
            "scenarios:\n  - name:  a\n    timeline:\n    - advance: 1  days\n    - expect: {ada: Score IS 5}\n",
            "scenarios:\n  - name: a\n    timeline:\n      - advance: 1 day\n      - expect: {ada: Score is 5}\n",
        ),
    ] {
        assert_eq!(laid_out(before), after, "{before}");
    }
}

#[test]
fn long_lines_are_broken() {
    let long = "x".repeat(60);
    let chain =
        format!("segments:\n  A: Country is \"{long}\" and City is \"{long}\" or-less\n").replace(" or-less", "");
    let broken = format!("segments:\n  A: >-\n    Country is \"{long}\"\n    and City is \"{long}\"\n");
    assert_eq!(laid_out(&chain), broken);
    let commented = chain.replace("\"\n", "\"   # why\n");
    assert_eq!(laid_out(&commented), broken.replace(">-", ">-   # why"));
    let brackets = format!("a:\n  - {{b: {long}, c: [1, 2], d: {{e: {long}, f: {long}}}}}\n");
    let block = format!("a:\n  - b: {long}\n    c: [1, 2]\n    d:\n      e: {long}\n      f: {long}\n");
    assert_eq!(laid_out(&brackets), block);
    // A comment behind it says that the line belongs together.
    let kept = format!("lists: [{long}, {long}] # all\n");
    assert_eq!(laid_out(&kept), kept);
}

#[test]
fn line_ends_and_marks_stay() {
    let text = "\u{feff}lists:\r\n- A\r\n\r\n\r\n- B # b\r\ntokens:\r\n    a: |\r\n        one\r\n        two\r\n";
    let after = "\u{feff}lists:\r\n  - A\r\n\r\n  - B # b\r\ntokens:\r\n  a: |\r\n    one\r\n    two\r\n";
    assert_eq!(laid_out(text), after);
}

#[test]
fn what_cannot_be_read_is_refused() {
    assert!(matches!(format("a.yaml", "lists: [A\n"), Err(Unformatted::Mistakes(_))));
    assert!(matches!(format("a.yaml", "a: &b 1\n"), Err(Unformatted::Mistakes(_))));
    assert!(matches!(format("a.yaml", "? a\n: b\n"), Err(Unformatted::Unusual(_))));
    // Not a rule file at all: its shape is for `validate` to tell.
    assert_eq!(format("a.yaml", "-   a\n"), Ok("-   a\n".to_owned()));
}
