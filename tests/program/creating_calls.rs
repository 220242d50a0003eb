//! A call that creates something is sent once: an SDK that repeats it where the answer was lost makes a twin.

use std::collections::BTreeSet;
use std::path::Path;

/// What is not safe to send twice beside everything that is called `create_...`.
const OTHERS: [&str; 2] = ["add_permission", "disassociate_recovery_point"];
/// Those that were here when this was written: found, or the search finds nothing.
const KNOWN: [&str; 9] = [
    "add_permission",
    "create_backup_plan",
    "create_backup_selection",
    "create_backup_vault",
    "create_function",
    "create_log_group",
    "create_role",
    "create_topic",
    "disassociate_recovery_point",
];
/// The clients of `SendingOnce`, which only `Caller::create` hands out. With all other clients the
/// services are fields, so that a call like this is of that type.
const SENDING_ONCE: [&str; 5] =
    ["once.backup()", "once.iam()", "once.lambda()", "once.logs()", "once.sns()"];

/// Every source file below a folder, without white space.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let rust = files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let read = rust.map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.display().to_string(), text.split_whitespace().collect())
    });
    read.chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

/// Creating operations that a source calls, each with what stands before the call.
fn creating_calls(source: &str) -> Vec<(&str, &str)> {
    let calls = source.match_indices('.').filter_map(|(dot, _)| {
        let (name, rest) = source[dot + 1..].split_once('(')?;
        let creates = name.starts_with("create_") || OTHERS.contains(&name);
        (creates && rest.starts_with(')')).then_some((name, &source[..dot]))
    });
    calls.collect()
}

#[test]
fn a_creating_call_is_made_with_clients_that_do_not_retry() {
    let mut seen = BTreeSet::new();
    for (path, source) in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        for (name, before) in creating_calls(&source) {
            assert!(
                SENDING_ONCE.iter().any(|client| before.ends_with(client)),
                "{path}: {name} has to be called on a client that `Caller::create` hands out"
            );
            seen.insert(name.to_owned());
        }
    }
    let missed: Vec<_> = KNOWN.into_iter().filter(|known| !seen.contains(*known)).collect();
    assert!(missed.is_empty(), "not found any more: {missed:?}");
}

/// Nobody builds such clients but the one place, and nobody asks for them but `Caller::create`.
#[test]
fn clients_that_do_not_retry_are_for_creating_calls_alone() {
    let all = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let holding = |text: &str| {
        let found = all.iter().flat_map(|(path, source)| {
            source.match_indices(text).map(move |_| path.rsplit_once("src/").unwrap().1)
        });
        found.collect::<Vec<_>>()
    };
    assert_eq!(holding("RetryConfig::disabled()"), ["aws/clients.rs"]);
    assert_eq!(holding(".sending_once()"), ["aws/call.rs"]);
}
