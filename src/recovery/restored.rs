//! What the service of something that was restored tells of it.

/// What a service tells of something that was restored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Restored {
    /// The service's own word, such as `available`; `there` for a bucket, which has none.
    pub(crate) state: String,
    /// It serves: for a cluster with a member that is available, for a file system with a mount target that is.
    pub(crate) usable: bool,
    /// Where clients find it, where the service gives it an address.
    pub(crate) endpoint: Option<String>,
    pub(crate) port: Option<i32>,
    /// DB instances of a cluster.
    pub(crate) members: usize,
    /// Of a file system, in whatever state.
    pub(crate) mount_targets: usize,
}
