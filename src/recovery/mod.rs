//! How things come back from recovery points: what AWS Backup is told for each type, what will differ, what is missing.
//! Pure: what a region offers is handed in.

pub(crate) mod drill;
pub(crate) mod identity;
pub(crate) mod job;
pub(crate) mod landing;
pub(crate) mod order;
pub(crate) mod proof;
pub(crate) mod readiness;
pub(crate) mod region_facts;
pub(crate) mod restored;
pub(crate) mod shared_names;
pub(crate) mod source;
pub(crate) mod tests_seen;
pub(crate) mod translate;
pub(crate) mod wanted;
