//! The resources of a deployment: one file a kind, with its pure documents beside it, and the one list of kinds. No call
//! that another part makes too is here.

mod alarm_configuration;
mod dashboard;
mod dashboard_body;
mod dead_letter_queue;
mod delivery_log;
mod delivery_log_groups;
mod delivery_log_role;
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
mod given_role;
mod given_subscribers;
mod given_topic;
mod given_vault;
mod log_group;
pub(crate) mod metric_alarm;
mod permission;
pub(crate) mod plan;
pub(crate) mod plan_document;
mod plan_preview;
mod registry;
mod restore_testing_document;
pub(crate) mod restore_testing_plan;
mod restore_testing_selection;
mod role_trust;
mod scope;
pub(crate) mod selection;
mod selection_name;
mod selection_spec;
pub(crate) mod service_role;
pub(crate) mod subscriptions;
pub(crate) mod topic;
mod topic_key_policy;
mod topic_policy;
pub(crate) mod vault;
pub(crate) mod watchdog_input;

pub(crate) use function_code::validator_code;
pub(crate) use registry::{Around, all, anywhere, chain, forwarding, switch_of, switched};
use scope::Entry;

/// In the recipe's order. Kinds of one scope that follow each other are listed region by region.
const KINDS: &[Entry] = &[
    service_role::ENTRY.or_given(given_role::step),
    vault::ENTRY.or_given(given_vault::step),
    plan::ENTRY,
    selection::ENTRY,
    topic::ENTRY.of_topic().or_given(given_topic::step),
    subscriptions::ENTRY.of_topic().or_given(given_subscribers::step),
    log_group::VALIDATOR_ENTRY,
    function_role::VALIDATOR_ENTRY,
    function::VALIDATOR_ENTRY,
    failure_destination::VALIDATOR_ENTRY,
    event_rule::VALIDATOR_ENTRY,
    dead_letter_queue::VALIDATOR_ENTRY,
    event_target::VALIDATOR_ENTRY,
    permission::VALIDATOR_ENTRY,
    log_group::WATCHDOG_ENTRY,
    function_role::WATCHDOG_ENTRY,
    function::WATCHDOG_ENTRY,
    failure_destination::WATCHDOG_ENTRY,
    event_rule::WATCHDOG_ENTRY,
    dead_letter_queue::WATCHDOG_ENTRY,
    event_target::WATCHDOG_ENTRY,
    permission::WATCHDOG_ENTRY,
    metric_alarm::FINDINGS_ENTRY,
    metric_alarm::HEARTBEAT_ENTRY,
    metric_alarm::RECOVERY_ENTRY,
    metric_alarm::RECOVERY_DATA_ENTRY,
    dashboard::ENTRY,
    delivery_log_groups::GROUP_ENTRY,
    delivery_log_groups::FAILURE_GROUP_ENTRY,
    delivery_log_role::ENTRY,
    delivery_log::ENTRY,
    forwarding_role::ENTRY,
    event_rule::FORWARDING_ENTRY,
    dead_letter_queue::FORWARDING_ENTRY,
    event_target::FORWARDING_ENTRY,
    restore_testing_plan::ENTRY,
    restore_testing_selection::ENTRY,
];
