//! `status`.

mod access_policies;
mod asked_once;
mod cases;
mod evidence;
mod freshness;
mod health;
mod locks;
mod options;
mod regions_away;
mod runs;
mod types;
mod vaults;
