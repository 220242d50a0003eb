//! What may be of a type that AWS Backup knows and mrbackup does not.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::backups::UnknownTypes;
use crate::report::finding::{Finding, Severity, listed};
use crate::report::plural;

/// The types, and what carries the tags and may be of them.
#[derive(Debug, Default, JsonSchema, Serialize)]
pub(super) struct UnknownTypeRows {
    unknown_types: Vec<UnknownType>,
    /// It is unknown whether these are backed up.
    unknown_resources: BTreeSet<String>,
    #[serde(skip)]
    is_partial: bool,
}

/// A type by AWS's name of it.
#[derive(Debug, JsonSchema, Serialize)]
struct UnknownType {
    #[serde(rename = "type")]
    name: String,
    opted_in: bool,
}

impl UnknownTypeRows {
    pub(super) fn new(unknown: &UnknownTypes) -> Self {
        let types = unknown.types.iter();
        let types = types.map(|(name, on)| UnknownType { name: name.clone(), opted_in: *on });
        Self {
            unknown_types: types.collect(),
            unknown_resources: unknown.resources.clone(),
            is_partial: unknown.is_partial,
        }
    }

    /// Whether no resource may be of an unknown type.
    pub(super) fn is_empty(&self) -> bool {
        self.unknown_resources.is_empty()
    }

    pub(super) fn finding(&self, limit: usize) -> Option<Finding> {
        let name = |UnknownType { name, opted_in }: &UnknownType| match opted_in {
            true => name.clone(),
            false => format!("{name} (not opted in)"),
        };
        let types: Vec<String> = self.unknown_types.iter().map(name).collect();
        let types = types.join(", ");
        let count = self.unknown_resources.len();
        let resources = plural(count, "resource");
        let are = if count == 1 { "is" } else { "are" };
        let text = match (types.is_empty(), count) {
            (true, 0) => return None,
            (true, _) => format!(
                "{resources} with recovery points {are} of a type that mrbackup does not know: unknown whether the plan still selects:"
            ),
            (false, 0) => format!(
                "AWS Backup has types that mrbackup does not know: {types}; nothing with the tags is of them"
            ),
            (false, _) => format!(
                "AWS Backup has types that mrbackup does not know: {types}; {resources} with the tags may be of them, so that it is unknown whether they are backed up:"
            ),
        };
        let names = self.unknown_resources.iter().map(|resource| format!("{resource}  unknown"));
        let mut details = listed(names, count, limit);
        if self.is_partial {
            details.push("More resources have the tags than were read for this.".to_owned());
        }
        Some(Finding::new(Severity::Note, text).with(details))
    }
}
