//! What comes back from a region's vault: which points there are, what restores of them there were, and restores that are
//! started, followed and finished. What AWS Backup is told is not decided here.

mod adopted;
mod finish;
mod item;
mod marks;
mod plan;
mod run;

pub(crate) use item::{Item, LeftOut, RecoveryPlan, Scope};
pub(crate) use plan::read;
pub(crate) use run::{Outcome, Pace, run};
