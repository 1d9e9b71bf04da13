//! SARIF against the official schema of version 2.1.0, which comes with a package of npm.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::clients::{installed, left_out, run};
use crate::documents::read;
use crate::material;

/// The schema as it was published.
fn schema() -> Result<PathBuf, String> {
    let folder = installed("sarif-schema.txt", |folder| {
        let package = read("tests/clients/sarif-schema.txt");
        let output = Command::new("npm").args(["pack", "--silent", package.trim()]).current_dir(folder).output();
        let output = output.map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let name = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let file = "package/lib/schemas/sarif-2.1.0-rtm.5.json";
        run(Command::new("tar").args(["xzf", &name, file]).current_dir(folder))
    })?;
    Ok(folder.join("package/lib/schemas/sarif-2.1.0-rtm.5.json"))
}

fn sarif(path: &Path) -> Value {
    let program = assert_cmd::cargo::cargo_bin("campanile");
    let output = Command::new(program).args(["validate", "--format", "sarif"]).arg(path).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn findings_fit_the_official_schema() {
    let schema = match schema() {
        Ok(path) => path,
        Err(why) => return left_out("the schema of SARIF", &why),
    };
    let mut schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    // A pattern with a bracket too many, which strict readers of patterns refuse; we do not write these keys.
    for part in ["run", "toolComponent"] {
        let language = schema["definitions"][part]["properties"]["language"].as_object_mut().unwrap();
        assert_eq!(language.remove("pattern").unwrap(), "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$");
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(
        !validator.is_valid(&serde_json::json!({"version": "2.1.0", "runs": [{"results": []}]})),
        "it refuses nothing"
    );
    let (mut results, mut fixes) = (0, 0);
    let sample = material::folder("sample");
    for path in material::entries(&material::folder("invalid")).into_iter().chain([sample]) {
        let log = sarif(&path);
        let wrong: Vec<String> =
            validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(wrong.is_empty(), "{}\n{}", path.display(), wrong.join("\n"));
        for result in log["runs"][0]["results"].as_array().unwrap() {
            results += 1;
            fixes += usize::from(result.get("fixes").is_some());
        }
    }
    assert!(results > 60 && fixes > 20, "only {results} results, {fixes} with fixes");
}
