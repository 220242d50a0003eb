//! `status`.

mod asked_once;
mod freshness;
mod options;
mod regions_away;
mod vaults;
