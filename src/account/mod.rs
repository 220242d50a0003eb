//! Calls to AWS that more than one part makes, and what they are made with. When they are made is
//! not decided here.

pub(crate) mod alarms;
pub(crate) mod context;
pub(crate) mod emptying;
pub(crate) mod enabled_regions;
pub(crate) mod event_rules;
pub(crate) mod inline_role;
pub(crate) mod invocation;
pub(crate) mod job_lists;
pub(crate) mod jobs;
pub(crate) mod listings;
pub(crate) mod metrics;
pub(crate) mod obstacles;
pub(crate) mod ownership;
pub(crate) mod plan_owners;
pub(crate) mod plans;
pub(crate) mod raw_reads;
pub(crate) mod readiness;
pub(crate) mod recovery_points;
pub(crate) mod region_facts;
pub(crate) mod resource_tags;
pub(crate) mod restore_jobs;
pub(crate) mod restore_metrics;
pub(crate) mod restore_testing;
pub(crate) mod restored;
pub(crate) mod roles;
pub(crate) mod security_groups;
pub(crate) mod selection_content;
pub(crate) mod selections;
pub(crate) mod service_roles;
pub(crate) mod subscribers;
pub(crate) mod tagged_resources;
pub(crate) mod tagging;
pub(crate) mod topic_keys;
pub(crate) mod topics;
pub(crate) mod vaults;
