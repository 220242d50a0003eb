//! The way to AWS: clients, and the one place where calls are made, waited for and given up. What a
//! call is for is not known here.

#[cfg(test)]
pub(crate) mod answering;
mod call;
mod circuit_breaker;
mod clients;
mod credentials;
mod endpoint;
mod environment;
mod pages;
mod patience;
mod proxy;
mod rate;
pub(crate) mod raw;
mod wait;

pub(crate) use call::{Caller, Poll};
pub(crate) use clients::{Clients, Connect, RegionClients, SendingOnce, connect, unconnected};
pub(crate) use patience::CALL_TIMEOUT;
