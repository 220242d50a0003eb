//! The selections of a plan as they are compared: each wanted one has a place, and what is there is put into it. Pure.

use std::collections::BTreeMap;

use aws_sdk_backup::types::BackupSelectionsListMember;
use serde::Serialize;

use crate::account::selection_content::{SelectionContent, Wanted};
use crate::account::selections::name_of;
use crate::model::names;

/// Our selections. A name carries a hash of the content, because AWS cannot update one.
#[derive(Serialize)]
pub(super) struct Spec {
    #[serde(flatten)]
    first: Option<Named>,
    /// The others of the settings, by what the settings call them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    beside: BTreeMap<String, Named>,
    /// Further ones of ours: what earlier settings made, and what a lost answer doubled.
    twins: Vec<String>,
}

#[derive(Clone, PartialEq, Serialize)]
pub(super) struct Named {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) content: SelectionContent,
}

impl Spec {
    /// The selections in the order of the wanted ones, as far as they are there.
    pub(super) fn new(places: &[String], found: Vec<Option<Named>>, twins: Vec<String>) -> Self {
        let mut found = found.into_iter();
        let first = found.next().flatten();
        let beside = places.iter().skip(1).cloned().zip(found);
        let beside = beside.filter_map(|(place, named)| Some((place, named?))).collect();
        Self { first, beside, twins }
    }

    /// The selections without their names.
    pub(super) fn contents(
        &self,
    ) -> (Option<&SelectionContent>, BTreeMap<&str, &SelectionContent>) {
        let beside = self.beside.iter().map(|(place, named)| (place.as_str(), &named.content));
        (self.first.as_ref().map(|named| &named.content), beside.collect())
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.first.iter().chain(self.beside.values()).map(|named| named.name.as_str()).collect()
    }
}

/// What each of the wanted ones is called among them.
pub(super) fn places(wanted: &[Wanted]) -> Vec<String> {
    let label = |at: usize| wanted[at].label();
    let place = |at: usize| {
        let before = (0..at).filter(|earlier| label(*earlier) == label(at)).count();
        if before == 0 { label(at).to_owned() } else { format!("{} {}", label(at), before + 1) }
    };
    (0..wanted.len()).map(place).collect()
}

/// Those of ours in the order of the wanted ones, and the others: what selects as one of them does is that one, the
/// youngest first; what is left stands in a place that is empty, so that what changes is shown.
pub(super) fn in_places(
    wanted: &[Wanted],
    mut ours: Vec<(BackupSelectionsListMember, SelectionContent)>,
) -> (Vec<Option<Named>>, Vec<BackupSelectionsListMember>) {
    ours.sort_by_key(|(member, _)| {
        let made = member.creation_date.map(|date| (date.secs(), date.subsec_nanos()));
        std::cmp::Reverse(made)
    });
    let mut places: Vec<Option<Named>> = vec![None; wanted.len()];
    let mut take =
        |is_it: &dyn Fn(&Wanted, &BackupSelectionsListMember, &SelectionContent) -> bool| {
            for (place, wanted) in
                places.iter_mut().zip(wanted).filter(|(place, _)| place.is_none())
            {
                let here = ours.iter().position(|(member, content)| is_it(wanted, member, content));
                *place = here.map(|here| {
                    let (member, content) = ours.remove(here);
                    Named { name: name_of(&member).to_owned(), content }
                });
            }
        };
    take(&|wanted, _, content| wanted.content == *content);
    take(&|wanted, member, _| names::selection_label(name_of(member)) == Some(wanted.label()));
    take(&|_, _, _| true);
    (places, ours.into_iter().map(|(member, _)| member).collect())
}
