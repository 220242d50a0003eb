//! Tells the program which commit it is built from.

use std::process::Command;

fn main() {
    let commit = if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        for path in ["src", "Cargo.toml", "Cargo.lock", "build.rs"] {
            println!("cargo::rerun-if-changed={path}");
        }
        if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
            println!("cargo::rerun-if-changed={log}");
        }
        commit()
    } else {
        // Built again and again: a commit would be that of the build before.
        println!("cargo::rerun-if-changed=build.rs");
        None
    };
    let version = env!("CARGO_PKG_VERSION");
    let version =
        commit.map_or_else(|| version.to_owned(), |commit| format!("{version} ({commit})"));
    println!("cargo::rustc-env=MRBACKUP_BUILD_VERSION={version}");
}

/// `1f889cc0a1b2 2026-11-26`, with a plus where the sources are not those of the commit; `None` outside a repository.
fn commit() -> Option<String> {
    let commit = git(&["show", "--no-patch", "--format=%h %cs", "--abbrev=12", "HEAD"])?;
    let changes = git(&["status", "--porcelain", "--untracked-files=no"])?;
    let plus = if changes.is_empty() { "" } else { "+" };
    let (hash, day) = commit.split_once(' ')?;
    Some(format!("{hash}{plus} {day}"))
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
