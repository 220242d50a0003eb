//! What the tests share.

pub(crate) mod harness;
pub(crate) mod same_account;
