//! `up`: whatever the settings and the account were before.

mod convergence;
mod email;
mod lost_protection;
mod lost_record;
mod own_settings;
pub(crate) mod ownership;
mod protection;
mod regions;
