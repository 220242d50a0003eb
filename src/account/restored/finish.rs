//! What a restore leaves undone: a cluster without members, a file system that nothing can mount.

use serde::Deserialize;
use serde_json::json;

use crate::account::raw_reads::RawReads;
use crate::account::restored::efs::mount_targets;
use crate::account::restored::rds::db_instance_of;
use crate::aws::raw::{Creating, EFS, RDS};
use crate::aws::{Caller, Clients, SendingOnce};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;

/// The DB instance that makes a restored cluster usable: the first member writes.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(crate) cluster: String,
    /// The identifier of the instance to be made.
    pub(crate) instance: String,
    /// The cluster's own, such as `aurora-postgresql` or `docdb`.
    pub(crate) engine: String,
    /// Such as `db.r6g.large`.
    pub(crate) class: String,
}

#[derive(Debug, Deserialize)]
struct MadeInstance {
    #[serde(rename = "DBInstance")]
    instance: Identified,
}

#[derive(Debug, Deserialize)]
struct Identified {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MadeTarget {
    mount_target_id: String,
}

/// Makes a member of a restored cluster, and does not wait for it; one that is there is left as it is.
///
/// # Errors
/// As [`Caller::create`], and an instance of that name that is no member of the cluster.
pub(crate) async fn create_writer(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    writer: &Writer,
) -> Result<(), Failure> {
    let reads = &RawReads::new(caller, clients, region);
    let request = &writer_of(writer);
    let site = CallSite::new("rds:CreateDBInstance", region, &writer.instance);
    let send = |once: &SendingOnce| once.send(request);
    let made =
        |made: MadeInstance| made.instance.id.eq_ignore_ascii_case(&writer.instance).then_some(());
    caller.create(&clients.region(region), site, send, made, || member(reads, writer)).await
}

/// Whether the instance is there, as a member of the cluster.
async fn member(reads: &RawReads<'_>, writer: &Writer) -> Result<Option<()>, Failure> {
    let id = &writer.instance;
    let found = reads.one("rds:DescribeDBInstances", id, db_instance_of(id)).await;
    let found = if_found(found)?.and_then(|page| page.list.into_iter().next());
    let Some(found) = found else { return Ok(None) };
    // RDS keeps names in lower case.
    if found.cluster.is_some_and(|cluster| cluster.eq_ignore_ascii_case(&writer.cluster)) {
        return Ok(Some(()));
    }
    Err(Failure::refused(
        format!(
            "the DB instance {id} is there, and it is no member of the cluster {}",
            writer.cluster
        ),
        "give the cluster's writer another name",
    ))
}

/// Makes a mount target, and does not wait for it; its id. One in that subnet is taken as it is.
///
/// # Errors
/// As [`Caller::create`]: a file system has one mount target in a zone, and one in another subnet of the zone is not
/// the one that was asked for (EFS API reference, `CreateMountTarget`).
pub(crate) async fn create_mount_target(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    file_system: &str,
    subnet: &str,
    security_groups: &[String],
) -> Result<String, Failure> {
    let reads = &RawReads::new(caller, clients, region);
    let request = &mount_target_of(file_system, subnet, security_groups);
    let site = CallSite::new("elasticfilesystem:CreateMountTarget", region, file_system);
    let send = |once: &SendingOnce| once.send(request);
    let made = |made: MadeTarget| Some(made.mount_target_id);
    let look = || async move {
        let targets = mount_targets(reads, file_system).await?;
        let found = targets.into_iter().find(|target| target.subnet_id == subnet);
        Ok(found.map(|target| target.mount_target_id))
    };
    caller.create(&clients.region(region), site, send, made, look).await
}

fn writer_of(writer: &Writer) -> Creating<MadeInstance> {
    let params = json!({
        "DBInstanceIdentifier": writer.instance,
        "DBClusterIdentifier": writer.cluster,
        "Engine": writer.engine,
        "DBInstanceClass": writer.class
    });
    Creating::of(&RDS, "CreateDBInstance", params)
}

/// Without security groups, AWS takes the default one of the VPC.
fn mount_target_of(file_system: &str, subnet: &str, groups: &[String]) -> Creating<MadeTarget> {
    let groups = (!groups.is_empty()).then_some(groups);
    let body = json!({"FileSystemId": file_system, "SubnetId": subnet, "SecurityGroups": groups});
    Creating::post(&EFS, "CreateMountTarget", "/2015-02-01/mount-targets", body)
}

#[cfg(test)]
mod tests;
