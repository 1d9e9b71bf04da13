//! `campanile double`: Salesforce or Marketo as a server on loopback, to try things against.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::cli::exit::{Exit, Failure};
use crate::cli::serving::{asked_to_end, listen_address};
use crate::clock::present;
use crate::testkit::double::salesforce::TEST_PRIVATE_KEY;
use crate::testkit::double::{
    DataError, Double, Faults, Marketo, Remote, Salesforce, Server, ServerError, marketo, read_data, salesforce,
};

/// Run a test double of Salesforce or Marketo on this machine
///
/// It prints one line of JSON that says where it is and how to log in, then answers until Ctrl-C. It is made from
/// published documentation; docs/doubles.md says what it does and what it does not.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  campanile double salesforce
  campanile double marketo --listen 127.0.0.1:8090 --data marketo.yaml
  campanile double salesforce --faults 7")]
pub(crate) struct Args {
    /// Whom it stands for.
    #[arg(value_enum)]
    remote: Which,
    /// Where to listen: a loopback address; port 0 is any that is free.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: String,
    /// What is in it: YAML or JSON, as docs/doubles.md describes. Without it, a small sample.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Let things go wrong: time-outs, errors, limits, locks, late rows; the same seed and calls bring the same faults.
    #[arg(long, value_name = "SEED")]
    faults: Option<u64>,
    /// Speak TLS, with a certificate made for the occasion; its authority is written to a file that the line names.
    #[arg(long)]
    tls: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    /// OAuth, REST, SOQL, composite, Bulk API 2.0.
    Salesforce,
    /// Identity, leads, programs, members, activities.
    Marketo,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let address = listen_address(&args.listen)?;
    let faults = args.faults.map_or_else(Faults::none, Faults::seeded);
    match args.remote {
        Which::Salesforce => {
            let data = data(args.data.as_deref(), salesforce::SAMPLE)?;
            let remote = Salesforce::new(&data, "", present()).map_err(|error| refused(args.data.as_deref(), error))?;
            serve("salesforce", Double::new(remote, faults), address, args.tls)
        }
        Which::Marketo => {
            let data = data(args.data.as_deref(), marketo::SAMPLE)?;
            let remote = Marketo::new(&data, present()).map_err(|error| refused(args.data.as_deref(), error))?;
            serve("marketo", Double::new(remote, faults), address, args.tls)
        }
    }
}

fn data<T: serde::de::DeserializeOwned + Default>(path: Option<&Path>, sample: &str) -> Result<T, Failure> {
    let text = match path {
        None => sample.to_owned(),
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Failure::new(format!("`{}` cannot be read: {error}", path.display())))?,
    };
    read_data(&text).map_err(|error| refused(path, error))
}

fn refused(path: Option<&Path>, error: DataError) -> Failure {
    let message = match path {
        Some(path) => format!("`{}`: {}", path.display(), error.message),
        None => error.message,
    };
    Failure::with_help(message, error.help)
}

impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Self {
        Self::new(error.to_string())
    }
}

fn serve<R: Remote + Send + 'static>(
    name: &str,
    double: Double<R>,
    address: SocketAddr,
    tls: bool,
) -> Result<Exit, Failure> {
    let server = Server::start(double, address, tls)?;
    let authority = server.authority().map(write_authority).transpose()?;
    let mut credentials = server.double().remote.credentials().0;
    if let (Value::Object(map), "salesforce") = (&mut credentials, name) {
        map.insert("private_key".to_owned(), json!(TEST_PRIVATE_KEY));
    }
    let mut line = json!({"remote": name, "base_url": server.url(), "credentials": credentials});
    if let (Value::Object(map), Some(authority)) = (&mut line, &authority) {
        map.insert("ca".to_owned(), json!(authority));
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    drop(out);
    wait_for_the_end()?;
    drop(server);
    if let Some(folder) = authority.as_deref().and_then(Path::parent) {
        // Left behind, it does no harm.
        let _ = std::fs::remove_dir_all(folder);
    }
    Ok(Exit::Fine)
}

/// Writes the certificate that clients are to trust into a folder of its own.
fn write_authority(pem: &str) -> Result<PathBuf, Failure> {
    let folder = std::env::temp_dir().join(format!("campanile-double-{}", std::process::id()));
    let path = folder.join("ca.pem");
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&path, pem))
        .map_err(|error| Failure::new(format!("`{}` cannot be written: {error}", path.display())))?;
    Ok(path)
}

fn wait_for_the_end() -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("signals cannot be waited for: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        asked_to_end()?.await;
        Ok(())
    })
}
