//! The OpenAPI document against the service, by schemathesis: requests made from the document, and answers held against it.

use std::process::Command;

use super::{Serving, folder};
use crate::clients::{installed, left_out, run};
use crate::documents::root;

#[test]
fn answers_are_as_the_document_says() {
    let list = "service-requirements.txt";
    let python = installed(list, |folder| {
        run(Command::new("python3").args(["-m", "venv", "service"]).current_dir(folder))?;
        let requirements = root().join("tests/clients").join(list);
        run(Command::new(folder.join("service/bin/pip"))
            .args(["install", "--quiet", "--requirement"])
            .arg(requirements))
    });
    let python = match python {
        Ok(python) => python,
        Err(why) => return left_out("schemathesis", &why),
    };
    let place = folder();
    // With the machine's clock: else an event of the year 9999 lets thousands of years of daily runs pass first.
    let serving = Serving::start_with(place.path(), &[]);
    serving.tell("{\"type\":\"person\",\"person\":\"ada\",\"fields\":{\"Score\":60}}");
    // A text is not yet a filter, and an object not yet an event: which of them are is no matter of their form.
    let said = run(Command::new(python.join("service/bin/schemathesis"))
        .args(["run", &format!("{}/openapi.json", serving.url), "--seed", "7", "--max-examples", "25"])
        .args(["--checks", "all", "--exclude-checks", "positive_data_acceptance"])
        .current_dir(place.path()));
    if let Err(said) = said {
        panic!("{said}");
    }
    let (status, said) = serving.stop("-TERM");
    assert!(status.success() && !said.contains("\"ERROR\""), "{said}");
}
