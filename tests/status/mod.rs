//! `status`.

mod asked_once;
mod cases;
mod freshness;
mod options;
mod regions_away;
mod vaults;
