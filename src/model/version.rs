//! Which mrbackup this is.

/// The version, and in a release build from a repository its commit and that commit's day.
pub(crate) const VERSION: &str = env!("MRBACKUP_BUILD_VERSION");
