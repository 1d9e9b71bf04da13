//! What docs/doubles.md says of the doubles, held against them.

use campanile::Timestamp;
use campanile::testkit::double::http::Request;
use campanile::testkit::double::{Double, Fault, Faults, Marketo, Salesforce, Server, marketo, read_data, salesforce};
use serde_json::{Value, json};

use crate::documents::read;

/// The YAML blocks of the page.
fn blocks() -> Vec<String> {
    let page = read("docs/doubles.md");
    let blocks = page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks.collect()
}

#[test]
fn the_data_files_of_the_page_can_be_loaded() {
    let [salesforce, marketo] = blocks().try_into().unwrap();
    let now = Timestamp::parse("2026-03-05T09:00:00Z").unwrap();
    let data: salesforce::Data = read_data(&salesforce).unwrap();
    assert_eq!(data.campaigns.len(), 1);
    Salesforce::new(&data, "", now).unwrap();
    let data: marketo::Data = read_data(&marketo).unwrap();
    assert_eq!(data.programs.len(), 1);
    Marketo::new(&data, now).unwrap();
}

#[test]
fn the_page_names_every_setting_key_and_fault() {
    let page = read("docs/doubles.md");
    let [salesforce, marketo] = blocks().try_into().unwrap();
    let keys = |value: Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for key in keys(json!(salesforce::data::Settings::default()))
        .iter()
        .chain(&keys(json!(marketo::data::Settings::default())))
    {
        assert!(page.contains(&format!("`{key}`")), "the setting `{key}` is not on the page");
    }
    for key in keys(json!(salesforce::Data::default())) {
        assert!(salesforce.contains(&format!("\n{key}:")) || salesforce.starts_with(&format!("{key}:")), "`{key}`");
    }
    for key in keys(json!(marketo::Data::default())) {
        assert!(marketo.contains(&format!("\n{key}:")) || marketo.starts_with(&format!("{key}:")), "`{key}`");
    }
    for fault in Fault::ALL {
        let name = json!(fault).as_str().unwrap().to_owned();
        assert!(page.contains(&format!("`{name}`")), "the fault `{name}` is not on the page");
    }
}

/// As an embedder does: a server in a thread, its state within reach, gone when it is dropped.
#[test]
fn a_server_in_a_test() {
    let data = read_data(marketo::SAMPLE).unwrap();
    let double = Double::new(Marketo::new(&data, Timestamp::EPOCH).unwrap(), Faults::none());
    let server = Server::start(double, "127.0.0.1:0".parse().unwrap(), false).unwrap();
    let address = server.url().strip_prefix("http://").unwrap().to_owned();
    let answer = server.double().call(&Request::new("GET", "/double"), Timestamp::EPOCH).response().unwrap();
    assert_eq!(answer.value()["credentials"]["client_id"], "campanile-double");
    assert!(std::net::TcpStream::connect(&address).is_ok());
    drop(server);
    assert!(std::net::TcpStream::connect(&address).is_err());

    let double = Double::new(Marketo::new(&data, Timestamp::EPOCH).unwrap(), Faults::none());
    let refused = Server::start(double, "192.0.2.1:0".parse().unwrap(), false).unwrap_err();
    assert_eq!(refused.to_string(), "`192.0.2.1:0` is not a loopback address");
}
