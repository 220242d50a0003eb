//! A deployment as it is found: its record, and the session in which a command works on it. No kind
//! of resource is known here.

pub(crate) mod introduction;
mod places;
pub(crate) mod record;
pub(crate) mod regional;
pub(crate) mod search;
pub(crate) mod session;
