//! What a change of settings leaves behind: recorded until it is really gone, so that a killed run loses nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::region::Region;
use crate::model::settings::Settings;

/// A vault: its region, and its key, which AWS Backup cannot change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VaultId {
    pub(crate) region: Region,
    /// ARN of the KMS key; `None` where AWS chooses its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kms_key: Option<String>,
}

/// What earlier settings made and the present ones do not want.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Former {
    /// Vaults that no rule writes to; each stays until its last recovery point has expired.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) vaults: BTreeSet<VaultId>,
    /// Regions that plan, alarms, watchdog or the forwarding of events have moved out of.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) moved_from: BTreeSet<Region>,
    /// Keyed hashes of subscribers that go as soon as another one has confirmed.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) subscribers: BTreeSet<String>,
    /// Keys of the user's tags that are to be taken off.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) tags: BTreeSet<String>,
    /// The permissions boundary that is to be taken off the roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) permissions_boundary: Option<String>,
    /// Keys that are to be taken off the regions' alert topics.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) topic_keys: BTreeMap<Region, String>,
    /// Regions whose alarms on a recovery are to be removed.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) recovery_alarms: BTreeSet<Region>,
    /// Ids of backup plans that were this deployment's and whose recovery points may still be there.
    /// Nobody knows for how long AWS lists a plan that is gone. A version that does not know this
    /// member reads the record as one of a newer version, and leaves the deployment alone.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) plans: BTreeSet<String>,
}

impl Former {
    /// What is left behind on the way from the recorded settings to the wanted ones.
    pub(crate) fn between(recorded: &Settings, wanted: &Settings) -> Self {
        let Self {
            mut vaults,
            mut moved_from,
            mut subscribers,
            mut tags,
            permissions_boundary,
            mut topic_keys,
            mut recovery_alarms,
            plans,
        } = recorded.former.clone();
        vaults.extend(recorded.vaults());
        vaults.retain(|vault| !wanted.vaults().contains(vault));
        let (old, new) = (&recorded.regions, &wanted.regions);
        for (old, new) in [(&old.primary, &new.primary), (&old.secondary, &new.secondary)] {
            moved_from.extend((old != new).then(|| old.clone()));
        }
        let forwards = |region: &&Region| new.without_alarms().any(|other| other == *region);
        moved_from.extend(old.without_alarms().filter(|region| !forwards(region)).cloned());
        subscribers.extend(recorded.subscribers.iter().cloned());
        subscribers.retain(|hash| !wanted.subscribers.contains(hash));
        tags.extend(recorded.tags.keys().cloned());
        tags.retain(|key| !wanted.tags.contains_key(key));
        let boundary = recorded.permissions_boundary.clone().or(permissions_boundary);
        let permissions_boundary = boundary.filter(|_| wanted.permissions_boundary.is_none());
        topic_keys.extend(recorded.topic_keys.clone());
        topic_keys.retain(|region, _| !wanted.topic_keys.contains_key(region));
        recovery_alarms.extend(recorded.recovery_alarms.iter().cloned());
        recovery_alarms.retain(|region| !wanted.recovery_alarms.contains(region));
        Self {
            vaults,
            moved_from,
            subscribers,
            tags,
            permissions_boundary,
            topic_keys,
            recovery_alarms,
            plans,
        }
    }

    /// Whether there is nothing left behind.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The regions in which something is left behind.
    pub(crate) fn regions(&self) -> BTreeSet<Region> {
        let vaults = self.vaults.iter().map(|vault| vault.region.clone());
        let regions = self.moved_from.iter().chain(&self.recovery_alarms);
        vaults.chain(regions.cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::tests::regions;

    fn settings(names: [&str; 3]) -> Settings {
        Settings::defaults(regions(names))
    }

    fn vault(region: &str, key: Option<&str>) -> VaultId {
        let region = Region::parse(region).unwrap();
        VaultId { region, kms_key: key.map(str::to_owned) }
    }

    #[test]
    fn nothing_is_left_behind_where_nothing_changes() {
        let same = settings(["us-east-1", "us-west-2", "eu-west-1"]);
        assert!(Former::between(&same, &same).is_empty());
    }

    #[test]
    fn a_dropped_region_leaves_its_vault_and_a_moved_primary_its_plan() {
        let old = settings(["us-east-1", "us-west-2", "eu-west-1"]);
        let mut new = settings(["us-west-2", "us-east-1", "eu-west-2"]);
        new.former = Former::between(&old, &new);
        assert_eq!(new.former.vaults, BTreeSet::from([vault("eu-west-1", None)]));
        let moved = |from: &[&str]| -> BTreeSet<Region> {
            from.iter().map(|region| Region::parse(region).unwrap()).collect()
        };
        let left = moved(&["us-east-1", "us-west-2", "eu-west-1"]);
        assert_eq!(new.former.moved_from, left, "the dropped one leaves what forwards its events");

        // Taken up again before it was gone, it is left behind no more.
        let back = Former::between(&new, &old);
        assert_eq!(back.vaults, BTreeSet::from([vault("eu-west-2", None)]));
        assert_eq!(back.moved_from, moved(&["us-east-1", "us-west-2", "eu-west-1", "eu-west-2"]));
    }

    #[test]
    fn another_key_is_another_vault() {
        let old = settings(["us-east-1", "us-west-2", "eu-west-1"]);
        let mut new = old.clone();
        new.kms_keys.insert(Region::parse("us-west-2").unwrap(), "key".to_owned());
        assert_eq!(Former::between(&old, &new).vaults, BTreeSet::from([vault("us-west-2", None)]));
    }

    #[test]
    fn plans_of_before_are_remembered_whatever_is_wanted() {
        let mut old = settings(["us-east-1", "us-west-2", "eu-west-1"]);
        old.former.plans.insert("gone".to_owned());
        let new = settings(["us-west-2", "us-east-1", "eu-west-1"]);
        assert_eq!(Former::between(&old, &new).plans, old.former.plans);
        assert_eq!(Former::between(&old, &old).plans, old.former.plans);
    }

    #[test]
    fn all_that_is_to_be_taken_off_is_remembered_until_it_is_gone() {
        let none = settings(["us-east-1", "us-west-2", "eu-west-1"]);
        let mut old = none.clone();
        old.tags.insert("Team".to_owned(), "a".to_owned());
        old.subscribers.insert("hash".to_owned());
        old.permissions_boundary = Some("arn".to_owned());
        let region = Region::parse("us-west-2").unwrap();
        old.topic_keys.insert(region.clone(), "key".to_owned());
        old.recovery_alarms.insert(region);
        let former = Former::between(&old, &none);
        assert_eq!(former.tags, BTreeSet::from(["Team".to_owned()]));
        assert_eq!(former.subscribers, BTreeSet::from(["hash".to_owned()]));
        assert_eq!(former.permissions_boundary.as_deref(), Some("arn"));
        assert_eq!(former.topic_keys, old.topic_keys);
        assert_eq!(former.recovery_alarms, old.recovery_alarms);
        let killed = Settings { former: former.clone(), ..none.clone() };
        assert_eq!(Former::between(&killed, &none), former);
        assert!(Former::between(&killed, &old).is_empty());
    }
}
