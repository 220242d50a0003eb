//! A deployment as it is found: its record, and the session in which a command works on it. No kind
//! of resource is known here.

pub(crate) mod introduction;
pub(crate) mod record;
pub(crate) mod session;
