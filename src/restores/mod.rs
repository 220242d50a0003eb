//! What comes back from a region's vault: which points there are, what restores of them there were, and restores that are
//! started, followed and finished. What AWS Backup is told is not decided here.

mod adopted;
pub(crate) mod drill;
mod finish;
mod item;
mod marks;
mod plan;
mod run;
mod warnings;
mod work;

pub(crate) use finish::writer_name;
pub(crate) use item::{Item, LeftOut, RecoveryPlan, Scope};
pub(crate) use marks::{RECOVERED_FROM, are_copied as copies_tags, recovered_from};
pub(crate) use plan::read;
pub(crate) use run::{Pace, run};
pub(crate) use work::Outcome;
