//! The way to AWS: clients, the one place where calls are made, and errors with all that AWS said.

mod call;
mod clients;
mod error;
mod silence;

pub(crate) use call::{Caller, Poll};
pub(crate) use clients::{Clients, Connect, RegionClients, connect, unconnected};
pub(crate) use error::{AwsError, Class, Site};
