//! Buckets: emptied of all versions, then deleted. One that holds too many gets a lifecycle rule, and S3 empties it.

use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use serde::Deserialize;

use crate::account::raw_reads::RawReads;
use crate::account::restored::removal::Removal;
use crate::aws::raw::{Request, in_query, object_path};
use crate::failure::{Failure, if_found};

/// Versions that are deleted by calls: more go by a lifecycle rule, which costs nothing.
const BY_CALLS: usize = 5000;
/// Calls under way at once.
const AT_ONCE: usize = 20;
/// All versions of all objects end after a day, and so do uploads that were not finished ("Lifecycle configuration elements").
const RULE: &str = r#"<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ID>mrbackup-drill</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration><AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>"#;

/// A page of versions, and of delete markers, which are versions too.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Versions {
    #[serde(default)]
    version: Vec<Version>,
    #[serde(default)]
    delete_marker: Vec<Version>,
    #[serde(default)]
    is_truncated: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    key: String,
    version_id: String,
}

pub(super) async fn bucket(reads: &RawReads<'_>, name: &str) -> Result<Removal, Failure> {
    let mut deleted = 0;
    loop {
        let page = reads.one("s3:ListBucketVersions", name, versions_of(name)).await?;
        let is_last = !page.is_truncated;
        let versions: Vec<Version> = page.version.into_iter().chain(page.delete_marker).collect();
        if deleted + versions.len() > BY_CALLS {
            reads.one("s3:PutLifecycleConfiguration", name, rule_of(name)).await?;
            return Ok(Removal::Arranged(format!(
                "it holds more than {BY_CALLS} versions: S3 empties it in a day or two by a lifecycle rule, and the next clean-up deletes it"
            )));
        }
        deleted += versions.len();
        let deletions = versions.iter().map(|version| async move {
            let deletion = deletion_of(name, version);
            if_found(reads.one("s3:DeleteObjectVersion", name, deletion).await).map(|_| ())
        });
        iter(deletions).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        if is_last {
            break;
        }
    }
    reads.one("s3:DeleteBucket", name, removal_of(name)).await?;
    Ok(Removal::Going("it is being deleted"))
}

/// The first page: what was on it before is deleted.
fn versions_of(bucket: &str) -> Request<Versions> {
    Request::of_bucket("ListObjectVersions", bucket, "versions")
}

fn deletion_of(bucket: &str, version: &Version) -> Request<()> {
    let query = in_query("versionId", &version.version_id);
    let path = format!("{}?{query}", object_path(&version.key));
    Request::change_of_bucket("DELETE", "DeleteObject", bucket, path, String::new())
}

fn rule_of(bucket: &str) -> Request<()> {
    let operation = "PutBucketLifecycleConfiguration";
    Request::change_of_bucket("PUT", operation, bucket, "?lifecycle".to_owned(), RULE.to_owned())
}

fn removal_of(bucket: &str) -> Request<()> {
    Request::change_of_bucket("DELETE", "DeleteBucket", bucket, String::new(), String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_deleted_by_its_key_and_id() {
        let version = Version { key: "a b/ü+c".to_owned(), version_id: "v/1".to_owned() };
        assert_eq!(
            deletion_of("b", &version).wire(),
            ("DELETE", "/b/a%20b/%C3%BC%2Bc?versionId=v%2F1".to_owned(), "")
        );
        assert_eq!(removal_of("b").wire(), ("DELETE", "/b".to_owned(), ""));
    }

    #[test]
    fn versions_and_delete_markers_are_read() {
        let page = versions_of("b").answered(
            "<ListVersionsResult><IsTruncated>true</IsTruncated><Version><Key>k</Key><VersionId>1</VersionId></Version><DeleteMarker><Key>k</Key><VersionId>2</VersionId></DeleteMarker><Version><Key>l</Key><VersionId>null</VersionId></Version></ListVersionsResult>",
        );
        assert!(page.is_truncated);
        assert_eq!((page.version.len(), page.delete_marker[0].version_id.as_str()), (2, "2"));
    }
}
