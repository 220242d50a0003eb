//! `down`, and what becomes of the backups.

mod advice;
mod emptying;
mod ours;
mod running_jobs;
mod undeletable;
pub(crate) mod with_backups;
