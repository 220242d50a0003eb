//! The tables of `DynamoDB`.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use crate::account::raw_reads::RawReads;
use crate::aws::raw::{DYNAMODB, Request};
use crate::failure::Failure;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tables {
    table_names: Vec<String>,
    last_evaluated_table_name: Option<String>,
}

/// The names of all tables of the region.
pub(super) async fn tables(reads: &RawReads<'_>) -> Result<BTreeSet<String>, Failure> {
    let take = |page: Tables| (page.table_names, page.last_evaluated_table_name);
    let found = reads.list("tables", "dynamodb:ListTables", page, take).await?;
    Ok(found.into_iter().collect())
}

fn page(after: Option<&str>) -> Request<Tables> {
    Request::of(&DYNAMODB, "ListTables", json!({"ExclusiveStartTableName": after, "Limit": 100}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_after_the_last_table_of_the_one_before() {
        assert_eq!(page(None).wire().2, r#"{"Limit":100}"#);
        let next = page(Some("orders"));
        assert_eq!(next.wire().2, r#"{"ExclusiveStartTableName":"orders","Limit":100}"#);
    }
}
