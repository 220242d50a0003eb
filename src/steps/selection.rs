//! The backup selections: what the settings select, and nothing else.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_backup::types::BackupSelectionsListMember;
use futures_util::future::try_join_all;

use crate::account::context::Context;
use crate::account::plans;
use crate::account::selection_content::{SelectionContent, Wanted};
use crate::account::selections::{
    Sorted, delete, forget, get, id_of, list, name_of, request_prefix, sort,
};
use crate::aws::SendingOnce;
use crate::engine::Dependency::InRegion;
use crate::engine::{
    Difference, FactName, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure};
use crate::model::names;
use crate::model::region::Region;
use crate::steps::plan::{self, KnownPlan, PLAN};
use crate::steps::scope::{Entry, Scope};
pub(crate) use crate::steps::selection_name::SELECTIONS;
use crate::steps::selection_name::{SelectionNames, WATCHED, choose};
use crate::steps::selection_spec::{Named, Spec, in_places, places};
use crate::steps::service_role;

pub(crate) static KIND: Kind = Kind::new("backup selection")
    .depends_on(&[InRegion(&plan::KIND)])
    .each_tells_its_own()
    .tells(&[SELECTIONS.name()])
    .uses(&[PLAN.name(), NAMED_BY[0], NAMED_BY[1], NAMED_BY[2]]);

/// What the name of the wanted selection depends on.
pub(super) const NAMED_BY: [FactName; 3] =
    [service_role::ID.name(), SELECTIONS.name(), WATCHED.name()];

pub(super) const ENTRY: Entry = Entry::new(Scope::EachPlan(|context, region, plan| {
    Arc::new(Selection::new(context, region, plan))
}));

/// The selections of a plan.
pub(super) struct Selection {
    context: Context,
    region: Region,
    /// The plan's name in the settings.
    plan: String,
}

fn wanted_in(context: &Context, plan: &str) -> Vec<Wanted> {
    let plan = context.settings.plan(plan);
    plan.map(|plan| Wanted::of_plan(&plan, &context.settings, &context.names)).unwrap_or_default()
}

/// The wanted names of all plans, in the order of the settings. With IAM away they are the names of those that are there.
pub(super) fn wanted_names(context: &Context, known: Known<'_>) -> Vec<String> {
    let plans = context.settings.plan_names().into_iter();
    plans.flat_map(|plan| names_in(context, known, &plan)).collect()
}

/// Those of one plan.
fn names_in(context: &Context, known: Known<'_>, plan: &str) -> Vec<String> {
    let primary = &context.settings.regions.primary;
    let found = known.of_variant(&SELECTIONS, primary, plan::variant(plan));
    names_beside(context, known, plan, found)
}

/// The wanted names of a plan, beside these selections.
fn names_beside(
    context: &Context,
    known: Known<'_>,
    plan: &str,
    found: Option<&SelectionNames>,
) -> Vec<String> {
    let told = told(context, known, plan);
    let role_id = known.global(&service_role::ID);
    let name = |(at, wanted): (usize, Wanted)| {
        let told = told.get(at).map(String::as_str);
        if role_id.is_none() {
            let mut right = found.into_iter().flat_map(|found| &found.right);
            let there = right.find(|(_, of)| **of == at).map(|(name, _)| name.as_str());
            if let Some(there) = there.or(told) {
                return there.to_owned();
            }
        }
        choose(&wanted.name(role_id.and_then(Option::as_deref)), told, found)
    };
    wanted_in(context, plan).into_iter().enumerate().map(name).collect()
}

/// The names of a plan's selections that the watchdog was told of last, in whatever region it was.
fn told<'a>(context: &Context, known: Known<'a>, plan: &str) -> &'a [String] {
    let here = known.of(&WATCHED, &context.settings.regions.secondary);
    let all = here.or_else(|| known.everywhere(&WATCHED).next());
    let all = all.map(Vec::as_slice).unwrap_or_default();
    // Those of the plans stand one after the other.
    let names = context.settings.plan_names();
    let before = names.iter().take_while(|name| *name != plan);
    let before: usize = before.map(|name| wanted_in(context, name).len()).sum();
    let own = wanted_in(context, plan).len();
    all.get(before..).unwrap_or_default().get(..own).unwrap_or_default()
}

impl Selection {
    pub(super) fn new(context: &Context, region: &Region, plan: &str) -> Self {
        let context = context.on_behalf_of(&plan::step_id(&KIND, region, plan));
        Self { context, region: region.clone(), plan: plan.to_owned() }
    }

    fn wanted_here(&self) -> Vec<Wanted> {
        wanted_in(&self.context, &self.plan)
    }

    fn found<'a>(&self, known: Known<'a>) -> Option<&'a SelectionNames> {
        known.of_variant(&SELECTIONS, &self.region, plan::variant(&self.plan))
    }

    fn plan<'a>(&self, known: Known<'a>) -> Result<&'a KnownPlan, Failure> {
        known.of_variant(&PLAN, &self.region, plan::variant(&self.plan)).ok_or_else(|| {
            Failure::failed("there is no backup plan to select for", "run the same command again")
        })
    }

    /// The wanted names, unless their hashes take in the id of a role that AWS is yet to make.
    fn known_names(&self, known: Known<'_>) -> Option<Vec<String>> {
        let found = self.found(known);
        let is_there = !told(&self.context, known, &self.plan).is_empty()
            || found.is_some_and(|found| !found.right.is_empty());
        let is_known = known.global(&service_role::ID).map_or(is_there, Option::is_some);
        is_known.then(|| names_in(&self.context, known, &self.plan))
    }

    /// Our plan and the selections in it. Tags and selections are read at once, to be quick.
    async fn find(&self) -> Result<Option<(String, Sorted)>, Failure> {
        let all = plans::list_once(&self.context, &self.region).await?;
        let read =
            plans::candidates(&self.context, &self.plan, all).into_iter().map(|id| async move {
                let (tags, found) = tokio::try_join!(
                    plans::tags(&self.context, &self.region, &id),
                    list(&self.context, &self.region, &id)
                )?;
                Ok::<_, Failure>((id, tags.unwrap_or_default(), found))
            });
        let plans = try_join_all(read).await?;
        let ours = plans.into_iter().find(|(_, tags, _)| self.context.is_ours(tags));
        let Some((id, _, Some(found))) = ours else { return Ok(None) };
        let found = sort(&self.context, &self.region, &id, found).await?;
        Ok(Some((id, found)))
    }

    /// What is in the plan before a selection is made. In one that this run has made there is nothing.
    async fn before(&self, plan: &KnownPlan) -> Result<Sorted, Failure> {
        if plan.is_new {
            return Ok(Sorted::default());
        }
        let plan_id = &plan.id;
        forget(&self.context, plan_id);
        let before = list(&self.context, &self.region, plan_id).await?.unwrap_or_default();
        sort(&self.context, &self.region, plan_id, before).await
    }

    async fn look(&self, plan_id: &str, name: &str) -> Result<Option<String>, Failure> {
        let list = list(&self.context, &self.region, plan_id).await?.unwrap_or_default();
        let ours = sort(&self.context, &self.region, plan_id, list).await?.ours;
        let found = ours.into_iter().find(|found| found.selection_name() == Some(name));
        Ok(found.and_then(|found| found.selection_id))
    }

    async fn make_selection(
        &self,
        plan_id: &str,
        name: &str,
        content: &SelectionContent,
    ) -> Result<String, Failure> {
        forget(&self.context, plan_id);
        let clients = self.context.region(&self.region);
        let hash = names::selection_hash(name);
        let request_id = format!("{}{hash}-{}", request_prefix(&self.context), self.context.run);
        let send = |once: &SendingOnce| {
            once.backup()
                .create_backup_selection()
                .backup_plan_id(plan_id)
                .backup_selection(content.to_aws(name))
                .creator_request_id(&request_id)
                .send()
        };
        let site = CallSite::new("backup:CreateBackupSelection", &self.region, name);
        self.context
            .caller
            .create(&clients, site, send, |answer| answer.selection_id, || self.look(plan_id, name))
            .await
    }

    /// Makes the wanted ones first and removes the others then, so that nothing is unprotected in between.
    async fn make(&self, known: Known<'_>) -> Result<Told, Failure> {
        let plan = self.plan(known)?;
        let before = self.before(plan).await?;
        let seen = self.found(known);
        let number = |name: &str| seen.and_then(|found| found.right.get(name).copied());
        let mut found = names_of(&before, number);
        let names = names_beside(&self.context, known, &self.plan, Some(&found));
        let mut old = before.ours;
        for (name, wanted) in names.iter().zip(self.wanted_here()) {
            if let Some(there) = old.iter().position(|member| name_of(member) == name) {
                old.remove(there);
            } else {
                let made = self.make_selection(&plan.id, name, &wanted.content).await?;
                found.ids.insert(made);
            }
        }
        for old in &old {
            delete(&self.context, &self.region, &plan.id, id_of(old)).await?;
        }
        Ok(Told::one(&SELECTIONS, found))
    }
}

/// The names that decide which names the wanted ones have. `number` is that of the wanted one that a name is of.
fn names_of(all: &Sorted, number: impl Fn(&str) -> Option<usize>) -> SelectionNames {
    let names = |members: &[BackupSelectionsListMember]| -> BTreeSet<String> {
        members.iter().map(|member| name_of(member).to_owned()).collect()
    };
    let Sorted { ours, foreign } = all;
    let made = ours.iter().filter_map(|member| member.creation_date.map(|at| at.secs()));
    let numbered = |name: String| Some((name.clone(), number(&name)?));
    SelectionNames {
        ids: ours.iter().map(|member| id_of(member).to_owned()).collect(),
        since: made.min(),
        right: names(ours).into_iter().filter_map(numbered).collect(),
        ours: names(ours),
        foreign: names(foreign),
    }
}

#[async_trait]
impl Resource for Selection {
    type Spec = Spec;

    fn id(&self) -> StepId {
        plan::step_id(&KIND, &self.region, &self.plan)
    }

    fn name(&self, known: Known<'_>) -> String {
        let is_wanted_here = self.region == self.context.settings.regions.primary
            && self.context.settings.plan_names().contains(&self.plan);
        if let Some(names) = self.known_names(known).filter(|_| is_wanted_here) {
            return names.join(", ");
        }
        let found = self.found(known).filter(|found| !found.ours.is_empty());
        let names = found.map(|found| found.ours.iter().cloned().collect::<Vec<_>>());
        let known_later = || self.wanted_here().iter().map(Wanted::name_known_later).collect();
        names.unwrap_or_else(known_later).join(", ")
    }

    fn reason(&self, difference: Option<Difference<'_, Spec>>, _: Known<'_>) -> Option<String> {
        let difference = difference?;
        let Difference { live, wanted } = difference;
        let same_content = live.contents() == wanted.contents();
        let same_name = live.names() == wanted.names();
        let why = match (same_content, same_name) {
            (true, true) => "an earlier run was interrupted, and the other is deleted",
            (true, false) => {
                "the service role was made again: to AWS Backup it is another role, and its selection has to be saved again"
            }
            (false, _) => {
                "AWS Backup cannot change a selection: a new one is made before this one is deleted"
            }
        };
        Some(why.to_owned())
    }

    fn wanted(&self, known: Known<'_>) -> Spec {
        let wanted = self.wanted_here();
        let names = self
            .known_names(known)
            .unwrap_or_else(|| wanted.iter().map(Wanted::name_known_later).collect());
        let places = places(&wanted);
        let named = names.into_iter().zip(wanted);
        let named = named.map(|(name, wanted)| Some(Named { name, content: wanted.content }));
        Spec::new(&places, named.collect(), Vec::new())
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let Some((plan_id, sorted)) = self.find().await? else {
            let told = Told::one(&SELECTIONS, SelectionNames::default());
            return Ok(Seen { told, ..Live::Absent.into() });
        };
        let read = try_join_all(sorted.ours.iter().map(|member| async {
            let selection = get(&self.context, &self.region, &plan_id, id_of(member)).await?;
            Ok::<_, Failure>(selection.map(|s| (member.clone(), SelectionContent::from_aws(&s))))
        }));
        let ours: Vec<_> = read.await?.into_iter().flatten().collect();
        let wanted = self.wanted_here();
        let number = |name: &str| {
            let (_, content) = ours.iter().find(|(member, _)| name_of(member) == name)?;
            wanted.iter().position(|wanted| wanted.content == *content)
        };
        let found = names_of(&sorted, number);
        let foreign = found.foreign.iter();
        let siblings = foreign.map(|name| format!("the plan also has the selection {name}"));
        let siblings: Vec<String> = siblings.collect();
        let seen =
            |live| Seen { siblings, told: Told::one(&SELECTIONS, found), ..Seen::from(live) };
        if ours.is_empty() {
            return Ok(seen(Live::Absent));
        }
        let (named, twins) = in_places(&wanted, ours);
        // Two of one name are told apart by their ids.
        let is_taken = |name: &str| named.iter().flatten().any(|named| named.name == name);
        let twin = |twin: &BackupSelectionsListMember| match name_of(twin) {
            same if is_taken(same) => {
                format!("{same} ({})", twin.selection_id().unwrap_or_default())
            }
            other => other.to_owned(),
        };
        let twins = twins.iter().map(twin).collect();
        let spec = Spec::new(&places(&wanted), named, twins);
        Ok(seen(Live::Ours(Observed::new(spec))))
    }

    async fn create(&self, _: &Spec, known: Known<'_>) -> Result<Told, Failure> {
        self.make(known).await
    }

    async fn change(&self, _: Difference<'_, Spec>, known: Known<'_>) -> Result<Told, Failure> {
        self.make(known).await
    }

    async fn remove(&self, _: &Spec, known: Known<'_>) -> Result<Removal, Failure> {
        let plan_id = &self.plan(known)?.id;
        let found = self.found(known);
        let ids = found.into_iter().flat_map(|found| &found.ids);
        let deleted = ids.map(|id| delete(&self.context, &self.region, plan_id, id));
        try_join_all(deleted).await?;
        Ok(Removal::Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::context::tests::context;
    use crate::engine::Facts;

    #[test]
    fn a_role_made_again_gives_the_selection_another_name() {
        let name = |id: &str| {
            let told = Told::one(&service_role::ID, Some(id.to_owned()));
            let facts = Facts::told([(StepId::global(&service_role::KIND), told)]);
            wanted_names(&context(), facts.for_kind(&KIND)).remove(0)
        };
        assert_eq!(name("AROA1"), name("AROA1"));
        assert_ne!(name("AROA1"), name("AROA2"));
    }
}
