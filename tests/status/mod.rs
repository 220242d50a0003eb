//! `status`.

mod freshness;
mod options;
mod regions_away;
mod vaults;
