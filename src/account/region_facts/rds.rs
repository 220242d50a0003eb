//! What Amazon RDS says: names that are taken, groups, the snapshots of AWS Backup, and the classes on offer.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::account::raw_reads::{Page, RawReads};
use crate::aws::raw::{List, RDS, Request};
use crate::failure::Failure;
use crate::recovery::region_facts::{DatabaseEngine, Databases, DbSnapshot, DbSubnetGroup, Fact};

/// What is there: instances, members of clusters among them, and clusters.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    pub(super) instances: Vec<String>,
    pub(super) clusters: Vec<String>,
    /// The engine of each, by identifier.
    pub(super) engines: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Named {
    /// Of an instance, which names its cluster too where it is a member of one.
    #[serde(rename = "DBInstanceIdentifier")]
    instance: Option<String>,
    #[serde(rename = "DBClusterIdentifier")]
    cluster: Option<String>,
    #[serde(rename = "Engine")]
    engine: Option<String>,
}

#[derive(Debug, Deserialize)]
struct FoundSubnetGroup {
    #[serde(rename = "DBSubnetGroupName")]
    name: String,
    #[serde(rename = "VpcId")]
    vpc: String,
    #[serde(rename = "Subnets", default)]
    subnets: List<FoundSubnet>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundSubnet {
    subnet_availability_zone: Option<Zone>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Zone {
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct FoundParameterGroup {
    #[serde(alias = "DBParameterGroupName", alias = "DBClusterParameterGroupName")]
    name: String,
    #[serde(rename = "DBParameterGroupFamily")]
    family: String,
}

/// Of an instance or of a cluster, whose snapshot calls the same things by other names.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundSnapshot {
    #[serde(alias = "DBSnapshotArn", alias = "DBClusterSnapshotArn")]
    arn: String,
    engine: String,
    engine_version: Option<String>,
    /// Of an instance's.
    encrypted: Option<bool>,
    /// Of a cluster's.
    storage_encrypted: Option<bool>,
    kms_key_id: Option<String>,
    port: Option<i32>,
}

#[derive(Debug, Deserialize)]
struct Orderable {
    #[serde(rename = "DBInstanceClass")]
    class: String,
}

/// The identifiers of all instances and clusters.
pub(super) async fn taken(reads: &RawReads<'_>) -> Result<Taken, Failure> {
    let (instances, clusters) = tokio::try_join!(
        reads.pages("DB instances", "rds:DescribeDBInstances", |marker| {
            page("DescribeDBInstances", marker)
        }),
        reads.pages("DB clusters", "rds:DescribeDBClusters", |marker| {
            page("DescribeDBClusters", marker)
        }),
    )?;
    let mut engines = BTreeMap::new();
    let mut ids = |found: Vec<Named>| {
        let mut ids = Vec::new();
        for Named { instance, cluster, engine } in found {
            let Some(id) = instance.or(cluster) else { continue };
            engines.extend(engine.map(|engine| (id.clone(), engine)));
            ids.push(id);
        }
        ids
    };
    let (instances, clusters) = (ids(instances), ids(clusters));
    Ok(Taken { instances, clusters, engines })
}

/// The groups that a restore may name; the rest of [`Databases`] is empty.
pub(super) async fn groups(reads: &RawReads<'_>) -> Result<Databases, Failure> {
    let (subnets, parameters, of_clusters) = tokio::try_join!(
        reads.pages("DB subnet groups", "rds:DescribeDBSubnetGroups", |marker| {
            page("DescribeDBSubnetGroups", marker)
        }),
        reads.pages("DB parameter groups", "rds:DescribeDBParameterGroups", |marker| {
            page("DescribeDBParameterGroups", marker)
        }),
        reads.pages(
            "DB cluster parameter groups",
            "rds:DescribeDBClusterParameterGroups",
            |marker| { page("DescribeDBClusterParameterGroups", marker) }
        ),
    )?;
    let subnet_groups = subnets.into_iter().map(|group: FoundSubnetGroup| {
        let zones =
            group.subnets.into_iter().filter_map(|subnet| subnet.subnet_availability_zone?.name);
        (group.name, DbSubnetGroup { vpc: group.vpc, zones: zones.collect() })
    });
    let families = |found: Vec<FoundParameterGroup>| {
        found.into_iter().map(|group| (group.name, group.family)).collect()
    };
    Ok(Databases {
        subnet_groups: subnet_groups.collect(),
        parameter_groups: families(parameters),
        cluster_parameter_groups: families(of_clusters),
        ..Databases::default()
    })
}

/// The snapshots of instances and clusters that AWS Backup has made or copied here, by ARN.
pub(super) async fn snapshots(
    reads: &RawReads<'_>,
) -> Result<BTreeMap<String, DbSnapshot>, Failure> {
    let (of_instances, of_clusters) = tokio::try_join!(
        reads.pages("DB snapshots", "rds:DescribeDBSnapshots", |marker| {
            of_aws_backup("DescribeDBSnapshots", marker)
        }),
        reads.pages("DB cluster snapshots", "rds:DescribeDBClusterSnapshots", |marker| {
            of_aws_backup("DescribeDBClusterSnapshots", marker)
        }),
    )?;
    let found = of_instances.into_iter().chain(of_clusters).map(|found| {
        let version = found.engine_version.unwrap_or_default();
        let snapshot = DbSnapshot {
            engine: DatabaseEngine { name: found.engine, version },
            encrypted: found.encrypted.or(found.storage_encrypted).unwrap_or_default(),
            key: found.kms_key_id.filter(|key| !key.is_empty()),
            // 0 in a snapshot that knows none.
            port: found.port.filter(|port| *port > 0),
        };
        (found.arn, snapshot)
    });
    Ok(found.collect())
}

/// The DB instance classes that can be ordered for an engine's version; none for one that is not offered.
pub(super) async fn classes(
    reads: &RawReads<'_>,
    engine: &DatabaseEngine,
) -> Result<BTreeSet<String>, Failure> {
    let action = "rds:DescribeOrderableDBInstanceOptions";
    let request = |marker: Option<&str>| orderable(engine, marker);
    let found = reads.pages("orderable DB instance options", action, request).await?;
    Ok(found.into_iter().map(|option| option.class).collect())
}

/// One fact of what was read apart: unread where any of it is.
pub(super) fn together(
    taken: Fact<Taken>,
    groups: Fact<Databases>,
    snapshots: Fact<BTreeMap<String, DbSnapshot>>,
) -> Fact<Databases> {
    let mut databases = match groups {
        // Names that were read for the quotas alone are nobody's fact.
        Fact::NotAsked => match &snapshots {
            Fact::NotAsked => return Fact::NotAsked,
            _ => Databases::default(),
        },
        Fact::Unread(error) => return Fact::Unread(error),
        Fact::Known(databases) => databases,
    };
    match taken {
        Fact::NotAsked => (),
        Fact::Unread(error) => return Fact::Unread(error),
        Fact::Known(taken) => {
            databases.names = taken.instances.into_iter().chain(taken.clusters).collect();
            databases.engines = taken.engines;
        }
    }
    match snapshots {
        Fact::NotAsked => (),
        Fact::Unread(error) => return Fact::Unread(error),
        Fact::Known(snapshots) => databases.snapshots = snapshots,
    }
    Fact::Known(databases)
}

fn page<T: DeserializeOwned>(operation: &'static str, marker: Option<&str>) -> Request<Page<T>> {
    Request::of(&RDS, operation, json!({"MaxRecords": 100, "Marker": marker}))
}

fn of_aws_backup(operation: &'static str, marker: Option<&str>) -> Request<Page<FoundSnapshot>> {
    let params = json!({"SnapshotType": "awsbackup", "MaxRecords": 100, "Marker": marker});
    Request::of(&RDS, operation, params)
}

fn orderable(engine: &DatabaseEngine, marker: Option<&str>) -> Request<Page<Orderable>> {
    let params = json!({
        "Engine": engine.name, "EngineVersion": engine.version, "MaxRecords": 100, "Marker": marker
    });
    Request::of(&RDS, "DescribeOrderableDBInstanceOptions", params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_asked_for_in_rdss_words() {
        let start = |operation: &str| format!("Action={operation}&Version=2014-10-31");
        let instances: Request<Page<Named>> = page("DescribeDBInstances", Some("m 1"));
        assert_eq!(
            instances.wire().2,
            start("DescribeDBInstances") + "&Marker=m%201&MaxRecords=100"
        );
        assert_eq!(
            of_aws_backup("DescribeDBSnapshots", None).wire().2,
            start("DescribeDBSnapshots") + "&MaxRecords=100&SnapshotType=awsbackup"
        );
        let engine = DatabaseEngine { name: "postgres".to_owned(), version: "16.4".to_owned() };
        assert_eq!(
            orderable(&engine, None).wire().2,
            start("DescribeOrderableDBInstanceOptions")
                + "&Engine=postgres&EngineVersion=16.4&MaxRecords=100"
        );
    }

    #[test]
    fn groups_and_snapshots_are_read_as_rds_gives_them() {
        let groups: Page<FoundSubnetGroup> = page("DescribeDBSubnetGroups", None).answered(
            r#"<DescribeDBSubnetGroupsResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">
  <DescribeDBSubnetGroupsResult>
    <DBSubnetGroups>
      <DBSubnetGroup>
        <VpcId>vpc-e7abbdce</VpcId><SubnetGroupStatus>Complete</SubnetGroupStatus>
        <DBSubnetGroupName>default</DBSubnetGroupName>
        <Subnets>
          <Subnet><SubnetStatus>Active</SubnetStatus><SubnetIdentifier>subnet-1</SubnetIdentifier><SubnetAvailabilityZone><Name>us-west-2b</Name></SubnetAvailabilityZone></Subnet>
          <Subnet><SubnetStatus>Active</SubnetStatus><SubnetIdentifier>subnet-2</SubnetIdentifier><SubnetAvailabilityZone><Name>us-west-2a</Name></SubnetAvailabilityZone></Subnet>
        </Subnets>
      </DBSubnetGroup>
    </DBSubnetGroups>
  </DescribeDBSubnetGroupsResult>
  <ResponseMetadata><RequestId>b783db3b-b98c-11d3-fbc7-5c0aad74da7c</RequestId></ResponseMetadata>
</DescribeDBSubnetGroupsResponse>"#,
        );
        let group = groups.list.into_iter().next().unwrap();
        assert_eq!((group.name.as_str(), group.vpc.as_str()), ("default", "vpc-e7abbdce"));
        assert_eq!(group.subnets.items.len(), 2);

        let of_cluster = of_aws_backup("DescribeDBClusterSnapshots", None).answered(
            "<DescribeDBClusterSnapshotsResponse><DescribeDBClusterSnapshotsResult><DBClusterSnapshots><DBClusterSnapshot><AvailabilityZones><AvailabilityZone>us-west-2a</AvailabilityZone></AvailabilityZones><Engine>aurora-postgresql</Engine><EngineVersion>15.4</EngineVersion><Port>0</Port><StorageEncrypted>true</StorageEncrypted><KmsKeyId>arn:k</KmsKeyId><DBClusterSnapshotArn>arn:c</DBClusterSnapshotArn></DBClusterSnapshot></DBClusterSnapshots></DescribeDBClusterSnapshotsResult></DescribeDBClusterSnapshotsResponse>",
        );
        let of_instance = of_aws_backup("DescribeDBSnapshots", None).answered(
            "<DescribeDBSnapshotsResponse><DescribeDBSnapshotsResult><Marker>next</Marker><DBSnapshots><DBSnapshot><Engine>mysql</Engine><EngineVersion>8.0.39</EngineVersion><Port>3306</Port><Encrypted>false</Encrypted><DBSnapshotArn>arn:i</DBSnapshotArn></DBSnapshot></DBSnapshots></DescribeDBSnapshotsResult></DescribeDBSnapshotsResponse>",
        );
        assert_eq!(of_instance.next.as_deref(), Some("next"));
        let (cluster, instance) = (&of_cluster.list.items[0], &of_instance.list.items[0]);
        assert_eq!((cluster.arn.as_str(), cluster.storage_encrypted), ("arn:c", Some(true)));
        assert_eq!((instance.arn.as_str(), instance.port), ("arn:i", Some(3306)));
    }

    #[test]
    fn a_member_names_its_cluster_and_is_known_by_its_own_name() {
        let found: Page<Named> = page("DescribeDBInstances", None).answered(
            "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance><DBClusterIdentifier>shop</DBClusterIdentifier><DBInstanceIdentifier>shop-1</DBInstanceIdentifier></DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>",
        );
        assert_eq!(found.list.items[0].instance.as_deref(), Some("shop-1"));
    }

    #[test]
    fn names_read_for_the_quotas_alone_are_no_fact_of_databases() {
        let engines = [("a".to_owned(), "postgres".to_owned())].into();
        let (instances, clusters) = (vec!["a".to_owned()], vec!["b".to_owned()]);
        let taken = Taken { instances, clusters, engines };
        let alone = together(Fact::Known(taken.clone()), Fact::NotAsked, Fact::NotAsked);
        assert!(matches!(alone, Fact::NotAsked));
        let all = together(Fact::Known(taken), Fact::Known(Databases::default()), Fact::NotAsked);
        let Fact::Known(all) = all else { panic!("{all:?}") };
        assert_eq!(all.names, ["a", "b"].map(str::to_owned).into());
        assert_eq!(all.engines["a"], "postgres");
    }
}
