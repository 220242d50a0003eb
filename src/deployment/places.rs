//! The places that carry a deployment's record, and what they say together.

use std::collections::{BTreeMap, BTreeSet};

use crate::deployment::search::{Looked, SearchArea};
use crate::failure::Failure;
use crate::model::manifest::{Manifest, Reading, State};
use crate::model::region::Region;

/// What the account says of a deployment.
#[derive(Debug)]
pub(crate) enum Record {
    /// No record, in the regions that could be read.
    None(Looked),
    /// The record; with its role, or from the vaults alone.
    Found {
        manifest: Manifest,
        role: Role,
        /// Every place that could be read says the same. Where not, a write was cut short.
        agreed: bool,
    },
    /// There is a deployment, but its settings cannot be read.
    Torn {
        id: Option<String>,
        why: String,
        /// The regions that its tags name, and those that have a vault of it.
        regions: Vec<Region>,
        looked: Looked,
    },
}

impl Record {
    /// Where was searched, as no record could be read.
    pub(crate) fn searched(&self) -> Option<&Looked> {
        match self {
            Self::None(looked) | Self::Torn { looked, .. } => Some(looked),
            Self::Found { .. } => None,
        }
    }
}

/// What became of the service role, seen beside the record.
#[derive(Debug)]
pub(crate) enum Role {
    Present,
    Missing,
    /// A given role is used, and has no record; none of the deployment's own is there.
    Given,
    Unread(Failure),
}

/// What was read of the service role, and of the vaults of each region.
pub(super) struct Places {
    pub(super) role: Result<Reading, Failure>,
    pub(super) vaults: BTreeMap<Region, Result<Reading, Failure>>,
}

impl Places {
    pub(super) fn new(role: Result<Reading, Failure>) -> Self {
        Self { role, vaults: BTreeMap::new() }
    }

    fn readings(&self) -> impl Iterator<Item = &Reading> {
        self.vaults.values().chain([&self.role]).filter_map(|reading| reading.as_ref().ok())
    }

    /// The newest record of any place.
    pub(super) fn newest(&self) -> Option<&Manifest> {
        let valid = self.readings().filter_map(|reading| match reading {
            Reading::Valid(manifest) => Some(manifest),
            _ => None,
        });
        valid.max_by_key(|manifest| order(manifest))
    }

    /// The regions that any record names, or the tags beside one that is torn.
    fn recorded(&self) -> BTreeSet<Region> {
        let named = self.readings().map(|reading| match reading {
            Reading::Valid(manifest) => manifest.settings.everywhere(),
            Reading::Torn { regions, .. } => regions.iter().cloned().collect(),
            Reading::NotOurs | Reading::Newer { .. } => BTreeSet::new(),
        });
        named.flatten().collect()
    }

    pub(super) fn unread_recorded(&self) -> Vec<Region> {
        self.recorded().into_iter().filter(|region| !self.vaults.contains_key(region)).collect()
    }

    fn newest_vault(&self) -> Option<&Manifest> {
        let valid = self.vaults.values().filter_map(|reading| match reading {
            Ok(Reading::Valid(manifest)) => Some(manifest),
            _ => None,
        });
        valid.max_by_key(|manifest| order(manifest))
    }

    pub(super) fn newer_than(&self, role: &Manifest) -> bool {
        self.newest_vault().is_some_and(|vault| order(vault) > order(role))
    }

    pub(super) fn role_is_stale(&self) -> bool {
        match &self.role {
            Ok(Reading::Valid(role)) => self.newer_than(role),
            // A given role has no record that could be late.
            Ok(Reading::NotOurs) => {
                self.newest_vault().is_some_and(|vault| vault.settings.service_role.is_none())
            }
            Ok(Reading::Torn { .. } | Reading::Newer { .. }) | Err(_) => false,
        }
    }

    /// Whether no place that was read says anything else. A vault that is missing says nothing.
    fn agree_on(&self, manifest: &Manifest) -> bool {
        let agrees = |reading: &Reading| matches!(reading, Reading::Valid(m) if m == manifest);
        let vaults = self.vaults.values().filter_map(|reading| reading.as_ref().ok());
        let mut vaults = vaults.filter(|reading| **reading != Reading::NotOurs);
        let without_role = |reading: &Reading| {
            *reading == Reading::NotOurs && manifest.settings.service_role.is_some()
        };
        vaults.all(agrees)
            && self.role.as_ref().is_ok_and(|role| agrees(role) || without_role(role))
    }

    /// What they say together, the `area` having been searched where they said too little.
    ///
    /// # Errors
    /// A record of a newer version of this program, and IAM that cannot be read where no vault has
    /// the record either.
    pub(super) fn conclude(self, area: &SearchArea) -> Result<Record, Failure> {
        self.refuse_newer()?;
        let looked = area.looked(&self.vaults);
        if let Some((manifest, role)) = self.found()? {
            let agreed = self.agree_on(&manifest);
            return Ok(Record::Found { manifest, role, agreed });
        }
        let torn = self.readings().find_map(|reading| match reading {
            Reading::Torn { id, why, .. } => Some((id.clone(), why.clone())),
            _ => None,
        });
        let Some((id, why)) = torn else { return Ok(Record::None(looked)) };
        let mut regions = self.recorded();
        let ours = self.vaults.iter().filter(|(_, reading)| {
            reading.as_ref().is_ok_and(|reading| *reading != Reading::NotOurs)
        });
        regions.extend(ours.map(|(region, _)| region.clone()));
        Ok(Record::Torn { id, why, regions: regions.into_iter().collect(), looked })
    }

    fn refuse_newer(&self) -> Result<(), Failure> {
        let writer = self.readings().find_map(|reading| match reading {
            Reading::Newer { writer } => Some(writer),
            _ => None,
        });
        let Some(writer) = writer else { return Ok(()) };
        Err(Failure::refused(
            format!(
                "this deployment was written by mrbackup {writer}, which is newer than this one"
            ),
            format!("upgrade mrbackup (this is {})", env!("CARGO_PKG_VERSION")),
        ))
    }

    /// The record that counts, where any can be read, and what became of the role.
    fn found(&self) -> Result<Option<(Manifest, Role)>, Failure> {
        let vault = self.newest_vault().cloned();
        Ok(match (self.role.clone(), vault) {
            (Ok(Reading::Valid(role)), Some(vault)) => {
                let manifest = if order(&vault) > order(&role) { vault } else { role };
                Some((manifest, Role::Present))
            }
            (Ok(Reading::Valid(role)), None) => Some((role, Role::Present)),
            // A torn role is there, and will be written again.
            (Ok(Reading::Torn { .. }), Some(vault)) => Some((vault, Role::Present)),
            (Ok(_), Some(vault)) if vault.settings.service_role.is_some() => {
                Some((vault, Role::Given))
            }
            (Ok(_), Some(vault)) => Some((vault, Role::Missing)),
            (Err(failure), Some(vault)) => Some((vault, Role::Unread(failure))),
            (Err(failure), None) => return Err(failure),
            (Ok(_), None) => None,
        })
    }
}

/// What the vaults of one region say together: the newest record, and anything rather than nothing.
pub(super) fn newest(readings: Vec<Reading>) -> Reading {
    let rank = |reading: &Reading| match reading {
        Reading::NotOurs => (0, None),
        Reading::Torn { .. } => (1, None),
        Reading::Valid(manifest) => (2, Some(order(manifest))),
        Reading::Newer { .. } => (3, None),
    };
    readings.into_iter().max_by_key(rank).unwrap_or(Reading::NotOurs)
}

/// Which of two records is newer: by revision, then by how far the run had come.
fn order(manifest: &Manifest) -> (u64, u8, String) {
    let progress = match manifest.state {
        State::Building => 0,
        State::Ready | State::Removing => 1,
        State::Kept => 2,
    };
    (manifest.revision.counter, progress, manifest.revision.random.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::manifest::Revision;
    use crate::model::manifest::tests::manifest;

    fn at(counter: u64, state: State) -> Manifest {
        Manifest { state, revision: Revision { counter, random: "00".to_owned() }, ..manifest() }
    }

    fn places(role: Result<Reading, Failure>, vaults: &[Reading]) -> Places {
        let names = ["us-east-1", "us-west-2", "eu-west-1"].map(|r| Region::parse(r).unwrap());
        let vaults = names.into_iter().zip(vaults.iter().cloned().map(Ok)).collect();
        Places { role, vaults }
    }

    fn conclude(places: Places) -> Result<Record, Failure> {
        let through = Region::parse("us-east-1").unwrap();
        places.conclude(&SearchArea::new(through.partition(), &[], None, &through))
    }

    fn found(places: Places) -> (u64, State, Role) {
        match conclude(places).unwrap() {
            Record::Found { manifest, role, .. } => {
                (manifest.revision.counter, manifest.state, role)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_highest_revision_counts() {
        let role = || Ok(Reading::Valid(at(2, State::Ready)));
        let old = Reading::Valid(at(1, State::Ready));
        assert!(!places(role(), std::slice::from_ref(&old)).role_is_stale());
        assert!(matches!(found(places(role(), &[old])), (2, State::Ready, Role::Present)));

        let newer = Reading::Valid(at(3, State::Removing));
        assert!(places(role(), std::slice::from_ref(&newer)).role_is_stale());
        assert!(matches!(found(places(role(), &[newer])), (3, State::Removing, Role::Present)));
    }

    #[test]
    fn of_one_revision_the_later_state_counts() {
        let role = Ok(Reading::Valid(at(2, State::Building)));
        let vault = Reading::Valid(at(2, State::Ready));
        assert!(matches!(found(places(role, &[vault])), (2, State::Ready, Role::Present)));
    }

    #[test]
    fn places_that_disagree_are_told() {
        let agreed = |role, vaults: &[Reading]| match conclude(places(Ok(role), vaults)) {
            Ok(Record::Found { agreed, .. }) => agreed,
            other => panic!("{other:?}"),
        };
        let ready = || Reading::Valid(at(2, State::Ready));
        let building = || Reading::Valid(at(2, State::Building));
        assert!(agreed(ready(), &[ready(), Reading::NotOurs]));
        assert!(!agreed(ready(), &[ready(), building()]));
        assert!(!agreed(building(), &[ready()]));
    }

    #[test]
    fn a_lost_role_is_known_by_its_vaults() {
        let lost = places(Ok(Reading::NotOurs), &[Reading::Valid(at(4, State::Ready))]);
        assert!(lost.role_is_stale());
        assert!(matches!(found(lost), (4, State::Ready, Role::Missing)));
    }

    #[test]
    fn without_iam_the_vaults_answer() {
        let denied = Err(Failure::refused("no", ""));
        let away = places(denied, &[Reading::NotOurs, Reading::Valid(at(4, State::Ready))]);
        assert!(!away.role_is_stale());
        assert!(matches!(found(away), (4, State::Ready, Role::Unread(_))));
    }

    #[test]
    fn nothing_is_nothing_only_where_everything_was_read() {
        let mut nothing = places(Ok(Reading::NotOurs), &[Reading::NotOurs]);
        nothing.vaults.insert(Region::parse("eu-west-1").unwrap(), Err(Failure::Interrupted));
        match conclude(nothing).unwrap() {
            Record::None(looked) => assert!(!looked.is_conclusive()),
            other => panic!("{other:?}"),
        }
        assert!(conclude(places(Err(Failure::Interrupted), &[Reading::NotOurs])).is_err());
    }

    #[test]
    fn a_region_is_recorded_where_any_record_names_it() {
        let torn = Reading::Torn {
            id: None,
            regions: vec![Region::parse("sa-east-1").unwrap()],
            why: String::new(),
        };
        let places = places(Ok(torn), &[Reading::NotOurs, Reading::Valid(at(4, State::Ready))]);
        let named = ["eu-west-1", "sa-east-1"].map(|name| Region::parse(name).unwrap());
        assert_eq!(places.unread_recorded(), named);
    }

    #[test]
    fn a_torn_record_is_wherever_it_has_a_vault() {
        let torn = Reading::Torn { id: None, regions: Vec::new(), why: "torn".to_owned() };
        match conclude(places(Ok(Reading::NotOurs), &[Reading::NotOurs, torn])).unwrap() {
            Record::Torn { regions, .. } => {
                assert_eq!(regions, [Region::parse("us-west-2").unwrap()]);
            }
            other => panic!("{other:?}"),
        }
    }
}
