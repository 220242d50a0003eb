//! What goes wrong on the way, and that the next run comes to the same end.

mod bad_days;
pub(crate) mod calls;
pub(crate) mod killed;
