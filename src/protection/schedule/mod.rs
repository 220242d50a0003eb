//! What the calendar of a backup plan promises: AWS cron, next runs, and the proof of the plan.
//!
//! All of it is pure: no clock, no zone data of the machine, no call.

mod calendar;
mod cron;
mod display;
mod field;
mod interval;
mod lapse;
mod proof;
#[cfg(test)]
mod reference;
mod suggestion;
#[cfg(test)]
mod tests;
mod units;
mod zone;

pub(crate) use cron::Cron;
pub(crate) use lapse::Lapse;
pub(crate) use proof::{Proof, RegionProof, Run, prove};
pub(crate) use units::span;
pub(crate) use zone::time_zone;
