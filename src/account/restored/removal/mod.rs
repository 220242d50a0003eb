//! The deletion of something that was restored, by its service's own call. Each step rests on what is there alone, so that a
//! run that was killed is finished by the next.

mod databases;
mod ec2;
mod s3;

use serde::de::IgnoredAny;
use serde_json::json;

use crate::account::raw_reads::RawReads;
use crate::account::restored::efs::mount_targets;
use crate::account::restored::{Thing, read};
use crate::aws::raw::{DYNAMODB, EFS, Request};
use crate::aws::{Caller, Clients};
use crate::failure::{Failure, if_found};
use crate::model::region::Region;

pub(crate) use ec2::volumes_of;

/// How far the deletion of something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// It is not there any more.
    Gone,
    /// What it waits for.
    Going(&'static str),
    /// Its service deletes it within days: what was arranged.
    Arranged(String),
}

/// What services say while something is not in a state in which it can be deleted yet.
const BUSY: &[&str] = &[
    "BucketNotEmpty",
    "FileSystemInUse",
    "IncorrectInstanceState",
    "IncorrectState",
    "InvalidDBClusterStateFault",
    "InvalidDBInstanceState",
    "OperationAborted",
    "ResourceInUseException",
    "VolumeInUse",
];

/// Takes the next step of a deletion. Databases go without a final snapshot and with their automated backups: what a drill
/// made is to leave nothing that costs.
///
/// # Errors
/// As [`Caller::call`].
pub(crate) async fn remove(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    thing: &Thing,
) -> Result<Removal, Failure> {
    let reads = &RawReads::new(caller, clients, region);
    let step = match thing {
        Thing::Instance(id) => ec2::instance(reads, id).await,
        Thing::Volume(id) => ec2::volume(reads, id).await,
        Thing::DbInstance(id) => databases::instance(reads, id).await,
        Thing::DbCluster(id) => databases::cluster(reads, id).await,
        Thing::Bucket(name) => s3::bucket(reads, name).await,
        Thing::Table(name) => {
            let request =
                Request::<IgnoredAny>::change(&DYNAMODB, "DeleteTable", json!({"TableName": name}));
            let state = read(caller, clients, region, thing).await;
            delete_if(reads, state, "dynamodb:DeleteTable", name, request).await
        }
        Thing::FileSystem(id) => file_system(reads, id).await,
    };
    settle(step)
}

/// What a step came to: something that is gone is what was wanted, and something that is busy is asked again.
fn settle(step: Result<Removal, Failure>) -> Result<Removal, Failure> {
    match if_found(step) {
        Ok(step) => Ok(step.unwrap_or(Removal::Gone)),
        Err(Failure::Aws(error))
            if error.code.as_deref().is_some_and(|code| BUSY.contains(&code)) =>
        {
            Ok(Removal::Going("its service is not ready to delete it"))
        }
        Err(failure) => Err(failure),
    }
}

/// Sends a deletion where the thing is there and not about to be gone.
async fn delete_if<T>(
    reads: &RawReads<'_>,
    there: Result<Option<T>, Failure>,
    action: &'static str,
    name: &str,
    request: Request<IgnoredAny>,
) -> Result<Removal, Failure> {
    if there?.is_none() {
        return Ok(Removal::Gone);
    }
    reads.one(action, name, request).await?;
    Ok(Removal::Going("it is being deleted"))
}

/// Its mount targets first: a person may have made some to look into it.
async fn file_system(reads: &RawReads<'_>, id: &str) -> Result<Removal, Failure> {
    for target in mount_targets(reads, id).await? {
        let target = target.mount_target_id;
        let path = format!("/2015-02-01/mount-targets/{target}");
        let request = Request::<IgnoredAny>::delete(&EFS, "DeleteMountTarget", path);
        if_found(reads.one("elasticfilesystem:DeleteMountTarget", &target, request).await)?;
    }
    let path = format!("/2015-02-01/file-systems/{id}");
    let request = Request::<IgnoredAny>::delete(&EFS, "DeleteFileSystem", path);
    reads.one("elasticfilesystem:DeleteFileSystem", id, request).await?;
    Ok(Removal::Going("it is being deleted"))
}
