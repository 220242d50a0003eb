//! What nearly has the select tags, where nothing has them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::backups::NearMisses;
use crate::failure::Failure;
use crate::protection::near_miss::NearMiss;
use crate::report::finding::{Finding, Severity, listed};
use crate::report::{Problem, plural};

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

    pub(super) fn findings(&self, limit: usize) -> Vec<Finding> {
        if let Some(error) = &self.near_misses_error {
            return vec![Finding::unread(
                "Whether resources nearly have the select tags is unknown",
                error,
            )];
        }
        let count = self.near_misses.len();
        if count == 0 {
            return Vec::new();
        }
        let verb = if count == 1 { "has" } else { "have" };
        let resources = plural(count, "resource");
        let said = format!(
            "{resources} nearly {verb} the select tags, and AWS Backup compares each letter:"
        );
        let name = |NearMiss { resource, has, lacks }: &NearMiss| {
            let has =
                if has.is_empty() { String::new() } else { format!("has {}, ", has.join(", ")) };
            format!("{resource}  {has}lacks {}", lacks.join(", "))
        };
        let mut details = listed(self.near_misses.iter().map(name), count, limit);
        if self.is_partial {
            details.push("More resources are tagged than were read for this.".to_owned());
        }
        vec![Finding::new(Severity::Note, said).with(details)]
    }
}
