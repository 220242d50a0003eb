//! Whether something that was restored is there, and whether it can be used.

use serde::Deserialize;
use serde_json::json;

use crate::account::raw_reads::{Page, RawReads};
use crate::account::restored::thing::Thing;
use crate::aws::raw::{DYNAMODB, EC2, EFS, List, RDS, Request};
use crate::aws::{Caller, Clients};
use crate::failure::{Failure, if_found};
use crate::model::region::Region;

/// What a service says of something that was restored.
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

/// Reads something by its id or name; `None` where it is not there, or about to be gone.
///
/// # Errors
/// As [`Caller::call`].
pub(crate) async fn read(
    caller: &Caller,
    clients: &Clients,
    region: &Region,
    thing: &Thing,
) -> Result<Option<Restored>, Failure> {
    let reads = &RawReads::new(caller, clients, region);
    let found = match thing {
        Thing::Volume(id) => volume(reads, id).await,
        Thing::Instance(id) => instance(reads, id).await,
        Thing::DbInstance(id) => db_instance(reads, id).await,
        Thing::DbCluster(id) => db_cluster(reads, id).await,
        Thing::Table(name) => table(reads, name).await,
        Thing::FileSystem(id) => file_system(reads, id).await,
        Thing::Bucket(name) => bucket(reads, name).await,
    };
    Ok(if_found(found)?.flatten())
}

#[derive(Debug, Deserialize)]
struct FoundVolume {
    status: String,
}

async fn volume(reads: &RawReads<'_>, id: &str) -> Result<Option<Restored>, Failure> {
    let page = reads.one("ec2:DescribeVolumes", id, volume_of(id)).await?;
    let found = page.list.into_iter().next().filter(|volume| !volume.status.starts_with("delet"));
    Ok(found.map(|volume| Restored {
        usable: ["available", "in-use"].contains(&volume.status.as_str()),
        state: volume.status,
        ..Restored::default()
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reservation {
    #[serde(default)]
    instances_set: List<FoundInstance>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundInstance {
    instance_state: InstanceState,
    /// Empty without a public address.
    dns_name: Option<String>,
    private_ip_address: Option<String>,
}

#[derive(Debug, Deserialize)]
struct InstanceState {
    name: String,
}

/// A terminated instance is still listed for about an hour (EC2 user guide, "Terminate your instance").
async fn instance(reads: &RawReads<'_>, id: &str) -> Result<Option<Restored>, Failure> {
    let page = reads.one("ec2:DescribeInstances", id, instance_of(id)).await?;
    let found = page.list.into_iter().flat_map(|reservation| reservation.instances_set).next();
    let gone = ["terminated", "shutting-down"];
    let found = found.filter(|instance| !gone.contains(&instance.instance_state.name.as_str()));
    Ok(found.map(|instance| Restored {
        usable: instance.instance_state.name == "running",
        state: instance.instance_state.name,
        endpoint: filled(instance.dns_name).or(filled(instance.private_ip_address)),
        ..Restored::default()
    }))
}

#[derive(Debug, Deserialize)]
pub(super) struct FoundDbInstance {
    #[serde(rename = "DBInstanceStatus")]
    status: Option<String>,
    #[serde(rename = "Endpoint")]
    endpoint: Option<Endpoint>,
    #[serde(rename = "DBClusterIdentifier")]
    pub(super) cluster: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    address: Option<String>,
    port: Option<i32>,
}

async fn db_instance(reads: &RawReads<'_>, id: &str) -> Result<Option<Restored>, Failure> {
    let page = reads.one("rds:DescribeDBInstances", id, db_instance_of(id)).await?;
    Ok(page.list.into_iter().next().map(|instance| {
        let status = instance.status.unwrap_or_default();
        let (address, port) = instance.endpoint.map_or((None, None), |end| (end.address, end.port));
        Restored {
            usable: status == "available",
            state: status,
            endpoint: filled(address),
            port,
            ..Restored::default()
        }
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundCluster {
    status: Option<String>,
    endpoint: Option<String>,
    port: Option<i32>,
    #[serde(rename = "DBClusterMembers", default)]
    members: List<Member>,
}

#[derive(Debug, Deserialize)]
struct Member {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
}

/// A restore makes a cluster without members: its endpoint leads nowhere until one is available.
async fn db_cluster(reads: &RawReads<'_>, id: &str) -> Result<Option<Restored>, Failure> {
    let page = reads.one("rds:DescribeDBClusters", id, db_cluster_of(id)).await?;
    let Some(cluster) = page.list.into_iter().next() else { return Ok(None) };
    let status = cluster.status.unwrap_or_default();
    let mut usable = false;
    for member in &cluster.members.items {
        if status != "available" || usable {
            break;
        }
        let found = if_found(db_instance(reads, &member.id).await)?.flatten();
        usable = found.is_some_and(|member| member.usable);
    }
    Ok(Some(Restored {
        usable,
        state: status,
        endpoint: filled(cluster.endpoint),
        port: cluster.port,
        members: cluster.members.items.len(),
        ..Restored::default()
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TableAnswer {
    table: FoundTable,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundTable {
    table_status: String,
}

async fn table(reads: &RawReads<'_>, name: &str) -> Result<Option<Restored>, Failure> {
    let state = reads.one("dynamodb:DescribeTable", name, table_of(name)).await?.table.table_status;
    let usable = ["ACTIVE", "UPDATING"].contains(&state.as_str());
    let gone = state == "DELETING";
    Ok((!gone).then(|| Restored { usable, state, ..Restored::default() }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FileSystems {
    file_systems: Vec<FoundFileSystem>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundFileSystem {
    life_cycle_state: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MountTargets {
    pub(super) mount_targets: Vec<MountTarget>,
    pub(super) next_marker: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MountTarget {
    pub(super) mount_target_id: String,
    pub(super) subnet_id: String,
    life_cycle_state: String,
}

async fn file_system(reads: &RawReads<'_>, id: &str) -> Result<Option<Restored>, Failure> {
    let answer = reads.one("elasticfilesystem:DescribeFileSystems", id, file_system_of(id)).await?;
    let found = answer.file_systems.into_iter().next();
    let found = found.filter(|found| !found.life_cycle_state.starts_with("delet"));
    let Some(found) = found else { return Ok(None) };
    let targets = mount_targets(reads, id).await?;
    let serves = targets.iter().any(|target| target.life_cycle_state == "available");
    let suffix = reads.region.partition().dns_suffix();
    Ok(Some(Restored {
        usable: found.life_cycle_state == "available" && serves,
        state: found.life_cycle_state,
        // The name of every file system (EFS user guide, "Mounting with the DNS name").
        endpoint: serves.then(|| format!("{id}.efs.{}.{suffix}", reads.region)),
        mount_targets: targets.len(),
        ..Restored::default()
    }))
}

/// All mount targets of a file system.
pub(super) async fn mount_targets(
    reads: &RawReads<'_>,
    file_system: &str,
) -> Result<Vec<MountTarget>, Failure> {
    let action = "elasticfilesystem:DescribeMountTargets";
    let request = |marker: Option<String>| mount_targets_of(file_system, marker.as_deref());
    let take = |page: MountTargets| (page.mount_targets, page.next_marker);
    reads.list("mount targets", action, request, take).await
}

async fn bucket(reads: &RawReads<'_>, name: &str) -> Result<Option<Restored>, Failure> {
    let there: String = reads.one("s3:ListBucket", name, head_of(name)).await?;
    Ok(Some(Restored { state: there, usable: true, ..Restored::default() }))
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn volume_of(id: &str) -> Request<Page<FoundVolume>> {
    Request::of(&EC2, "DescribeVolumes", json!({"VolumeId": [id]}))
}

fn instance_of(id: &str) -> Request<Page<Reservation>> {
    Request::of(&EC2, "DescribeInstances", json!({"InstanceId": [id]}))
}

pub(super) fn db_instance_of(id: &str) -> Request<Page<FoundDbInstance>> {
    Request::of(&RDS, "DescribeDBInstances", json!({"DBInstanceIdentifier": id}))
}

fn db_cluster_of(id: &str) -> Request<Page<FoundCluster>> {
    Request::of(&RDS, "DescribeDBClusters", json!({"DBClusterIdentifier": id}))
}

fn table_of(name: &str) -> Request<TableAnswer> {
    Request::of(&DYNAMODB, "DescribeTable", json!({"TableName": name}))
}

fn file_system_of(id: &str) -> Request<FileSystems> {
    let query = [("FileSystemId", Some(id))];
    Request::get(&EFS, "DescribeFileSystems", "/2015-02-01/file-systems", &query)
}

fn mount_targets_of(file_system: &str, marker: Option<&str>) -> Request<MountTargets> {
    let query = [("FileSystemId", Some(file_system)), ("Marker", marker)];
    Request::get(&EFS, "DescribeMountTargets", "/2015-02-01/mount-targets", &query)
}

fn head_of(name: &str) -> Request<String> {
    Request::head_of_bucket(name, |response| {
        (response.status().as_u16() == 200).then(|| "there".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_asked_for_in_its_services_words() {
        let ec2 = |operation: &str| format!("Action={operation}&Version=2016-11-15");
        let rds = |operation: &str| format!("Action={operation}&Version=2014-10-31");
        assert_eq!(volume_of("vol-1").wire().2, ec2("DescribeVolumes") + "&VolumeId.1=vol-1");
        assert_eq!(instance_of("i-1").wire().2, ec2("DescribeInstances") + "&InstanceId.1=i-1");
        assert_eq!(
            db_instance_of("orders").wire().2,
            rds("DescribeDBInstances") + "&DBInstanceIdentifier=orders"
        );
        assert_eq!(
            db_cluster_of("shop").wire().2,
            rds("DescribeDBClusters") + "&DBClusterIdentifier=shop"
        );
        assert_eq!(table_of("t").wire().2, r#"{"TableName":"t"}"#);
        let path = |path: &str| ("GET", path.to_owned(), "");
        assert_eq!(
            file_system_of("fs-1").wire(),
            path("/2015-02-01/file-systems?FileSystemId=fs-1")
        );
        assert_eq!(
            mount_targets_of("fs-1", Some("m")).wire(),
            path("/2015-02-01/mount-targets?FileSystemId=fs-1&Marker=m")
        );
        assert_eq!(head_of("b").wire(), ("HEAD", "/b/".to_owned(), ""));
    }

    #[test]
    fn a_cluster_and_an_instance_are_read_with_their_endpoints() {
        let page = db_cluster_of("shop").answered(
            "<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters><DBCluster><DBClusterIdentifier>shop</DBClusterIdentifier><Status>available</Status><Endpoint>shop.cluster-x.us-west-2.rds.amazonaws.com</Endpoint><Port>5432</Port><DBClusterMembers><DBClusterMember><IsClusterWriter>true</IsClusterWriter><DBInstanceIdentifier>one</DBInstanceIdentifier></DBClusterMember></DBClusterMembers></DBCluster></DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>",
        );
        let cluster = page.list.into_iter().next().unwrap();
        assert_eq!((cluster.members.items[0].id.as_str(), cluster.port), ("one", Some(5432)));
        let page = db_instance_of("one").answered(
            "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance><DBInstanceIdentifier>one</DBInstanceIdentifier><DBInstanceStatus>creating</DBInstanceStatus><DBClusterIdentifier>shop</DBClusterIdentifier></DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>",
        );
        let instance = page.list.into_iter().next().unwrap();
        assert_eq!(instance.status.as_deref(), Some("creating"));
        assert!(instance.endpoint.is_none(), "it has none until it is available");
        let page = instance_of("i-1").answered(
            "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState><dnsName/><privateIpAddress>10.0.0.5</privateIpAddress></item></instancesSet></item></reservationSet></DescribeInstancesResponse>",
        );
        let found = page.list.into_iter().next().unwrap().instances_set.into_iter().next().unwrap();
        assert_eq!(found.instance_state.name, "running");
        assert_eq!(
            filled(found.dns_name).or(found.private_ip_address).as_deref(),
            Some("10.0.0.5")
        );
    }
}
