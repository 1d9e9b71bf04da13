use super::Folder;

fn folder() -> Folder {
    Folder::with_rules()
        .file("people.csv", "person,Country,Date of Birth\nbob,NL,2000-03-05\nada,nl,1999-01-01\neva,DE,\n")
        .file("members.csv", "person,campaign,status,added\neva,Fair,Attended,2026-03-01T00:00:00Z\n")
}

const LOADS: &str = "--load people.csv --load members.csv";

#[test]
fn by_filter_and_by_segment() {
    let folder = folder();
    let select = |rest: &str| folder.run(&format!("select --rules rules {LOADS} {rest}"));
    insta::assert_snapshot!(
        select("--filter 'Country is \"NL\"'")
            + &select("--segment Dutch --count")
            + &select(
                "--filter 'member of SFDC campaign \"Fair\" who responded in past 7 days' --at '2026-03-05 09:00'"
            )
            + &select("--filter 'member of SFDC campaign \"Fair\" in past 7 days' --at 2026-05-05T09:00:00Z")
    );
}

#[test]
fn what_cannot_be_asked() {
    let folder = folder();
    let select = |rest: &str| folder.run(&format!("select --rules rules {LOADS} {rest}"));
    insta::assert_snapshot!(
        select("--filter 'Contry is \"NL\" and Score is at least'")
            + &select("--segment dutch")
            + &select("--segment Dutch --at yesterday")
            + &select("--segment Dutch --filter 'Score is 1'")
            + &select("")
    );
}

#[test]
fn loads_that_cannot_be_read() {
    let folder = folder().file("wrong.csv", "person,Date of Birth\nada,2026-02-30\n");
    insta::assert_snapshot!(
        folder.run("select --rules rules --load nobody.csv --segment Dutch")
            + &folder.run("select --rules rules --load wrong.csv --segment Dutch")
            + &folder.run("select --rules rules --load - --load - --segment Dutch")
    );
}

#[test]
fn people_from_the_standard_input() {
    let lines = "{\"type\":\"person\",\"person\":\"ada\",\"fields\":{\"Country\":\"NL\"}}\n";
    insta::assert_snapshot!(folder().run_with_input("select --rules rules --load - --segment Dutch", lines));
}
