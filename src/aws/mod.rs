//! The way to AWS: clients, the one place where calls are made, and errors with all that AWS said.

mod call;
mod circuit_breaker;
mod clients;
mod pages;

pub(crate) use call::{Caller, Poll};
pub(crate) use clients::{Clients, Connect, RegionClients, SendingOnce, connect, unconnected};
