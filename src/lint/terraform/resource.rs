//! A resource of Terraform.

use serde_json::Value;

/// A resource as it is planned or is.
pub(super) struct Resource<'a> {
    pub(super) address: &'a str,
    pub(super) kind: &'a str,
    pub(super) values: &'a Value,
}
