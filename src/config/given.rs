//! What cannot be given together.

use std::collections::BTreeSet;

use crate::failure::Failure;
use crate::model::settings::Settings;

/// Refuses a key for a vault that has one, what would change a given topic, and a deployment without a place for its record.
///
/// # Errors
/// [`Failure::Usage`] with what to leave out.
pub(super) fn check(settings: &Settings) -> Result<(), Failure> {
    let Settings { given_vaults, kms_keys, service_role, .. } = settings;
    if let Some((region, name)) =
        given_vaults.iter().find(|(region, _)| kms_keys.contains_key(region))
    {
        return Err(Failure::Usage(format!(
            "the vault {name} of {region} is given and has its own key: leave out the key of {region} in kms_keys"
        )));
    }
    check_topics(settings)?;
    let is_own_vault = settings.vaults().iter().any(|vault| vault.given.is_none());
    if service_role.is_some() && !is_own_vault {
        return Err(Failure::Usage(
            "the service role and every vault are given, so that nothing of this deployment could hold its record: \
             leave out service_role, or one of the vaults"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Refuses what would change a topic.
fn check_topics(settings: &Settings) -> Result<(), Failure> {
    let Settings { given_topics, topic_keys, delivery_log, .. } = settings;
    let refuse = |topic: &str, why: &str| {
        Err(Failure::Usage(format!(
            "the topic {topic} is given, and mrbackup does not change it: {why}"
        )))
    };
    if let Some((region, topic)) =
        given_topics.iter().find(|(region, _)| topic_keys.contains_key(region))
    {
        return refuse(topic, &format!("leave out the key of {region} in alerts.kms_keys"));
    }
    match given_topics.values().next() {
        Some(topic) if *delivery_log && settings.own_topics().is_empty() => {
            refuse(topic, "leave out alerts.delivery_log")
        }
        _ => Ok(()),
    }
}

/// Refuses subscribers where every topic is given: who subscribes to those is not managed.
///
/// # Errors
/// [`Failure::Usage`] with the first of them.
pub(super) fn check_subscribers(
    settings: &Settings,
    added: &BTreeSet<String>,
) -> Result<(), Failure> {
    let (true, Some(subscriber)) = (settings.own_topics().is_empty(), added.first()) else {
        return Ok(());
    };
    let topics = settings.given_topics.values().cloned().collect::<Vec<_>>().join(" and ");
    Err(Failure::Usage(format!(
        "{subscriber} cannot be subscribed: {topics} is given, and mrbackup does not change who subscribes to it; subscribe it there"
    )))
}
