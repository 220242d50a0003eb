//! `DynamoDB` tables (developer guide, "Restore an Amazon `DynamoDB` table").

use crate::recovery::landing::Landing;
use crate::recovery::source::Source;
use crate::recovery::translate::draft::Draft;
use crate::recovery::translate::rds::prefixed;
use crate::recovery::translate::{TagCopy, Translation};

const ACCEPTED: &[&str] =
    &["targetTableName", "encryptionType", "kmsMasterKeyArn", "aws:backup:request-id"];

pub(super) fn translate(source: &Source, landing: Landing<'_>) -> Translation {
    let mut draft = Draft::new(source, landing);
    if let Some(tables) = draft.known(&landing.facts.tables, "tables") {
        let key = "targetTableName";
        let named = draft.given(key).or_else(|| landing.name().map(str::to_owned));
        let name = named
            .unwrap_or_else(|| prefixed(landing.settings.name_prefix.as_deref(), source.name()));
        draft.aims_at(&name);
        if tables.contains(&name) {
            draft.needs_name(key, format!("the name {name} is taken in {}", landing.region));
        }
        draft.put(key, name);
    }
    let key = landing.settings.kms_key.as_ref();
    match key.and_then(|key| draft.usable_key(key, "the key", Some("kms_key"))) {
        Some(arn) => {
            draft.put("encryptionType", "KMS");
            draft.put("kmsMasterKeyArn", arn);
        }
        None => draft.put("encryptionType", "Default"),
    }
    draft.put("aws:backup:request-id", landing.request_id);
    draft.lose("time to live, streams, autoscaling, point-in-time recovery, deletion protection, policies and alarms are not back");
    draft.done(ACCEPTED, TagCopy::Afterwards)
}
