//! `FSx` file systems (developer guide, "Restore an `FSx` file system"): with settings alone. A directory, a storage virtual
//! machine or a deployment type cannot be guessed.

use crate::recovery::landing::Landing;
use crate::recovery::source::Source;
use crate::recovery::translate::draft::Draft;
use crate::recovery::translate::{TagCopy, Translation};

const ACCEPTED: &[&str] = &[
    "Name",
    "StorageCapacity",
    "StorageType",
    "KmsKeyId",
    "SecurityGroupIds",
    "SubnetIds",
    "WindowsConfiguration",
    "LustreConfiguration",
    "OntapConfiguration",
    "OpenZFSConfiguration",
    "aws:backup:request-id",
];
/// Of which one says what kind of file system it is.
const CONFIGURATIONS: &[&str] =
    &["WindowsConfiguration", "LustreConfiguration", "OntapConfiguration", "OpenZFSConfiguration"];

pub(super) fn translate(source: &Source, landing: Landing<'_>) -> Translation {
    let mut draft = Draft::new(source, landing);
    let ontap = draft.given("OntapConfiguration").is_some();
    if !CONFIGURATIONS.iter().any(|key| draft.given(key).is_some()) {
        draft.needs_override(
            &CONFIGURATIONS.join(" or "),
            "a restore of FSx needs its directory, storage virtual machine or deployment type",
        );
    }
    // A volume of ONTAP goes into a storage virtual machine, the others into a network.
    if !ontap && draft.given("SubnetIds").is_none() {
        draft.needs_override("SubnetIds", "a restore of FSx needs its subnets");
    }
    draft.put("aws:backup:request-id", landing.request_id);
    draft.lose("it has a new DNS name; aliases and backups of its own are not back");
    draft.done(ACCEPTED, TagCopy::Asked)
}
