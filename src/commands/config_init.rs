//! `config init`: the settings in force as a commented file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use futures_util::future::join_all;

use crate::account::context::Context;
use crate::account::subscribers::{is_told, list_once};
use crate::aws::Caller;
use crate::commands::settings_read::SettingsRead;
use crate::commands::{context, record_tags};
use crate::config::file::ConfigFile;
use crate::config::file::written::Written;
use crate::config::{Config, Options};
use crate::failure::Failure;
use crate::model::names::subscriber_hash;
use crate::report::ConfigInitReport;

/// Where the settings are from, and where they are written.
pub(crate) struct ConfigInitOptions {
    pub(crate) up: Options,
    /// `None` is stdout.
    pub(crate) path: Option<PathBuf>,
    /// Replace a file that is there.
    pub(crate) force: bool,
    /// Call nothing.
    pub(crate) offline: bool,
}

/// Writes the settings that `up` with the same options would use.
///
/// # Errors
/// Settings that cannot be meant, an account that cannot be read, and a file that is there already.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &ConfigInitOptions,
) -> Result<ConfigInitReport, Failure> {
    let ConfigInitOptions { up, path, force, offline } = options;
    check_writable(path.as_deref(), *force)?;
    let read = SettingsRead::new("config init", config, caller, up, *offline).await?;
    let file = config.file.as_ref();
    let mut addresses = up.wanted_addresses(file);
    addresses.extend(subscribed(&read).await?);
    let unknown = read.settings.subscribers.len().saturating_sub(addresses.len());
    let text = Written {
        name: config.deployment.as_str(),
        origin: None,
        settings: &read.settings,
        expected_account: config.guard_file().and_then(ConfigFile::expected_account),
        account: read.session.as_ref().map(|session| session.names.account.as_str()),
        search_regions: config.search_regions.as_deref(),
        addresses: &addresses,
        unknown_addresses: unknown,
        restore: file.and_then(ConfigFile::restore_tables),
    };
    let text = text.text();
    if let Some(path) = path {
        write(path, &text, *force)?;
    }
    Ok(ConfigInitReport {
        path: path.as_ref().map(|path| path.display().to_string()),
        unknown_subscribers: unknown,
        text,
    })
}

/// The addresses of recorded subscribers, which only the topics know. A topic that cannot be read
/// leaves its subscribers unknown.
async fn subscribed(read: &SettingsRead) -> Result<BTreeSet<String>, Failure> {
    let (Some(session), Some(record)) = (&read.session, &read.recorded) else {
        return Ok(BTreeSet::new());
    };
    let wanted = &read.settings.subscribers;
    if wanted.is_empty() {
        return Ok(BTreeSet::new());
    }
    let context: Context = context(session, record, record_tags(record)?, &BTreeSet::new());
    let regions = record.settings.own_topics().into_iter();
    let lists = join_all(regions.map(|region| list_once(&context, region))).await;
    session.caller.interrupt.check()?;
    let found = lists.into_iter().filter_map(Result::ok).flatten().flatten();
    let by_hash: BTreeMap<String, String> = found
        .filter(is_told)
        .filter_map(|subscription| subscription.endpoint)
        .map(|endpoint| (subscriber_hash(&record.id, &endpoint), endpoint))
        .collect();
    Ok(by_hash.into_iter().filter(|(hash, _)| wanted.contains(hash)).map(|(_, it)| it).collect())
}

/// Refuses a file that is there already, before anything is read.
///
/// # Errors
/// Where `force` would be needed.
pub(super) fn check_writable(path: Option<&Path>, force: bool) -> Result<(), Failure> {
    // A link that leads nowhere is something that is there.
    match path.filter(|_| !force) {
        Some(path) if path.symlink_metadata().is_ok() => Err(already_there(path)),
        _ => Ok(()),
    }
}

fn already_there(path: &Path) -> Failure {
    Failure::refused(
        format!("{} is there already", path.display()),
        "replace it with --force, print the settings with --stdout, or name another file",
    )
}

/// Writes a file of settings.
///
/// # Errors
/// A file that is there already, without `force`, and one that cannot be written.
pub(super) fn write(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let written = if force {
        fs::write(path, text)
    } else {
        File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()))
    };
    written.map_err(|error: io::Error| match error.kind() {
        ErrorKind::AlreadyExists => already_there(path),
        _ => Failure::refused(
            format!("{} cannot be written: {error}", path.display()),
            "name a file in a directory that is there and can be written to",
        ),
    })
}
