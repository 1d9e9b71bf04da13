use super::Folder;

const LOOSE: &str = "# Ours.\nlists: [ Thanked ]\nsegments:\n    Dutch: '[Country]   IS \"NL\"'  # the Dutch\n";

#[test]
fn laying_out() {
    let folder = Folder::with_rules().file("rules/loose.yaml", LOOSE);
    let checked = folder.run("fmt rules --check");
    assert_eq!(folder.read("rules/loose.yaml"), LOOSE);
    let shown = checked + &folder.run("fmt rules") + &folder.run("fmt rules --check");
    insta::assert_snapshot!(format!("{shown}--- rules/loose.yaml\n{}", folder.read("rules/loose.yaml")));
}

#[test]
fn laying_out_the_standard_input() {
    let folder = Folder::new();
    insta::assert_snapshot!(
        folder.run_with_input("fmt -", LOOSE)
            + &folder.run_with_input("fmt -", "lists: [A]\n")
            + &folder.run_with_input("fmt - --check", LOOSE)
            + &folder.run_with_input("fmt -", "lists: [A\n")
            + &folder.run_with_input("fmt - rules", "")
    );
}

#[test]
fn what_cannot_be_laid_out_is_left_alone() {
    let folder = Folder::new()
        .file("rules/broken.yaml", "lists:\n\t- A\n")
        .file("rules/bytes.yaml", b"lists: [Caf\xe9]\n")
        .file("rules/loose.yaml", LOOSE)
        .file("rules/odd.yaml", "? lists\n: [A]\n");
    let shown = folder.run("fmt rules");
    insta::assert_snapshot!(format!("{shown}--- rules/broken.yaml\n{:?}", folder.read("rules/broken.yaml")));
}
