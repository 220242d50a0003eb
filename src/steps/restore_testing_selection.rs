//! What a region's restore tests restore: a selection for each type, in the region's plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use serde::Serialize;

use crate::account::context::Context;
use crate::account::restore_testing;
use crate::aws::SendingOnce;
use crate::engine::Dependency::InRegion;
use crate::engine::{
    Difference, Kind, Known, Live, Observed, Removal, Resource, Seen, StepId, Told,
};
use crate::failure::{CallSite, Failure, if_found};
use crate::model::region::Region;
use crate::steps::restore_testing_document::SelectionContent;
use crate::steps::restore_testing_plan::{self, ON};
use crate::steps::scope::{Entry, Scope};

pub(super) static KIND: Kind = Kind::new("restore testing selections")
    .part_of("restore tests")
    .depends_on(&[InRegion(&restore_testing_plan::KIND)])
    .inside(&restore_testing_plan::KIND);

pub(super) const ENTRY: Entry = Entry::new(Scope::Switched(ON, |context, region| {
    Arc::new(RestoreTestingSelections::new(context, region))
}));

/// By name, which is the type's.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Spec(BTreeMap<String, SelectionContent>);

/// All of a region: which types there are is a setting, and one that is dropped goes.
pub(super) struct RestoreTestingSelections {
    context: Context,
    region: Region,
    plan: String,
}

impl RestoreTestingSelections {
    fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(&KIND, region);
        let plan = context.names.restore_testing_plan();
        Self { context: context.on_behalf_of(&id), region: region.clone(), plan }
    }

    fn site(&self, action: &'static str, name: &str) -> CallSite {
        CallSite::new(action, &self.region, format!("{}/{name}", self.plan))
    }

    async fn get(&self, name: &str) -> Result<Option<SelectionContent>, Failure> {
        let backup = self.context.region(&self.region).backup;
        let send = || {
            backup
                .get_restore_testing_selection()
                .restore_testing_plan_name(&self.plan)
                .restore_testing_selection_name(name)
                .send()
        };
        let site = self.site("backup:GetRestoreTestingSelection", name);
        let found = if_found(self.context.caller.call(site, send).await)?;
        let found = found.and_then(|found| found.restore_testing_selection);
        Ok(found.map(|found| SelectionContent::from_aws(&found)))
    }

    async fn make(&self, name: &str, wanted: &SelectionContent) -> Result<(), Failure> {
        let clients = self.context.region(&self.region);
        let document = wanted.to_aws(name)?;
        let Context { id, run, .. } = &self.context;
        let request_id = format!("mrb-{id}-{name}-{run}");
        let send = |once: &SendingOnce| {
            once.backup()
                .create_restore_testing_selection()
                .restore_testing_plan_name(&self.plan)
                .restore_testing_selection(document.clone())
                .creator_request_id(&request_id)
                .send()
        };
        // It lives in our plan, so that one of this name is ours.
        let look = || async { Ok(self.get(name).await?.map(|_| ())) };
        let site = self.site("backup:CreateRestoreTestingSelection", name);
        self.context.caller.create(&clients, site, send, |_| Some(()), look).await
    }

    async fn update(&self, name: &str, wanted: &SelectionContent) -> Result<(), Failure> {
        let backup = self.context.region(&self.region).backup;
        let document = wanted.to_update()?;
        let send = || {
            backup
                .update_restore_testing_selection()
                .restore_testing_plan_name(&self.plan)
                .restore_testing_selection_name(name)
                .restore_testing_selection(document.clone())
                .send()
        };
        let site = self.site("backup:UpdateRestoreTestingSelection", name);
        self.context.caller.call(site, send).await.map(|_| ())
    }

    async fn delete(&self, name: &str) -> Result<(), Failure> {
        let backup = self.context.region(&self.region).backup;
        let send = || {
            backup
                .delete_restore_testing_selection()
                .restore_testing_plan_name(&self.plan)
                .restore_testing_selection_name(name)
                .send()
        };
        let site = self.site("backup:DeleteRestoreTestingSelection", name);
        if_found(self.context.caller.call(site, send).await).map(|_| ())
    }

    /// Makes one as wanted. AWS changes neither its name nor its type.
    async fn settle(
        &self,
        name: &str,
        live: Option<&SelectionContent>,
        wanted: &SelectionContent,
    ) -> Result<(), Failure> {
        match live {
            Some(live) if live == wanted => Ok(()),
            Some(live) if live.resource_type == wanted.resource_type => {
                self.update(name, wanted).await
            }
            Some(_) => {
                self.delete(name).await?;
                self.make(name, wanted).await
            }
            None => self.make(name, wanted).await,
        }
    }
}

#[async_trait]
impl Resource for RestoreTestingSelections {
    type Spec = Spec;

    fn id(&self) -> StepId {
        StepId::regional(&KIND, &self.region)
    }

    fn name(&self, _: Known<'_>) -> String {
        let types = self.context.settings.restore_test.types.iter();
        types.map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    fn wanted(&self, _: Known<'_>) -> Spec {
        let types = self.context.settings.restore_test.types.iter();
        let content = |kind: &String| SelectionContent::wanted(&self.context, &self.region, kind);
        Spec(types.map(|kind| (kind.clone(), content(kind))).collect())
    }

    async fn observe(&self) -> Result<Seen<Spec>, Failure> {
        let (ours, foreign) = restore_testing::selections(&self.context, &self.region).await?;
        let siblings = foreign.iter();
        let siblings: Vec<String> = siblings
            .map(|name| format!("the restore testing plan also has the selection {name}"))
            .collect();
        let read = ours.into_iter().map(|name| async {
            Ok::<_, Failure>(self.get(&name).await?.map(|content| (name, content)))
        });
        let found: BTreeMap<_, _> = try_join_all(read).await?.into_iter().flatten().collect();
        let live =
            if found.is_empty() { Live::Absent } else { Live::Ours(Observed::new(Spec(found))) };
        Ok(Seen { siblings, ..live.into() })
    }

    async fn create(&self, wanted: &Spec, _: Known<'_>) -> Result<Told, Failure> {
        let made = wanted.0.iter().map(|(name, content)| self.make(name, content));
        try_join_all(made).await?;
        Ok(Told::nothing())
    }

    async fn change(
        &self,
        difference: Difference<'_, Spec>,
        _: Known<'_>,
    ) -> Result<Told, Failure> {
        let Difference { live, wanted } = difference;
        let settled = wanted.0.iter().map(|(name, content)| {
            let there = live.0.get(name);
            self.settle(name, there, content)
        });
        try_join_all(settled).await?;
        let dropped = live.0.keys().filter(|name| !wanted.0.contains_key(*name));
        try_join_all(dropped.map(|name| self.delete(name))).await?;
        Ok(Told::nothing())
    }

    async fn remove(&self, live: &Spec, _: Known<'_>) -> Result<Removal, Failure> {
        try_join_all(live.0.keys().map(|name| self.delete(name))).await?;
        Ok(Removal::Gone)
    }
}
