//! S3 buckets (developer guide, "Restore S3 data"): into an existing bucket. Making one depends on us-east-1 from every
//! region.

use crate::recovery::landing::Landing;
use crate::recovery::region_facts::Bucket;
use crate::recovery::source::Source;
use crate::recovery::translate::draft::Draft;
use crate::recovery::translate::{TagCopy, Translation};

const ACCEPTED: &[&str] = &[
    "DestinationBucketName",
    "NewBucket",
    "Encrypted",
    "EncryptionType",
    "KMSKey",
    "RestoreACLs",
    "ItemsToRestore",
    "RestoreLatestVersionsUpTo",
    "RestoreTime",
    "CreationToken",
];

/// The bucket that a restore goes into.
pub(crate) fn bucket(source: &Source, landing: &Landing<'_>) -> Option<String> {
    let given = landing.given(source, "DestinationBucketName").or(landing.name());
    let mapped = || landing.settings.buckets.get(source.name()).map(String::as_str);
    given.or_else(mapped).map(str::to_owned)
}

pub(super) fn translate(source: &Source, landing: Landing<'_>) -> Translation {
    let mut draft = Draft::new(source, landing);
    match bucket(source, &landing) {
        Some(name) => into(&mut draft, &name),
        None => draft.needs(
            "buckets",
            format!(
                "a restore of {} needs an existing bucket with versioning in {}",
                source.name(),
                landing.region
            ),
        ),
    }
    match &landing.settings.kms_key {
        Some(key) => {
            if let Some(arn) = draft.usable_key(key, "the key", Some("kms_key")) {
                draft.put("EncryptionType", "SSE-KMS");
                draft.put("KMSKey", arn);
            }
        }
        // `original` is refused for what was copied from another region.
        None => draft.put("EncryptionType", "SSE-S3"),
    }
    draft.put("RestoreACLs", "FALSE");
    let of_drill = landing.set_apart.map(|set_apart| set_apart.moment);
    let moment = landing.typed.at.or(of_drill.filter(|_| source.point.continues().is_some()));
    match moment.and_then(crate::model::instant::instant) {
        Some(at) => draft.put("RestoreTime", at.to_string()),
        // S3 has no key that says the latest moment.
        None if source.point.continues().is_some() && draft.given("RestoreTime").is_none() => {
            draft.cannot("a continuous backup of S3 is restored to a moment: name it with --at");
        }
        None => (),
    }
    draft.lose("its objects are in another bucket, without their ACLs and all versions but the latest; the bucket's policy, lifecycle, notifications, replication and CORS are not back");
    draft.done(ACCEPTED, TagCopy::Afterwards)
}

fn into(draft: &mut Draft<'_>, name: &str) {
    let landing = draft.landing;
    draft.aims_at(name);
    draft.put("DestinationBucketName", name);
    if landing.set_apart.is_some() {
        return into_new(draft, name);
    }
    let Some(fact) = landing.facts.buckets.get(name) else {
        return draft.cannot(format!("the bucket {name} was not read"));
    };
    let Some(found) = draft.known(fact, "buckets") else { return };
    let given = draft.given("RestoreACLs");
    let wants_lists = given.is_some_and(|given| given.eq_ignore_ascii_case("true"));
    let why = match found {
        None => format!("the bucket {name} is not there, or is not this account's"),
        Some(Bucket { region, .. }) if region != landing.region.as_str() => {
            format!("the bucket {name} is in {region}")
        }
        Some(Bucket { versioning: false, .. }) => {
            format!("the bucket {name} has no versioning, which AWS Backup wants")
        }
        Some(Bucket { lists_allowed: false, .. }) if wants_lists => {
            format!("the bucket {name} takes no ACLs")
        }
        Some(_) => return,
    };
    draft.needs("buckets", why);
}

/// A drill has a bucket of its own, which AWS Backup makes.
fn into_new(draft: &mut Draft<'_>, name: &str) {
    let landing = draft.landing;
    let Some(fact) = landing.facts.buckets.get(name) else {
        return draft.cannot(format!("the bucket {name} was not read"));
    };
    if draft.known(fact, "buckets").is_some_and(Option::is_some) {
        draft.cannot(format!("the bucket {name} is there already"));
    }
    draft.put("NewBucket", "true");
    draft.put("Encrypted", "true");
    draft.put("CreationToken", landing.request_id);
}
