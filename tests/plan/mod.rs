//! `plan` and `--dry-run`.

mod dry_run;
mod fields;
mod reasons;
mod text;
