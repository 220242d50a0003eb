//! What nearly has the select tags, where nothing has them.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::backups::NearMisses;
use crate::failure::Failure;
use crate::protection::near_miss::NearMiss;
use crate::report::backups::coverage::more;
use crate::report::{BAD, CARE, Problem, plural};

/// Near misses by name, or why they are unknown.
#[derive(Debug, Default, JsonSchema, Serialize)]
pub(super) struct NearMissRows {
    near_misses: Vec<NearMiss>,
    near_misses_error: Option<Problem>,
    /// Whether more were tagged than were read.
    #[serde(skip)]
    is_partial: bool,
}

impl NearMissRows {
    pub(super) fn new(read: Option<Result<NearMisses, Failure>>) -> Self {
        match read {
            None => Self::default(),
            Some(Err(failure)) => {
                Self { near_misses_error: Some((&failure).into()), ..Self::default() }
            }
            Some(Ok(NearMisses { found, is_complete })) => {
                Self { near_misses: found, is_partial: !is_complete, ..Self::default() }
            }
        }
    }

    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, limit: usize) -> fmt::Result {
        if let Some(error) = &self.near_misses_error {
            let message = error.to_string().replace('\n', "\n    ");
            return writeln!(
                f,
                "{BAD}?{BAD:#} Whether resources nearly have these tags is unknown: {message}"
            );
        }
        let count = self.near_misses.len();
        if count > 0 {
            let verb = if count == 1 { "has" } else { "have" };
            writeln!(
                f,
                "{CARE}!{CARE:#} {} nearly {verb} these tags, and AWS Backup compares each letter:",
                plural(count, "resource")
            )?;
        }
        for NearMiss { resource, has, lacks } in self.near_misses.iter().take(limit) {
            let has =
                if has.is_empty() { String::new() } else { format!("has {}, ", has.join(", ")) };
            writeln!(f, "    {resource}  {has}lacks {}", lacks.join(", "))?;
        }
        more(f, count, limit)?;
        if self.is_partial {
            writeln!(f, "    More resources are tagged than were read for this.")?;
        }
        Ok(())
    }
}
