//! The Python helper process: starts the emulators, and answers questions in JSON.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{self, Child, Command, Stdio};

use serde_json::Value;

use super::venv;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/server.py");

/// What of the user's environment the emulator may see. The rest (AWS settings, proxies) would disturb it.
const KEPT: [&str; 4] = ["PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH"];

/// How many emulators share the accounts: each is a Python process, which keeps one core busy at most.
const EMULATORS: usize = 2;

/// The helper and, below it, the emulators. All end when this process ends, however it does: their input closes.
pub(crate) struct Helper {
    _process: Child,
    port: u16,
    /// The emulators' ports.
    pub(crate) emulators: Vec<u16>,
}

impl Helper {
    /// Starts them all; what functions call goes to `proxy`.
    ///
    /// # Errors
    ///
    /// What the processes said before they failed.
    pub(crate) fn start(python: &Path, proxy: &str) -> Result<Self, String> {
        let directory = venv::directory().join(format!("run-{}", process::id()));
        fs::create_dir_all(&directory)
            .map_err(|error| format!("cannot make {}: {error}", directory.display()))?;
        let log = directory.join("helper.log");
        let errors = fs::File::create(&log)
            .map_err(|error| format!("cannot make {}: {error}", log.display()))?;
        let mut process = Command::new(python)
            .arg(SCRIPT)
            .arg(proxy)
            .arg(&directory)
            .arg(EMULATORS.to_string())
            .env_clear()
            .envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", python.display()))?;
        let mut line = String::new();
        let output = process.stdout.take().expect("a pipe was asked for");
        let ports: Value = BufReader::new(output)
            .read_line(&mut line)
            .ok()
            .and_then(|_| serde_json::from_str(&line).ok())
            .ok_or_else(|| {
                let said = fs::read_to_string(&log).unwrap_or_default();
                format!("The local AWS did not start. It said:\n{line}{said}")
            })?;
        let port = |port: &Value| {
            port.as_u64().and_then(|port| u16::try_from(port).ok()).unwrap_or_default()
        };
        let emulators = ports["emulators"].as_array().into_iter().flatten().map(port).collect();
        Ok(Self { port: port(&ports["helper"]), emulators, _process: process })
    }

    /// Asks one question, with a JSON object of its arguments.
    ///
    /// # Panics
    ///
    /// When the helper is gone or the question broke it: no test can go on then.
    #[track_caller]
    pub(crate) fn ask(&self, question: &str, arguments: &Value) -> Value {
        let body = arguments.to_string();
        let exchange = || {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
            write!(
                stream,
                "POST /{question} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            )?;
            stream.write_all(body.as_bytes())?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok::<_, std::io::Error>(answer)
        };
        let answer = match exchange() {
            Ok(answer) => answer,
            Err(error) => panic!("the local AWS does not answer: {error}"),
        };
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let value = serde_json::from_str(body);
        match value {
            Ok(value) if head.contains(" 200 ") => value,
            _ => panic!("the local AWS could not answer {question} {arguments}: {body}"),
        }
    }
}
