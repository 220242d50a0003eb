//! Databases: without a final snapshot, and with the automated backups that RDS else keeps and bills.

use serde::de::IgnoredAny;
use serde_json::json;

use crate::account::raw_reads::RawReads;
use crate::account::restored::rds::{db_cluster, db_instance};
use crate::account::restored::removal::{Removal, delete_if};
use crate::aws::raw::{RDS, Request};
use crate::failure::Failure;

/// What RDS says of something that it deletes.
const DELETING: &str = "deleting";

pub(super) async fn instance(reads: &RawReads<'_>, id: &str) -> Result<Removal, Failure> {
    let found = db_instance(reads, id).await;
    if matches!(&found, Ok(Some(found)) if found.state == DELETING) {
        return Ok(Removal::Going("it is being deleted"));
    }
    delete_if(reads, found, "rds:DeleteDBInstance", id, instance_of(id)).await
}

/// A drill makes no members. Those that are there are a person's, and RDS refuses.
pub(super) async fn cluster(reads: &RawReads<'_>, id: &str) -> Result<Removal, Failure> {
    let found = db_cluster(reads, id).await;
    if matches!(&found, Ok(Some(found)) if found.state == DELETING) {
        return Ok(Removal::Going("it is being deleted"));
    }
    if let Ok(Some(found)) = &found
        && found.members > 0
    {
        return Err(Failure::refused(
            format!("the cluster {id} has instances, which no drill made"),
            "delete its instances, then run this again",
        ));
    }
    delete_if(reads, found, "rds:DeleteDBCluster", id, cluster_of(id)).await
}

fn instance_of(id: &str) -> Request<IgnoredAny> {
    let params = json!({
        "DBInstanceIdentifier": id, "SkipFinalSnapshot": true, "DeleteAutomatedBackups": true
    });
    Request::change(&RDS, "DeleteDBInstance", params)
}

fn cluster_of(id: &str) -> Request<IgnoredAny> {
    let params = json!({
        "DBClusterIdentifier": id, "SkipFinalSnapshot": true, "DeleteAutomatedBackups": true
    });
    Request::change(&RDS, "DeleteDBCluster", params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_database_is_kept() {
        let start = "Version=2014-10-31";
        assert_eq!(
            instance_of("orders").wire().2,
            format!(
                "Action=DeleteDBInstance&{start}&DBInstanceIdentifier=orders&DeleteAutomatedBackups=true&SkipFinalSnapshot=true"
            )
        );
        assert_eq!(
            cluster_of("shop").wire().2,
            format!(
                "Action=DeleteDBCluster&{start}&DBClusterIdentifier=shop&DeleteAutomatedBackups=true&SkipFinalSnapshot=true"
            )
        );
    }
}
