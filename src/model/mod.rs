//! What a deployment is: its settings, names, regions and record. No AWS and no I/O here.

pub(crate) mod caller_identity;
pub(crate) mod endpoint;
pub(crate) mod instant;
pub(crate) mod job;
pub(crate) mod lambda;
pub(crate) mod manifest;
pub(crate) mod names;
pub(crate) mod policy_document;
pub(crate) mod receiver;
pub(crate) mod recovery_point;
pub(crate) mod region;
pub(crate) mod resource_types;
pub(crate) mod restore_settings;
pub(crate) mod selection;
pub(crate) mod settings;
pub(crate) mod tags;
pub(crate) mod time;
pub(crate) mod vault_lock;
pub(crate) mod version;
