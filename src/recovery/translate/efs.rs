//! EFS file systems (developer guide, "Restore an Amazon EFS file system"). What comes back has no mount targets, and its
//! files stand in a directory of their own.

use std::collections::BTreeSet;

use crate::recovery::landing::Landing;
use crate::recovery::source::Source;
use crate::recovery::translate::draft::Draft;
use crate::recovery::translate::network::{places, security_groups};
use crate::recovery::translate::{Finish, TagCopy, Translation};

const ACCEPTED: &[&str] = &[
    "newFileSystem",
    "CreationToken",
    "Encrypted",
    "KmsKeyId",
    "PerformanceMode",
    "file-system-id",
    "singleAzFilesystem",
    "availabilityZoneName",
    "aws:backup:request-id",
];
/// AWS's own key for EFS; it comes into being with the first encrypted file system.
pub(crate) const DEFAULT_KEY: &str = "alias/aws/elasticfilesystem";
/// In the form of an id, and nothing's.
const ANY_FILE_SYSTEM: &str = "fs-00000000000000000";

pub(super) fn translate(source: &Source, landing: Landing<'_>) -> Translation {
    let mut draft = Draft::new(source, landing);
    draft.put("newFileSystem", "true");
    // EFS makes one file system for one token, however often it is asked.
    draft.put("CreationToken", landing.request_id);
    draft.put("Encrypted", "true");
    let key = landing.settings.kms_key.as_deref().unwrap_or(DEFAULT_KEY);
    if let Some(arn) = draft.usable_key(key, "the key", Some("kms_key")) {
        draft.put("KmsKeyId", arn);
    }
    draft.put(
        "PerformanceMode",
        source.said("PerformanceMode").unwrap_or("generalPurpose").to_owned(),
    );
    // AWS wants one even where a new one is made, and takes any: the source's is its own region's.
    let id = if draft.is_at_home() { source.name() } else { ANY_FILE_SYSTEM };
    draft.put("file-system-id", id);
    draft.put("aws:backup:request-id", landing.request_id);
    // Nothing is to mount what a drill makes.
    if landing.set_apart.is_none() {
        mount_targets(&mut draft);
    }
    draft.lose("its files stand in /aws-backup-restore_TIME/; access points, lifecycle, policy and throughput mode are not back");
    draft.done(ACCEPTED, TagCopy::Asked)
}

/// One for each zone.
fn mount_targets(draft: &mut Draft<'_>) {
    let places = places(draft, "subnet");
    let Some(first) = places.first() else { return };
    let Some(security_groups) = security_groups(draft, "securityGroups", &first.vpc) else {
        return;
    };
    let mut zones = BTreeSet::new();
    let one_a_zone = places.iter().filter(|place| zones.insert(&place.zone));
    let subnets = one_a_zone.map(|place| place.subnet.clone()).collect();
    draft.finish_with(Finish::MountTargets { subnets, security_groups });
}
