//! The resources of a deployment: one file a kind, with its pure documents beside it. No call that
//! another part makes too is here.

mod alarm_configuration;
mod dead_letter_queue;
pub(crate) mod event_pattern;
mod event_rule;
mod event_target;
mod failure_destination;
mod forwarding_role;
pub(crate) mod function;
pub(crate) mod function_code;
mod function_document;
mod function_policy;
mod function_role;
mod log_group;
pub(crate) mod metric_alarm;
mod permission;
pub(crate) mod plan;
pub(crate) mod plan_document;
mod plan_preview;
mod registry;
mod scope;
pub(crate) mod selection;
mod selection_name;
pub(crate) mod service_role;
pub(crate) mod subscriptions;
pub(crate) mod topic;
mod topic_key_policy;
mod topic_policy;
pub(crate) mod vault;
pub(crate) mod watchdog_input;

pub(crate) use registry::{all, anywhere, chain, forwarding, switch_of, switched};
