//! S3's buckets that settings name, asked at the endpoint of the region that is read and at no other.

use serde::Deserialize;

use crate::account::raw_reads::RawReads;
use crate::aws::raw::Request;
use crate::failure::{Failure, if_found};
use crate::recovery::region_facts::Bucket;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Versioning {
    /// `Enabled` or `Suspended`; none where it never was enabled.
    status: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OwnershipControls {
    #[serde(rename = "$value")]
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    object_ownership: String,
}

/// A bucket; `None` where no account has one of this name.
///
/// # Errors
/// A denied call too: S3 answers 403 for another account's bucket as for a missing permission (API reference,
/// `HeadBucket`), so that it is not known whose it is.
pub(super) async fn bucket(reads: &RawReads<'_>, name: &str) -> Result<Option<Bucket>, Failure> {
    // The action of `HeadBucket` (S3 user guide, "Required permissions for S3 API operations").
    let region = reads.one("s3:ListBucket", name, head(name)).await;
    let Some(region) = if_found(region)? else { return Ok(None) };
    if !region.is_empty() && region != reads.region.as_str() {
        return Ok(Some(Bucket { region, ..Bucket::default() }));
    }
    let (versioning, ownership) = tokio::try_join!(
        reads.one("s3:GetBucketVersioning", name, versioning(name)),
        ownership(reads, name),
    )?;
    Ok(Some(Bucket {
        versioning: versioning.status.as_deref() == Some("Enabled"),
        region: reads.region.as_str().to_owned(),
        lists_allowed: ownership.as_deref() != Some("BucketOwnerEnforced"),
    }))
}

/// Who owns objects; `None` where the bucket has no such setting, which allows lists as before there was one.
async fn ownership(reads: &RawReads<'_>, name: &str) -> Result<Option<String>, Failure> {
    let found = reads.one("s3:GetBucketOwnershipControls", name, controls(name)).await;
    let rule = if_found(found)?.and_then(|controls| controls.rules.into_iter().next());
    Ok(rule.map(|rule| rule.object_ownership))
}

/// Its answer is the bucket's region, which S3 tells in a header, also where it sends the caller elsewhere (301, 400).
fn head(name: &str) -> Request<String> {
    Request::head_of_bucket(name, |response| {
        let region = response.headers().get("x-amz-bucket-region").map(str::to_owned);
        match response.status().as_u16() {
            200 => Some(region.unwrap_or_default()),
            301 | 400 => region,
            _ => None,
        }
    })
}

fn versioning(name: &str) -> Request<Versioning> {
    Request::of_bucket("GetBucketVersioning", name, "versioning")
}

fn controls(name: &str) -> Request<OwnershipControls> {
    Request::of_bucket("GetBucketOwnershipControls", name, "ownershipControls")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_asked_in_s3s_words() {
        assert_eq!(head("b").wire(), ("HEAD", "/b".to_owned(), ""));
        assert_eq!(versioning("b").wire(), ("GET", "/b?versioning".to_owned(), ""));
        assert_eq!(controls("b").wire(), ("GET", "/b?ownershipControls".to_owned(), ""));
    }

    #[test]
    fn answers_as_s3_gives_them_are_read() {
        let found = versioning("b").answered(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>"#,
        );
        assert_eq!(found.status.as_deref(), Some("Enabled"));
        let never = r#"<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"#;
        assert_eq!(versioning("b").answered(never).status, None);
        let found = controls("b").answered(
            r#"<OwnershipControls xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>"#,
        );
        assert_eq!(found.rules[0].object_ownership, "BucketOwnerEnforced");
    }
}
