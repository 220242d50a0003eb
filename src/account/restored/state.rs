//! Whether something that was restored is there, and whether it can be used.

use serde::Deserialize;
use serde_json::json;

use crate::account::raw_reads::RawReads;
use crate::account::restored::thing::Thing;
use crate::account::restored::{ec2, efs, rds};
use crate::aws::raw::{DYNAMODB, Request};
use crate::aws::{Caller, Clients};
use crate::failure::{Failure, if_found};
use crate::model::region::Region;
use crate::recovery::restored::Restored;

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
        Thing::Volume(id) => ec2::volume(reads, id).await,
        Thing::Instance(id) => ec2::instance(reads, id).await,
        Thing::DbInstance(id) => rds::db_instance(reads, id).await,
        Thing::DbCluster(id) => rds::db_cluster(reads, id).await,
        Thing::Table(name) => table(reads, name).await,
        Thing::FileSystem(id) => efs::file_system(reads, id).await,
        Thing::Bucket(name) => bucket(reads, name).await,
    };
    Ok(if_found(found)?.flatten())
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
    Ok((!gone).then(|| Restored { state, usable, ..Restored::default() }))
}

async fn bucket(reads: &RawReads<'_>, name: &str) -> Result<Option<Restored>, Failure> {
    let there: String = reads.one("s3:ListBucket", name, head_of(name)).await?;
    Ok(Some(Restored { state: there, usable: true, ..Restored::default() }))
}

fn table_of(name: &str) -> Request<TableAnswer> {
    Request::of(&DYNAMODB, "DescribeTable", json!({"TableName": name}))
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
    fn tables_and_buckets_are_asked_for_in_their_services_words() {
        assert_eq!(table_of("t").wire().2, r#"{"TableName":"t"}"#);
        assert_eq!(head_of("b").wire(), ("HEAD", "/b".to_owned(), ""));
        let answer =
            table_of("t").answered(r#"{"Table":{"TableName":"t","TableStatus":"ACTIVE"}}"#);
        assert_eq!(answer.table.table_status, "ACTIVE");
    }
}
