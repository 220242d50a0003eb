//! `plan` and `--dry-run`.

mod dry_run;
mod fields;
mod plain;
mod reasons;
mod text;
