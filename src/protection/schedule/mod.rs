//! What the calendar of a backup plan promises: AWS cron, next runs, and the proof of the plan.
//!
//! All of it is pure: no clock, no zone data of the machine, no call.

mod calendar;
mod cron;
mod field;
mod hint;
#[cfg(test)]
mod naive;
mod proof;
mod stretch;
#[cfg(test)]
mod tests;
mod text;
mod words;
mod zone;

pub(crate) use cron::Cron;
pub(crate) use proof::{Proof, RegionProof, prove};
pub(crate) use text::span;
pub(crate) use zone::time_zone;
