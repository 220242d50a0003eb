//! The Python environment of the local AWS: made once, under the target directory, from pinned packages.

use std::env;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/requirements.txt");
const OLDEST_PYTHON: (u32, u32) = (3, 10);

/// Where everything of the local AWS is kept: `local-aws` in Cargo's target directory.
pub(crate) fn directory() -> PathBuf {
    // Cargo tells an integration test its target directory and an example nothing, but marks the directory for both.
    let program = env::current_exe().unwrap_or_default();
    let target = program
        .ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").is_file())
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), Path::to_owned);
    target.join("local-aws")
}

/// The environment's interpreter. Makes the environment if need be, and then says so first.
///
/// # Errors
///
/// One paragraph for the reader: what is missing on this machine, or what pip said.
pub fn python(say: &dyn Fn(&str)) -> Result<PathBuf, String> {
    let requirements =
        fs::read(REQUIREMENTS).map_err(|error| format!("cannot read {REQUIREMENTS}: {error}"))?;
    let hash =
        Sha256::digest(&requirements).iter().take(6).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
    let directory = directory();
    let venv = directory.join(format!("venv-{hash}"));
    let interpreter = interpreter(&venv);
    let in_directory = |error| format!("cannot set up {}: {error}", directory.display());
    fs::create_dir_all(&directory).map_err(in_directory)?;
    let lock = File::create(directory.join("venv.lock")).map_err(in_directory)?;
    lock.lock().map_err(in_directory)?;
    if !interpreter.is_file() {
        say("Setting up the local AWS in a Python environment of its own (once) ...");
        // The final name appears with the last step, so a killed run leaves nothing that looks complete.
        let unfinished = directory.join(format!("venv-{hash}.unfinished"));
        for remains in [&unfinished, &venv].into_iter().filter(|remains| remains.exists()) {
            fs::remove_dir_all(remains).map_err(in_directory)?;
        }
        make(&unfinished)?;
        fs::rename(&unfinished, &venv).map_err(in_directory)?;
    }
    Ok(interpreter)
}

fn interpreter(venv: &Path) -> PathBuf {
    venv.join("bin").join("python")
}

fn make(venv: &Path) -> Result<(), String> {
    let system = system_python()?;
    run(clean(&system).args(["-m", "venv"]).arg(venv)).map_err(|output| {
        format!(
            "The local AWS for tests and examples needs Python's venv module with ensurepip, which `{system} -m venv` \
             does not have. On Debian and Ubuntu it is the package python3-venv. Python said:\n{output}"
        )
    })?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--requirement",
        REQUIREMENTS,
    ];
    run(clean(interpreter(venv)).args(pip)).map_err(|output| {
        format!(
            "The local AWS for tests and examples needs a few Python packages, once, and pip could not install them. \
             It needs the network, or an index in its own configuration (PIP_INDEX_URL, pip.conf). pip said:\n{output}"
        )
    })
}

/// The first of `python3` and `python` that is new enough.
fn system_python() -> Result<String, String> {
    let mut found = Vec::new();
    for name in ["python3", "python"] {
        let print = "import sys; print(sys.version_info[0], sys.version_info[1])";
        let Ok(output) = clean(name).args(["-c", print]).output() else {
            continue;
        };
        let text = String::from_utf8_lossy(&output.stdout);
        let mut numbers = text.split_whitespace().filter_map(|number| number.parse().ok());
        if let (Some(major), Some(minor)) = (numbers.next(), numbers.next()) {
            if (major, minor) >= OLDEST_PYTHON {
                return Ok(name.to_owned());
            }
            found.push(format!("{name} is Python {major}.{minor}"));
        }
    }
    let found = if found.is_empty() {
        "no python3 or python is on the PATH".to_owned()
    } else {
        found.join(", ")
    };
    let (major, minor) = OLDEST_PYTHON;
    Err(format!(
        "The local AWS for tests and examples needs Python {major}.{minor} or newer, and {found}. \
         Install it from your system's packages or https://www.python.org and run this again."
    ))
}

/// Python without the settings of the user's shell that would lead it or pip away from the environment.
fn clean(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in ["PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "VIRTUAL_ENV"]
    {
        command.env_remove(name);
    }
    command
}

/// Runs to the end; the error is the last lines of what was printed.
fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .concat();
    let lines: Vec<&str> = text.lines().collect();
    Err(lines[lines.len().saturating_sub(15)..].join("\n"))
}
