//! What the settings promise, and whether it is kept: schedule, RPO, retention, freshness, loss. No
//! AWS and no I/O here.

pub(crate) mod copies_to_make;
pub(crate) mod coverage;
pub(crate) mod deletion;
pub(crate) mod freshness;
mod judgement;
pub(crate) mod lock_conflict;
pub(crate) mod lost;
pub(crate) mod near_miss;
pub(crate) mod plan_proof;
pub(crate) mod point_groups;
pub(crate) mod point_origin;
pub(crate) mod restore_estimate;
pub(crate) mod restore_tests;
pub(crate) mod restores_proved;
pub(crate) mod retention;
pub(crate) mod rpo;
pub(crate) mod schedule;
pub(crate) mod selected_twice;
pub(crate) mod staying;
pub(crate) mod vault_contents;
pub(crate) mod vault_points;
pub(crate) mod vault_policy;
