#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;

const WHOLE: &str = "\
salesforce:
  login_url: https://acme.my.salesforce.com/
  client_id: key
  client_secret: {env: SALESFORCE_CLIENT_SECRET}
  api_version: \"65.0\"
marketo:
  base_url: http://127.0.0.1:8090
  client_id: {env: MARKETO_ID}
  client_secret: {file: secret}
sync:
  every: 10 minutes
  on_conflict: program
  backward: refuse
  default_company: Nobody Ltd
  links: command
";

fn environment(name: &str) -> Option<String> {
    match name {
        "SALESFORCE_CLIENT_SECRET" => Some("planted-1\n".to_owned()),
        "MARKETO_ID" => Some("id".to_owned()),
        _ => None,
    }
}

fn read(text: &str, secret_mode: u32) -> Result<Config, Vec<String>> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "planted-2\n").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(secret_mode)).unwrap();
    let path = folder.path().join(FILE_NAME);
    std::fs::write(&path, text).unwrap();
    Config::read(&path, &environment).map_err(|errors| {
        let prefix = format!("{}/", folder.path().display());
        errors.iter().map(|error| format!("{error}; {}", error.help.join("; ")).replace(&prefix, "")).collect()
    })
}

#[test]
fn a_whole_file_and_no_secret_of_it_shows() {
    let config = read(WHOLE, 0o600).unwrap();
    let salesforce = config.salesforce.clone().unwrap();
    assert_eq!(salesforce.login_url, "https://acme.my.salesforce.com");
    let Auth::ClientCredentials { client_secret } = &salesforce.auth else { unreachable!() };
    assert_eq!(client_secret.open(), "planted-1");
    assert_eq!(config.marketo.clone().unwrap().client_secret.open(), "planted-2");
    assert_eq!(config.marketo.clone().unwrap().client_id, "id");
    assert_eq!((config.sync.every_seconds, config.sync.links), (600, Links::Command));
    assert_eq!((config.sync.on_conflict, config.sync.backward), (OnConflict::Program, Backward::Refuse));
    let shown = format!("{config:?} {config:#?}");
    assert!(!shown.contains("planted"), "{shown}");
}

#[test]
fn an_empty_file_is_a_configuration_without_sync() {
    assert_eq!(read("", 0o600).unwrap(), Config { salesforce: None, marketo: None, sync: Sync::default() });
}

#[test]
fn everything_wrong_is_told_with_its_place() {
    let text = "\
salesforce:
  login_url: http://acme.example.com
  auth: jwt
  client_ib: key
  client_secret: planted-3
  api_version: 66
  calls_share: many
marketo:
  base_url: 10.0.0.1
  client_secret: {file: secret}
  client_id: {envy: X}
synk: {}
sync:
  every: 5
  enabled: maybe
  default_last_name: [a]
";
    let errors = read(text, 0o644).unwrap_err();
    let expected = [
        "campanile.yaml:1:1: `salesforce` has no `client_id`; ",
        "campanile.yaml:2:14: `login_url` cannot be called: plain http:// is for this machine only, and `acme.example.com` \
         is another one: write https://; ",
        "campanile.yaml:3:3: `jwt` is no value of `auth`; write `client_credentials`, `jwt_bearer` or `refresh_token`",
        "campanile.yaml:4:3: `client_ib` is no key of `salesforce`; did you mean `client_id`?",
        "campanile.yaml:5:18: `client_secret` is a secret and must not stand in the file; write `client_secret: {env: \
         NAME}`, or `client_secret: {file: PATH}` with a file of mode 0600",
        "campanile.yaml:6:3: `api_version` is no version of Salesforce's API from 50.0 on; write it as in `\"66.0\"`, in \
         quotes",
        "campanile.yaml:7:3: `calls_share` is out of range; write a whole number from 1 to 100",
        "campanile.yaml:9:13: `base_url` cannot be called: it begins neither with https:// nor http://; ",
        "campanile.yaml:10:25: `secret` holds a secret and can be read by others; `chmod 600 secret`",
        "campanile.yaml:11:15: `envy` is no way to give a value; did you mean `env`?",
        "campanile.yaml:12:1: `synk` is no key of the configuration; did you mean `sync`?",
    ];
    for (error, expected) in errors.iter().zip(expected) {
        assert_eq!(error, expected);
    }
    let rest = errors.get(expected.len()..).unwrap().join("\n");
    assert!(rest.contains("campanile.yaml:14:") && rest.contains("`maybe` is no value of `enabled`"), "{rest}");
    assert!(rest.contains("`default_last_name` is a list"), "{rest}");
    assert!(!errors.join("\n").contains("planted"), "{errors:#?}");
}

#[test]
fn only_this_machine_is_called_in_the_clear() {
    for good in ["https://x.example.com", "http://localhost:80/a", "http://127.0.0.1", "http://[::1]:8080"] {
        assert_eq!(check_url(good), Ok(()), "{good}");
    }
    for bad in ["http://10.0.0.1", "http://localhost.example.com", "ftp://x", "https://", "https://u:p@x", "x"] {
        assert!(check_url(bad).is_err(), "{bad}");
    }
}
