//! What a restore made: whether it is there, in which state, and the calls that finish it.

mod ec2;
mod efs;
mod finish;
mod rds;
mod removal;
mod state;
mod thing;

pub(crate) use finish::{Writer, create_mount_target, create_writer};
pub(crate) use removal::{Removal, remove, volumes_of};
pub(crate) use state::read;
pub(crate) use thing::Thing;
