//! DB instances and clusters, as RDS says it; those of Neptune and `DocumentDB` too.

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::json;

use crate::account::raw_reads::{Page, RawReads};
use crate::account::restored::thing::filled;
use crate::aws::raw::{List, RDS, Request};
use crate::failure::{Failure, if_found};
use crate::recovery::restored::Restored;

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

pub(super) async fn db_instance(
    reads: &RawReads<'_>,
    id: &str,
) -> Result<Option<Restored>, Failure> {
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
pub(super) async fn db_cluster(
    reads: &RawReads<'_>,
    id: &str,
) -> Result<Option<Restored>, Failure> {
    let page = reads.one("rds:DescribeDBClusters", id, db_cluster_of(id)).await?;
    let Some(cluster) = page.list.into_iter().next() else { return Ok(None) };
    let status = cluster.status.unwrap_or_default();
    let members = cluster.members.items.iter().map(|member| async move {
        let found = if_found(db_instance(reads, &member.id).await)?.flatten();
        Ok::<_, Failure>(found.is_some_and(|member| member.usable))
    });
    let serves = try_join_all(members).await?.into_iter().any(|usable| usable);
    Ok(Some(Restored {
        usable: status == "available" && serves,
        state: status,
        endpoint: filled(cluster.endpoint),
        port: cluster.port,
        members: cluster.members.items.len(),
        ..Restored::default()
    }))
}

pub(super) fn db_instance_of(id: &str) -> Request<Page<FoundDbInstance>> {
    Request::of(&RDS, "DescribeDBInstances", json!({"DBInstanceIdentifier": id}))
}

fn db_cluster_of(id: &str) -> Request<Page<FoundCluster>> {
    Request::of(&RDS, "DescribeDBClusters", json!({"DBClusterIdentifier": id}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_asked_for_in_rdss_words() {
        let start = |operation: &str| format!("Action={operation}&Version=2014-10-31");
        let instance = db_instance_of("orders");
        assert_eq!(
            instance.wire().2,
            start("DescribeDBInstances") + "&DBInstanceIdentifier=orders"
        );
        let cluster = db_cluster_of("shop");
        assert_eq!(cluster.wire().2, start("DescribeDBClusters") + "&DBClusterIdentifier=shop");
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
    }
}
