//! The resources whose continuous backups AWS Backup only lets go of.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::region::Region;
use crate::protection::deletion::Released;
use crate::report::CARE;

/// A resource whose continuous backups are disassociated, not deleted.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(crate) struct DisassociatedRow {
    region: Region,
    resource: String,
    /// Whether its own service continues them, as far as AWS Backup shows.
    continues: bool,
}

impl DisassociatedRow {
    pub(crate) fn all(released: &Released) -> Vec<Self> {
        let row = |((region, resource), continues): (&(Region, String), &bool)| Self {
            region: region.clone(),
            resource: resource.clone(),
            continues: *continues,
        };
        released.iter().map(row).collect()
    }
}

/// Whether something is told or foretold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tense {
    Past,
    Conditional,
}

pub(crate) fn write_disassociated(
    f: &mut fmt::Formatter<'_>,
    rows: &[DisassociatedRow],
    tense: Tense,
) -> fmt::Result {
    for DisassociatedRow { region, resource, continues } in rows {
        let was = if tense == Tense::Past { "was" } else { "would be" };
        let then = if *continues {
            "its own service keeps its point-in-time recovery"
        } else {
            "it had stopped; its own service may keep what there is"
        };
        writeln!(
            f,
            "{CARE}!{CARE:#} {region} {resource}: its continuous backup {was} disassociated, not deleted: {then}"
        )?;
    }
    match (rows.is_empty(), tense) {
        (true, _) => Ok(()),
        (false, Tense::Past) => writeln!(
            f,
            "AWS Backup no longer manages these: end them with their own service. `--stop-pitr` deletes them instead."
        ),
        (false, Tense::Conditional) => {
            writeln!(
                f,
                "`--stop-pitr` deletes these instead, and ends their point-in-time recovery."
            )
        }
    }
}
