//! The backup selection: every resource that carries all select tags, and none other.

use std::sync::Arc;
use std::sync::OnceLock;

use async_trait::async_trait;
use aws_sdk_backup::types::BackupSelectionsListMember;
use futures_util::future::try_join_all;
use serde::Serialize;
use serde_json::Value;

use crate::account::context::Context;
use crate::account::facts::{OurRole, SelectionNames};
use crate::account::plans;
use crate::account::selection_content::SelectionContent;
use crate::account::selections::{
    Sorted, delete, forget, get, id_of, list, name_of, request_prefix, sort,
};
use crate::aws::SendingOnce;
use crate::engine::Dependency::InRegion;
use crate::engine::{Change, Kind, Live, Observed, Removal, Step, StepId, to_value};
use crate::failure::{CallSite, Failure};
use crate::model::names;
use crate::model::region::Region;
use crate::steps::plan;
use crate::steps::scope::{Entry, Scope};
use crate::steps::selection_name::choose;

pub(crate) static KIND: Kind = Kind::new("backup selection").depends_on(&[InRegion(&plan::KIND)]);

pub(super) const ENTRY: Entry =
    Entry::new(Scope::Primary(|context, region| Arc::new(Selection::new(context, region))));

/// What stands for the name while nobody can know it.
const KNOWN_LATER: &str = "tagged-resources-... (known after apply)";

/// Our selection. The name carries a hash of the content, because AWS cannot update one.
#[derive(Serialize)]
struct Spec {
    name: String,
    #[serde(flatten)]
    content: SelectionContent,
    /// Further ones of ours: what earlier settings made, and what a lost answer doubled.
    twins: Vec<String>,
}

pub(super) struct Selection {
    context: Context,
    region: Region,
    /// Name of the one that was found first: its removal is still told by it.
    seen: OnceLock<String>,
}

fn content(context: &Context) -> SelectionContent {
    SelectionContent::from_settings(&context.settings, &context.names)
}

/// The wanted name. With IAM away it is the name of the one that is there.
pub(super) fn wanted_name(context: &Context) -> String {
    let facts = context.facts();
    let found = facts.selections.get(&context.settings.regions.primary).cloned();
    let told = facts.watchdog_selection.clone();
    let role_id = facts.role_ids.get(&OurRole::Service).cloned();
    drop(facts);
    if role_id.is_none() {
        let there = found.as_ref().and_then(|found| found.right.first().cloned());
        if let Some(there) = there.or_else(|| told.clone()) {
            return there;
        }
    }
    let base = content(context).name(role_id.flatten().as_deref());
    choose(&base, told.as_deref(), found.as_ref())
}

impl Selection {
    pub(super) fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(&KIND, region);
        Self { context: context.on_behalf_of(&id), region: region.clone(), seen: OnceLock::new() }
    }

    fn content(&self) -> SelectionContent {
        content(&self.context)
    }

    fn plan_id(&self) -> Result<String, Failure> {
        self.context.facts().plan_ids.get(&self.region).cloned().ok_or_else(|| {
            Failure::failed("there is no backup plan to select for", "run the same command again")
        })
    }

    /// The wanted name, unless its hash takes in the id of a role that AWS is yet to make.
    fn known_name(&self) -> Option<String> {
        let facts = self.context.facts();
        let role_id = facts.role_ids.get(&OurRole::Service).cloned();
        let found = facts.selections.get(&self.region);
        let is_there = facts.watchdog_selection.is_some()
            || found.is_some_and(|found| !found.right.is_empty());
        drop(facts);
        let is_known = role_id.map_or(is_there, |id| id.is_some());
        is_known.then(|| wanted_name(&self.context))
    }

    /// Keeps the names that decide which name the wanted one has.
    fn learn(&self, all: &Sorted, right: &[BackupSelectionsListMember]) {
        let names = |members: &[BackupSelectionsListMember]| {
            members.iter().map(|member| name_of(member).to_owned()).collect()
        };
        let Sorted { ours, foreign } = all;
        let found = SelectionNames {
            ids: ours.iter().map(|member| id_of(member).to_owned()).collect(),
            right: names(right),
            ours: names(ours),
            foreign: names(foreign),
        };
        self.context.facts().selections.insert(self.region.clone(), found);
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
    async fn before(&self, plan_id: &str) -> Result<Sorted, Failure> {
        if self.context.facts().new_plans.contains(&self.region) {
            return Ok(Sorted::default());
        }
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

    async fn create(&self, plan_id: &str, name: &str) -> Result<(), Failure> {
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
        let id = self
            .context
            .caller
            .create(&clients, site, send, |answer| answer.selection_id, || self.look(plan_id, name))
            .await?;
        let mut facts = self.context.facts();
        facts.selections.entry(self.region.clone()).or_default().ids.insert(id);
        Ok(())
    }
}

#[async_trait]
impl Step for Selection {
    fn id(&self) -> StepId {
        StepId::regional(&KIND, &self.region)
    }

    fn name(&self) -> String {
        let facts = self.context.facts();
        let found = facts.selections.get(&self.region).cloned().unwrap_or_default();
        drop(facts);
        let is_wanted_here = self.region == self.context.settings.regions.primary;
        match self.known_name().filter(|_| is_wanted_here) {
            Some(name) => name,
            None if found.ours.is_empty() => {
                self.seen.get().cloned().unwrap_or_else(|| KNOWN_LATER.to_owned())
            }
            None => found.ours.into_iter().collect::<Vec<_>>().join(", "),
        }
    }

    fn foreign_siblings(&self) -> Vec<String> {
        let facts = self.context.facts();
        let foreign = facts.selections.get(&self.region).map(|found| &found.foreign);
        let foreign = foreign.into_iter().flatten();
        foreign.map(|name| format!("the plan also has the selection {name}")).collect()
    }

    fn reason(&self, changes: &[Change]) -> Option<String> {
        let is = |change: &Change, field: &str| change.field == field;
        let why = if changes.is_empty() {
            return None;
        } else if changes.iter().all(|change| is(change, "twins")) {
            "an earlier run was interrupted, and the other is deleted"
        } else if changes.iter().all(|change| is(change, "name") || is(change, "twins")) {
            "the service role was made again: to AWS Backup it is another role, and its selection has to be saved again"
        } else {
            "AWS Backup cannot change a selection: a new one is made before this one is deleted"
        };
        Some(why.to_owned())
    }

    fn wanted(&self) -> Value {
        let name = self.known_name().unwrap_or_else(|| KNOWN_LATER.to_owned());
        to_value(&Spec { name, content: self.content(), twins: Vec::new() })
    }

    async fn observe(&self) -> Result<Live, Failure> {
        let Some((plan_id, found)) = self.find().await? else {
            self.learn(&Sorted::default(), &[]);
            return Ok(Live::Absent);
        };
        let read = try_join_all(found.ours.iter().map(|member| async {
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
        self.learn(&found, &right.map(|(member, _)| member.clone()).collect::<Vec<_>>());
        let made = ours.iter().filter_map(|(member, _)| member.creation_date.map(|at| at.secs()));
        self.context.facts().selected_since = made.min();
        let Some(((member, content), twins)) = ours.split_first() else { return Ok(Live::Absent) };
        let name = name_of(member).to_owned();
        self.seen.get_or_init(|| name.clone());
        // Two of one name are told apart by their ids.
        let twin = |(twin, _): &(BackupSelectionsListMember, _)| match name_of(twin) {
            same if same == name => format!("{same} ({})", twin.selection_id().unwrap_or_default()),
            other => other.to_owned(),
        };
        let twins = twins.iter().map(twin).collect();
        Ok(Live::Ours(Observed::new(&Spec { name, content: content.clone(), twins })))
    }

    /// Makes the wanted one first and removes the others then, so that nothing is unprotected in between.
    async fn apply(&self, _live: Option<&Observed>) -> Result<(), Failure> {
        let plan_id = self.plan_id()?;
        let before = self.before(&plan_id).await?;
        let is_right = |name: &str| {
            let facts = self.context.facts();
            facts.selections.get(&self.region).is_some_and(|found| found.right.contains(name))
        };
        let right = before.ours.iter().filter(|member| is_right(name_of(member)));
        let right: Vec<_> = right.cloned().collect();
        self.learn(&before, &right);
        let name = wanted_name(&self.context);
        let mut old = before.ours;
        match old.iter().position(|member| name_of(member) == name) {
            Some(there) => drop(old.remove(there)),
            None => self.create(&plan_id, &name).await?,
        }
        for old in &old {
            delete(&self.context, &self.region, &plan_id, id_of(old)).await?;
        }
        Ok(())
    }

    async fn remove(&self) -> Result<Removal, Failure> {
        let found = self.context.facts().selections.get(&self.region).cloned().unwrap_or_default();
        let plan_id = self.plan_id()?;
        let ids = found.ids.iter();
        let deleted = ids.map(|id| delete(&self.context, &self.region, &plan_id, id));
        try_join_all(deleted).await?;
        Ok(Removal::Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::context::tests::context;

    #[test]
    fn a_role_made_again_gives_the_selection_another_name() {
        let context = context();
        let learn = |id: &str| {
            context.facts().role_ids.insert(OurRole::Service, Some(id.to_owned()));
        };
        learn("AROA1");
        let before = wanted_name(&context);
        assert_eq!(before, wanted_name(&context));
        learn("AROA2");
        assert_ne!(before, wanted_name(&context));
    }
}
