//! What goes wrong on the way, and that the next run comes to the same end.

pub(crate) mod calls;
mod killed;
