//! What one step learns and others need: returned by the step, handed on by the engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::fact::{Fact, FactName, Told, Value};
use crate::engine::{Kind, StepId};
use crate::model::region::Region;

/// What all steps have learnt so far. A copy does not see what is learnt later.
#[derive(Clone, Default)]
pub(crate) struct Facts(Arc<BTreeMap<Place, Value>>);

/// A fact with where it was told: the region, and which of several there told it.
type Place = (FactName, Option<Region>, Option<String>);

impl Facts {
    /// Adds what a step has told; a fact of its region is replaced.
    pub(crate) fn learn(&mut self, by: &StepId, told: Told) {
        for (name, value) in told.0 {
            debug_assert!(by.kind.tells.contains(&name), "{name:?} is no fact of {by}");
            let place = (name, by.region.clone(), by.teller().cloned());
            Arc::make_mut(&mut self.0).insert(place, value);
        }
    }

    /// What was told in a region.
    pub(crate) fn of<T: 'static>(&self, fact: &Fact<T>, region: &Region) -> Option<&T> {
        self.read(fact, Some(region.clone()), None)
    }

    /// What one of several told in a region.
    pub(crate) fn of_variant<T: 'static>(
        &self,
        fact: &Fact<T>,
        region: &Region,
        variant: Option<&str>,
    ) -> Option<&T> {
        self.read(fact, Some(region.clone()), variant)
    }

    /// What was told by the step that is of no region.
    pub(crate) fn global<T: 'static>(&self, fact: &Fact<T>) -> Option<&T> {
        self.read(fact, None, None)
    }

    /// What was told anywhere, by region.
    pub(crate) fn everywhere<T: 'static>(&self, fact: &Fact<T>) -> impl Iterator<Item = &T> {
        let name = fact.name();
        let told = self.0.iter().filter(move |((told, ..), _)| *told == name);
        told.filter_map(|(_, value)| value.downcast_ref())
    }

    /// What a kind may read of it.
    pub(crate) fn for_kind(&self, kind: &'static Kind) -> Known<'_> {
        Known { facts: self, uses: kind.uses }
    }

    fn read<T: 'static>(
        &self,
        fact: &Fact<T>,
        region: Option<Region>,
        variant: Option<&str>,
    ) -> Option<&T> {
        self.0.get(&(fact.name(), region, variant.map(str::to_owned)))?.downcast_ref()
    }
}

/// The facts that a kind uses: another would not be there when it is needed.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    facts: &'a Facts,
    uses: &'static [FactName],
}

impl<'a> Known<'a> {
    /// What was told in a region; `None` where nobody knows it yet, or it could not be read.
    pub(crate) fn of<T: 'static>(&self, fact: &Fact<T>, region: &Region) -> Option<&'a T> {
        self.check(fact);
        self.facts.of(fact, region)
    }

    /// What one of several told in a region; `None` as above.
    pub(crate) fn of_variant<T: 'static>(
        &self,
        fact: &Fact<T>,
        region: &Region,
        variant: Option<&str>,
    ) -> Option<&'a T> {
        self.check(fact);
        self.facts.of_variant(fact, region, variant)
    }

    /// What was told by the step that is of no region; `None` as above.
    pub(crate) fn global<T: 'static>(&self, fact: &Fact<T>) -> Option<&'a T> {
        self.check(fact);
        self.facts.global(fact)
    }

    /// What was told anywhere, by region.
    pub(crate) fn everywhere<T: 'static>(&self, fact: &Fact<T>) -> impl Iterator<Item = &'a T> {
        self.check(fact);
        self.facts.everywhere(fact)
    }

    fn check<T>(&self, fact: &Fact<T>) {
        debug_assert!(
            self.uses.contains(&fact.name()),
            "{:?} is not among what the kind uses",
            fact.name()
        );
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const ID: Fact<Option<String>> = Fact::new("an id");
    const COUNT: Fact<usize> = Fact::new("a count");
    static TELLER: Kind = Kind::new("teller").tells(&[ID.name(), COUNT.name()]);
    static READER: Kind = Kind::new("reader").uses(&[ID.name()]);

    impl Facts {
        /// What these steps would have told.
        pub(crate) fn told(told: impl IntoIterator<Item = (StepId, Told)>) -> Self {
            let mut facts = Self::default();
            told.into_iter().for_each(|(by, told)| facts.learn(&by, told));
            facts
        }
    }

    #[test]
    fn what_is_told_again_replaces_what_was_known_in_that_region() {
        let [east, west] = ["us-east-1", "us-west-2"].map(|name| Region::parse(name).unwrap());
        let [in_east, in_west] = [&east, &west].map(|region| StepId::regional(&TELLER, region));
        let mut facts = Facts::told([
            (in_east.clone(), Told::one(&COUNT, 1).and(&ID, None)),
            (in_west, Told::one(&COUNT, 2)),
        ]);
        let before = facts.clone();
        facts.learn(&in_east, Told::one(&ID, Some("AROA".to_owned())));
        assert_eq!(before.of(&ID, &east), Some(&None), "a copy does not change");
        assert_eq!(facts.of(&ID, &east), Some(&Some("AROA".to_owned())));
        assert_eq!((facts.of(&ID, &west), facts.global(&ID)), (None, None));
        assert_eq!(facts.everywhere(&COUNT).collect::<Vec<_>>(), [&1, &2]);
    }

    #[test]
    #[should_panic(expected = "is not among what the kind uses")]
    fn a_kind_that_reads_what_it_does_not_name_is_found_out() {
        let facts = Facts::default();
        assert_eq!(facts.for_kind(&READER).global(&ID), None);
        facts.for_kind(&READER).global(&COUNT);
    }
}
