//! What a change of settings leaves behind: recorded until it is really gone, so that a killed run loses nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::model::settings::table::{Switch, switches};

/// A vault: its region, and its key, which AWS Backup cannot change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VaultId {
    pub(crate) region: Region,
    /// ARN of the KMS key; `None` where AWS chooses its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kms_key: Option<String>,
    /// Name of one that was there already and is only used; `None` of the deployment's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) given: Option<String>,
}

impl VaultId {
    /// The deployment's own vault of a region on AWS's own key.
    pub(crate) fn plain(region: &Region) -> Self {
        Self { region: region.clone(), kms_key: None, given: None }
    }
}

/// Regions in which what a setting switched on is to be removed.
pub(crate) type SwitchedOff = BTreeMap<Switch, BTreeSet<Region>>;

/// What earlier settings made and the present ones do not want.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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
    /// Whether the deployment's own service role may still be there beside a given one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) service_role: bool,
    /// Regions whose own alert topic may still be there beside a given one.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) topics: BTreeSet<Region>,
    /// Keys that are to be taken off the regions' alert topics.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) topic_keys: BTreeMap<Region, String>,
    /// Regions in which what a setting switched on is to be removed, each under the setting's name. A
    /// member that is no setting's name is a newer version's.
    #[serde(flatten)]
    pub(crate) switched_off: SwitchedOff,
    /// Ids of backup plans that were this deployment's and whose recovery points may still be there.
    /// Nobody knows for how long AWS lists a plan that is gone. A version that does not know this
    /// member reads the record as one of a newer version, and leaves the deployment alone.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) plans: BTreeSet<String>,
    /// Names of plans that are to be removed.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) dropped_plans: BTreeSet<String>,
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
            service_role,
            mut topics,
            mut topic_keys,
            mut switched_off,
            plans,
            mut dropped_plans,
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
        let had_own_role = service_role || recorded.service_role.is_none();
        let own = recorded.regions.with_alarms().into_iter().cloned();
        topics.extend(own.filter(|region| !recorded.given_topics.contains_key(region)));
        topics.retain(|region| wanted.given_topics.contains_key(region));
        topic_keys.extend(recorded.topic_keys.clone());
        topic_keys.retain(|region, _| !wanted.topic_keys.contains_key(region));
        for switch in switches() {
            let regions = switched_off.entry(switch).or_default();
            regions.extend(switch.on_in(recorded));
        }
        let switched_off = only_off(switched_off, wanted);
        dropped_plans.extend(recorded.plan_names());
        dropped_plans.retain(|name| !wanted.plan_names().contains(name));
        Self {
            vaults,
            moved_from,
            subscribers,
            tags,
            permissions_boundary,
            service_role: had_own_role && wanted.service_role.is_some(),
            topics,
            topic_keys,
            switched_off,
            plans,
            dropped_plans,
        }
    }

    /// All that may have been switched on in these regions and is not wanted, where no record says what was.
    pub(crate) fn may_be_switched_off(regions: &[Region], wanted: &Settings) -> SwitchedOff {
        let everywhere = switches().map(|switch| (switch, regions.iter().cloned().collect()));
        only_off(everywhere.collect(), wanted)
    }

    /// Whether there is nothing left behind.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The regions in which something is left behind.
    pub(crate) fn regions(&self) -> BTreeSet<Region> {
        let vaults = self.vaults.iter().map(|vault| vault.region.clone());
        let regions = self.moved_from.iter().chain(&self.topics);
        let regions = regions.chain(self.switched_off.values().flatten());
        vaults.chain(regions.cloned()).collect()
    }
}

/// What is to be removed, without what these settings have on.
fn only_off(mut off: SwitchedOff, wanted: &Settings) -> SwitchedOff {
    off.retain(|switch, regions| {
        let on = switch.on_in(wanted);
        regions.retain(|region| !on.contains(region));
        !regions.is_empty()
    });
    off
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
        VaultId { kms_key: key.map(str::to_owned), ..VaultId::plain(&region) }
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

    /// As 0.1.0 wrote it, when alarms on a recovery were all that could be switched off.
    #[test]
    fn what_is_switched_off_stands_under_the_name_of_its_setting() {
        let written = r#"{"recovery_alarms":["us-west-2"]}"#;
        let former: Former = serde_json::from_str(written).unwrap();
        let regions = BTreeSet::from([Region::parse("us-west-2").unwrap()]);
        assert_eq!(former.regions(), regions);
        let switch = Switch::named("recovery_alarms");
        assert_eq!(former.switched_off, BTreeMap::from([(switch, regions)]));
        assert_eq!(serde_json::to_string(&former).unwrap(), written);
        let newer = serde_json::from_str::<Former>(r#"{"later":["us-west-2"]}"#).unwrap_err();
        assert!(newer.to_string().contains("no setting \"later\""), "{newer}");
    }

    /// A switch whose name is a member's would be read as that.
    #[test]
    fn no_switch_has_the_name_of_another_member() {
        let mut all = Former::default();
        let region = || Region::parse("us-west-2").unwrap();
        all.vaults.insert(vault("us-west-2", None));
        all.moved_from.insert(region());
        all.subscribers.insert("hash".to_owned());
        all.tags.insert("Team".to_owned());
        all.permissions_boundary = Some("arn".to_owned());
        all.service_role = true;
        all.topics.insert(region());
        all.topic_keys.insert(region(), "key".to_owned());
        all.plans.insert("id".to_owned());
        all.dropped_plans.insert("gold".to_owned());
        let members = serde_json::to_value(&all).unwrap().as_object().unwrap().len();
        let off = switches().map(|switch| (switch, BTreeSet::from([region()])));
        all.switched_off = off.collect();
        let with_switches = serde_json::to_value(&all).unwrap();
        let count = with_switches.as_object().unwrap().len();
        assert_eq!(count, members + switches().count());
        assert_eq!(serde_json::from_value::<Former>(with_switches).unwrap(), all);
    }

    #[test]
    fn a_given_role_leaves_the_own_one_behind_until_that_is_wanted_again() {
        let own = settings(["us-east-1", "us-west-2", "eu-west-1"]);
        let mut given = Settings { service_role: Some("arn".to_owned()), ..own.clone() };
        given.former = Former::between(&own, &given);
        assert!(given.former.service_role);
        let other = Settings { service_role: Some("other".to_owned()), ..own.clone() };
        assert!(Former::between(&given, &other).service_role);
        assert!(Former::between(&given, &own).is_empty());
        given.former = Former::default();
        assert!(Former::between(&given, &other).is_empty(), "it was gone");
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
        let alarms = (Switch::named("recovery_alarms"), old.recovery_alarms.clone());
        assert_eq!(former.switched_off, BTreeMap::from([alarms]));
        let killed = Settings { former: former.clone(), ..none.clone() };
        assert_eq!(Former::between(&killed, &none), former);
        assert!(Former::between(&killed, &old).is_empty());
    }
}
