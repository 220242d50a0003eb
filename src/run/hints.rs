//! A way on for who types what other tools call it.

use clap::Error;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};

/// Commands of other tools, and what does here what they do there.
const COMMANDS: &[(&[&str], &str)] = &[
    (
        &["destroy", "delete", "remove", "rm", "uninstall", "clean", "cleanup"],
        "to remove a deployment: mrbackup down",
    ),
    (
        &["apply", "create", "deploy", "install", "setup", "provision", "update", "sync", "import"],
        "to create, change or repair a deployment: mrbackup up",
    ),
    (
        &["init", "new", "start"],
        "there is nothing to prepare: mrbackup up --primary REGION --secondary REGION; for a configuration file: mrbackup config init",
    ),
    (
        &["diff", "preview", "dry-run", "validate", "check"],
        "to see what `up` would change: mrbackup plan",
    ),
    (
        &["show", "describe", "info", "health", "doctor", "verify", "get"],
        "to see whether everything is in place and fresh: mrbackup status",
    ),
    (&["ls", "ps", "deployments"], "to list the deployments: mrbackup list"),
    (&["test"], "to test the alarms: mrbackup drill alarm"),
    (&["backup", "run", "now"], "to back up one resource now: mrbackup drill backup ARN"),
    (&["copy", "replicate", "fix"], "to copy what has no fresh copy: mrbackup repair"),
    (&["version"], "to see the version: mrbackup --version"),
];

/// Options of other tools, or of other commands.
const OPTIONS: &[(&[&str], &str)] = &[
    (
        &["retention", "keep", "delete-after", "delete-after-days", "schedule", "cron", "rule"],
        "rules have their schedule and retention: --set rules.daily.delete_after_days=400, or mrbackup.toml: mrbackup help config",
    ),
    (
        &["tags", "tag", "select", "select-tags", "selector"],
        "for the select tags: --set select_tags.KEY=VALUE, or mrbackup.toml: mrbackup help config",
    ),
    (
        &["region", "regions"],
        "regions have roles: --primary, --secondary, --tertiary; an ARN names its own",
    ),
    (
        &["yes", "auto-approve", "approve", "force", "no-confirm", "assume-yes", "non-interactive"],
        "mrbackup never asks; to delete backups: mrbackup down --delete-backups --confirm NAME",
    ),
    (&["json", "format"], "for JSON: -o json"),
    (&["debug", "trace"], "to see every call: -v"),
    (&["deployment", "stack", "env", "environment", "project"], "to choose a deployment: --name"),
    (&["kms-key", "key", "kms"], "for the key of a vault: --kms-key-arn"),
    (&["dry-run", "what-if", "check"], "to see what `up` would change: mrbackup plan"),
    (
        &["account"],
        "the account is that of the credentials: --profile; expected_account in mrbackup.toml",
    ),
];

/// Adds a tip to an error about a command or option that is not known.
pub(super) fn add(error: &mut Error) {
    let tip = typed(error, ContextKind::InvalidSubcommand)
        .and_then(|typed| find(COMMANDS, &typed))
        .or_else(|| typed(error, ContextKind::InvalidArg).and_then(|typed| of_option(&typed)));
    if let Some(tip) = tip {
        // What only looks alike would lead astray.
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::SuggestedArg);
        let tips = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
        error.insert(ContextKind::Suggested, tips);
    }
}

fn typed(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind) {
        Some(ContextValue::String(typed)) => Some(typed.clone()),
        _ => None,
    }
}

fn of_option(typed: &str) -> Option<&'static str> {
    let option = typed.strip_prefix("--")?;
    find(OPTIONS, option.split('=').next().unwrap_or(option))
}

fn find(table: &[(&[&str], &'static str)], typed: &str) -> Option<&'static str> {
    let typed = typed.to_lowercase();
    table.iter().find(|(words, _)| words.contains(&typed.as_str())).map(|(_, tip)| *tip)
}
