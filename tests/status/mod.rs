//! `status`, and what goes on from it: `repair` and `tag`.

pub(crate) mod backups;
mod rest;
