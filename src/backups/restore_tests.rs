//! What a region's restore tests had to choose from: the resources of which its vault held an eligible recovery point.

use std::collections::BTreeMap;

use crate::account::context::Context;
use crate::account::recovery_points::{PointFilter, each_page};
use crate::failure::Failure;
use crate::model::recovery_point::RecoveryPoint;
use crate::model::region::Region;
use crate::model::time::Time;
use crate::protection::restore_tests::eligible_since;

/// The resources of which a run at this time could test a point, by ARN, with their type.
///
/// What has expired since then is not among them. AWS compares the select tags with those of the point, which no list
/// shows: a point is in our vault because its resource had them.
///
/// # Errors
/// Where the vault cannot be read.
pub(crate) async fn expected(
    context: &Context,
    region: &Region,
    run: Time,
) -> Result<BTreeMap<String, String>, Failure> {
    let settings = &context.settings;
    let (after, before) = eligible_since(settings, region, run);
    let filter = PointFilter {
        created_after: Some(after),
        created_before: Some(before),
        ..PointFilter::default()
    };
    let vault = settings.vault_in(region);
    let mut expected = BTreeMap::new();
    each_page(context, &vault, filter, |page| {
        let resources = page.into_iter().filter_map(resource);
        let types = &settings.restore_test.types;
        expected.extend(resources.filter(|(_, kind)| types.contains(kind)));
    })
    .await?;
    Ok(expected)
}

/// The resource and its type, where AWS Backup could take the point for a test: a backup of `DynamoDB` without advanced
/// features, whose point is `DynamoDB`'s own, has no tags and is never chosen.
fn resource(point: RecoveryPoint) -> Option<(String, String)> {
    let has_no_tags = point.arn.split(':').nth(2) == Some("dynamodb");
    let is_eligible = point.status.is_good() && point.parent.is_none() && !has_no_tags;
    Some((point.resource?, point.kind?)).filter(|_| is_eligible)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::recovery_point::PointStatus;

    #[test]
    fn a_table_s_own_backup_is_never_chosen() {
        let point = |arn: &str| RecoveryPoint {
            arn: arn.to_owned(),
            resource: Some("arn:table".to_owned()),
            kind: Some("DynamoDB".to_owned()),
            status: PointStatus::Completed,
            ..RecoveryPoint::default()
        };
        assert!(resource(point("arn:aws:dynamodb:us-east-1:1:table/a/backup/1")).is_none());
        let copy = point("arn:aws:backup:us-west-2:1:recovery-point:1");
        assert!(resource(copy.clone()).is_some());
        assert!(resource(RecoveryPoint { status: PointStatus::Expired, ..copy }).is_none());
    }
}
