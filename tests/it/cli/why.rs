use super::Folder;

fn folder() -> Folder {
    Folder::with_rules()
        .file("people.csv", "person,Country\nbob,NL\nada,nl\neva,DE\n")
        .file("thanked.jsonl", "{\"type\":\"list.added\",\"person\":\"ada\",\"list\":\"Thanked\"}\n")
}

#[test]
fn each_clause_is_told() {
    let folder = folder();
    let why = |rest: &str| folder.run(&format!("why {rest} --rules rules --load people.csv --at 2026-03-05T09:00:00Z"));
    insta::assert_snapshot!(why("ada thank") + &why("eva thank") + &why("eva thank --format json"));
}

#[test]
fn what_is_not_there() {
    let folder = folder();
    let why = |rest: &str| folder.run(&format!("why {rest} --rules rules --load people.csv"));
    insta::assert_snapshot!(why("nobody thank") + &why("ada thnk") + &why("ada") + &why("ada thank --at never"));
}
