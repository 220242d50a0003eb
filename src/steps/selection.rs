//! The backup selection: every resource that carries all select tags, and none other.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_backup::types::BackupSelectionsListMember;
use futures_util::future::try_join_all;
use serde::Serialize;

use crate::account::context::Context;
use crate::account::plans;
use crate::account::selection_content::SelectionContent;
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
use crate::steps::service_role;

pub(crate) static KIND: Kind = Kind::new("backup selection")
    .depends_on(&[InRegion(&plan::KIND)])
    .tells(&[SELECTIONS.name()])
    .uses(&[PLAN.name(), NAMED_BY[0], NAMED_BY[1], NAMED_BY[2]]);

/// What the name of the wanted selection depends on.
pub(super) const NAMED_BY: [FactName; 3] =
    [service_role::ID.name(), SELECTIONS.name(), WATCHED.name()];

pub(super) const ENTRY: Entry =
    Entry::new(Scope::Primary(|context, region| Arc::new(Selection::new(context, region))));

/// What stands for the name while nobody can know it.
const KNOWN_LATER: &str = "tagged-resources-... (known after apply)";

/// Our selection. The name carries a hash of the content, because AWS cannot update one.
#[derive(Serialize)]
pub(super) struct Spec {
    name: String,
    #[serde(flatten)]
    content: SelectionContent,
    /// Further ones of ours: what earlier settings made, and what a lost answer doubled.
    twins: Vec<String>,
}

pub(super) struct Selection {
    context: Context,
    region: Region,
}

fn content(context: &Context) -> SelectionContent {
    SelectionContent::from_settings(&context.settings, &context.names)
}

/// The wanted name. With IAM away it is the name of the one that is there.
pub(super) fn wanted_name(context: &Context, known: Known<'_>) -> String {
    name_beside(context, known, known.of(&SELECTIONS, &context.settings.regions.primary))
}

/// The wanted name, beside these selections.
fn name_beside(context: &Context, known: Known<'_>, found: Option<&SelectionNames>) -> String {
    let told = told(context, known);
    let role_id = known.global(&service_role::ID);
    if role_id.is_none() {
        let there = found.and_then(|found| found.right.first());
        if let Some(there) = there.map(String::as_str).or(told) {
            return there.to_owned();
        }
    }
    let base = content(context).name(role_id.and_then(Option::as_deref));
    choose(&base, told, found)
}

/// The name that the watchdog was told of last, in whatever region it was.
fn told<'a>(context: &Context, known: Known<'a>) -> Option<&'a str> {
    let here = known.of(&WATCHED, &context.settings.regions.secondary);
    here.or_else(|| known.everywhere(&WATCHED).next()).map(String::as_str)
}

impl Selection {
    pub(super) fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(&KIND, region);
        Self { context: context.on_behalf_of(&id), region: region.clone() }
    }

    fn content(&self) -> SelectionContent {
        content(&self.context)
    }

    fn plan<'a>(&self, known: Known<'a>) -> Result<&'a KnownPlan, Failure> {
        known.of(&PLAN, &self.region).ok_or_else(|| {
            Failure::failed("there is no backup plan to select for", "run the same command again")
        })
    }

    /// The wanted name, unless its hash takes in the id of a role that AWS is yet to make.
    fn known_name(&self, known: Known<'_>) -> Option<String> {
        let found = known.of(&SELECTIONS, &self.region);
        let is_there = told(&self.context, known).is_some()
            || found.is_some_and(|found| !found.right.is_empty());
        let is_known = known.global(&service_role::ID).map_or(is_there, Option::is_some);
        is_known.then(|| wanted_name(&self.context, known))
    }

    /// Our plan and the selections in it. Tags and selections are read at once, to be quick.
    async fn find(&self) -> Result<Option<(String, Sorted)>, Failure> {
        let all = plans::list_once(&self.context, &self.region).await?;
        let read = plans::candidates(&self.context, all).into_iter().map(|id| async move {
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

    async fn make_selection(&self, plan_id: &str, name: &str) -> Result<String, Failure> {
        forget(&self.context, plan_id);
        let clients = self.context.region(&self.region);
        let hash = names::selection_hash(name);
        let request_id = format!("{}{hash}-{}", request_prefix(&self.context), self.context.run);
        let send = |once: &SendingOnce| {
            once.backup()
                .create_backup_selection()
                .backup_plan_id(plan_id)
                .backup_selection(self.content().to_aws(name))
                .creator_request_id(&request_id)
                .send()
        };
        let site = CallSite::new("backup:CreateBackupSelection", &self.region, name);
        self.context
            .caller
            .create(&clients, site, send, |answer| answer.selection_id, || self.look(plan_id, name))
            .await
    }

    /// Makes the wanted one first and removes the others then, so that nothing is unprotected in between.
    async fn make(&self, known: Known<'_>) -> Result<Told, Failure> {
        let plan = self.plan(known)?;
        let before = self.before(plan).await?;
        let seen = known.of(&SELECTIONS, &self.region);
        let is_right = |name: &str| seen.is_some_and(|found| found.right.contains(name));
        let mut found = names_of(&before, is_right);
        let name = name_beside(&self.context, known, Some(&found));
        let mut old = before.ours;
        match old.iter().position(|member| name_of(member) == name) {
            Some(there) => drop(old.remove(there)),
            None => {
                found.ids.insert(self.make_selection(&plan.id, &name).await?);
            }
        }
        for old in &old {
            delete(&self.context, &self.region, &plan.id, id_of(old)).await?;
        }
        Ok(Told::one(&SELECTIONS, found))
    }
}

/// The names that decide which name the wanted one has.
fn names_of(all: &Sorted, is_right: impl Fn(&str) -> bool) -> SelectionNames {
    let names = |members: &[BackupSelectionsListMember]| -> BTreeSet<String> {
        members.iter().map(|member| name_of(member).to_owned()).collect()
    };
    let Sorted { ours, foreign } = all;
    let made = ours.iter().filter_map(|member| member.creation_date.map(|at| at.secs()));
    let mut right = names(ours);
    right.retain(|name| is_right(name));
    SelectionNames {
        ids: ours.iter().map(|member| id_of(member).to_owned()).collect(),
        since: made.min(),
        right,
        ours: names(ours),
        foreign: names(foreign),
    }
}

#[async_trait]
impl Resource for Selection {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(&KIND, &self.region)
    }

    fn name(&self, known: Known<'_>) -> String {
        let is_wanted_here = self.region == self.context.settings.regions.primary;
        if let Some(name) = self.known_name(known).filter(|_| is_wanted_here) {
            return name;
        }
        let found = known.of(&SELECTIONS, &self.region).filter(|found| !found.ours.is_empty());
        let names = found.map(|found| found.ours.iter().cloned().collect::<Vec<_>>().join(", "));
        names.unwrap_or_else(|| KNOWN_LATER.to_owned())
    }

    fn reason(&self, difference: Option<Difference<'_, Spec>>, _: Known<'_>) -> Option<String> {
        let difference = difference?;
        let same_content = difference.of(|selection| &selection.content).is_none();
        let same_name = difference.of(|selection| &selection.name).is_none();
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
        let name = self.known_name(known).unwrap_or_else(|| KNOWN_LATER.to_owned());
        Spec { name, content: self.content(), twins: Vec::new() }
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
        let mut ours: Vec<_> = read.await?.into_iter().flatten().collect();
        // The one that is meant comes first: of those that select what is wanted, the youngest.
        ours.sort_by_key(|(member, content)| {
            let made = member.creation_date.map(|date| (date.secs(), date.subsec_nanos()));
            (*content == self.content(), made)
        });
        ours.reverse();
        let right = ours.iter().filter(|(_, content)| *content == self.content());
        let right: Vec<&str> = right.map(|(member, _)| name_of(member)).collect();
        let found = names_of(&sorted, |name| right.contains(&name));
        let foreign = found.foreign.iter();
        let siblings = foreign.map(|name| format!("the plan also has the selection {name}"));
        let siblings: Vec<String> = siblings.collect();
        let seen =
            |live| Seen { siblings, told: Told::one(&SELECTIONS, found), ..Seen::from(live) };
        let Some(((member, content), twins)) = ours.split_first() else {
            return Ok(seen(Live::Absent));
        };
        let name = name_of(member).to_owned();
        // Two of one name are told apart by their ids.
        let twin = |(twin, _): &(BackupSelectionsListMember, _)| match name_of(twin) {
            same if same == name => format!("{same} ({})", twin.selection_id().unwrap_or_default()),
            other => other.to_owned(),
        };
        let twins = twins.iter().map(twin).collect();
        let content = content.clone();
        Ok(seen(Live::Ours(Observed::new(Spec { name, content, twins }))))
    }

    async fn create(&self, _: &Spec, known: Known<'_>) -> Result<Told, Failure> {
        self.make(known).await
    }

    async fn change(&self, _: Difference<'_, Spec>, known: Known<'_>) -> Result<Told, Failure> {
        self.make(known).await
    }

    async fn remove(&self, _: &Spec, known: Known<'_>) -> Result<Removal, Failure> {
        let plan_id = &self.plan(known)?.id;
        let found = known.of(&SELECTIONS, &self.region);
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
            wanted_name(&context(), facts.for_kind(&KIND))
        };
        assert_eq!(name("AROA1"), name("AROA1"));
        assert_ne!(name("AROA1"), name("AROA2"));
    }
}
