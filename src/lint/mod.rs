//! Backup plans of any document, checked before anything is deployed. No AWS and no I/O here.

mod aws_cli;
pub(crate) mod catalog;
mod cloudformation;
pub(crate) mod finding;
mod members;
pub(crate) mod model;
mod organization_policy;
pub(crate) mod own_file;
pub(crate) mod read;
pub(crate) mod rules;
pub(crate) mod severity;
pub(crate) mod surroundings;
mod terraform;
mod tree;
pub(crate) mod vault_arn;
