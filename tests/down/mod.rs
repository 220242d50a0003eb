//! `down`, and what becomes of the backups.

mod emptying;
pub(crate) mod with_backups;
