//! The two log groups of what SNS delivers from a region's topic: one of all deliveries, one of those that failed.

use std::sync::Arc;

use crate::engine::Kind;
use crate::model::settings::table::Switch;
use crate::steps::log_group::LogGroup;
use crate::steps::scope::{Entry, Scope};

/// What switches the log on, with its groups and its role.
pub(super) const SWITCH: Switch = Switch::named("delivery_log");

/// SNS would make both groups by itself, without retention and without our tags. It takes those that are there.
pub(super) static GROUP: Kind = Kind::new("delivery log group").part_of("delivery log");
pub(super) static FAILURE_GROUP: Kind = Kind::new("failure log group").part_of("delivery log");

pub(super) const GROUP_ENTRY: Entry = Entry::new(Scope::Switched(SWITCH, |context, region| {
    let name = context.names.delivery_log_group(region, false);
    Arc::new(LogGroup::new(context, &GROUP, region, name))
}));
pub(super) const FAILURE_GROUP_ENTRY: Entry =
    Entry::new(Scope::Switched(SWITCH, |context, region| {
        let name = context.names.delivery_log_group(region, true);
        Arc::new(LogGroup::new(context, &FAILURE_GROUP, region, name))
    }));
