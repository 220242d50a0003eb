//! The backup selection: every resource that carries all select tags, and none other.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_backup::config::Config;
use aws_sdk_backup::config::retry::RetryConfig;
use aws_sdk_backup::types::{BackupSelection, BackupSelectionsListMember};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::{Poll, Site};
use crate::context::{Context, OurRole};
use crate::engine::{Kind, Live, Observed, Removal, Step, StepId, to_value};
use crate::failure::{Failure, if_found};
use crate::names;
use crate::region::Region;
use crate::steps::selection_content::SelectionContent;
use crate::steps::{backup_tags, plan};

/// A selection may take a while to be readable after it was made.
const VISIBLE: Duration = Duration::from_mins(2);

/// Our selections by name. The name carries a hash of the content, because AWS cannot update one.
#[derive(Serialize, Deserialize)]
struct Spec {
    selections: BTreeMap<String, SelectionContent>,
}

pub(super) struct Selection {
    context: Context,
    region: Region,
}

fn content(context: &Context) -> SelectionContent {
    SelectionContent::of_settings(&context.settings, &context.names)
}

/// The wanted name. The role's id is part of the content: a role made again under the same name is
/// another role to AWS Backup, and the selection has to be saved again. With IAM away it is the name
/// of the one that is there.
pub(super) fn wanted_name(context: &Context) -> String {
    let learnt = context.learnt();
    let role_id = learnt.role_ids.get(&OurRole::Service).cloned();
    if let (None, Some(found)) = (&role_id, &learnt.selection) {
        return found.clone();
    }
    let role_id = role_id.flatten();
    drop(learnt);
    names::selection(&to_value(&(content(context), role_id)).to_string())
}

impl Selection {
    pub(super) fn new(context: &Context, region: &Region) -> Self {
        let id = StepId::regional(Kind::Selection, region);
        Self { context: context.on_behalf_of(&id), region: region.clone() }
    }

    fn content(&self) -> SelectionContent {
        content(&self.context)
    }

    fn request_prefix(&self) -> String {
        request_prefix(&self.context)
    }

    fn plan_id(&self) -> Result<String, Failure> {
        self.context.learnt().plan_ids.get(&self.region).cloned().ok_or_else(|| {
            Failure::refused("there is no backup plan to select for", "run the same command again")
        })
    }

    /// Our plan and the selections in it. Tags and selections are read at once, to be quick.
    async fn find(&self) -> Result<Option<(String, Vec<BackupSelectionsListMember>)>, Failure> {
        let Context { caller, clients, names, .. } = &self.context;
        let plans = plan::list_once(&self.context, &self.region).await?;
        let read = plan::candidates(&self.context, plans).into_iter().map(|id| async move {
            let arn = names.plan_arn(&self.region, &id);
            let (tags, found) = tokio::try_join!(
                backup_tags::read(caller, clients, &self.region, &arn),
                list(&self.context, &self.region, &id)
            )?;
            Ok::<_, Failure>((id, tags, found))
        });
        let plans = try_join_all(read).await?;
        let ours = plans.into_iter().find(|(_, tags, _)| self.context.is_ours(tags));
        Ok(ours.and_then(|(id, _, found)| Some((id, found?))))
    }

    async fn look(&self, plan_id: &str, name: &str) -> Result<Option<String>, Failure> {
        let ours = |found: &BackupSelectionsListMember| is_ours(&self.context, found);
        let list = list(&self.context, &self.region, plan_id).await?.unwrap_or_default();
        let found =
            list.into_iter().find(|found| found.selection_name() == Some(name) && ours(found));
        Ok(found.and_then(|found| found.selection_id))
    }

    async fn create(&self, plan_id: &str, name: &str) -> Result<(), Failure> {
        let backup = self.context.region(&self.region).backup;
        let request_id =
            format!("{}{}-{}", self.request_prefix(), name_hash(name), self.context.run);
        let send = || async {
            let request = backup
                .create_backup_selection()
                .backup_plan_id(plan_id)
                .backup_selection(self.content().to_aws(name))
                .creator_request_id(&request_id)
                .customize()
                .config_override(Config::builder().retry_config(RetryConfig::disabled()));
            Ok(request.send().await?.selection_id)
        };
        let site = Site::new("backup:CreateBackupSelection", &self.region, name);
        let id = self.context.caller.create(site, send, || self.look(plan_id, name)).await?;
        let visible = || async {
            Ok(match get(&self.context, &self.region, plan_id, &id).await? {
                Some(_) => Poll::Ready(()),
                None => Poll::Waiting("it cannot be read yet".to_owned()),
            })
        };
        self.context.caller.poll(&format!("backup selection {name}"), VISIBLE, visible).await
    }
}

fn name_hash(name: &str) -> &str {
    name.rsplit('-').next().unwrap_or(name)
}

fn request_prefix(context: &Context) -> String {
    // Without a record the id is unknown; the plan around it is ours all the same.
    if context.id.is_empty() { "mrb-".to_owned() } else { format!("mrb-{}-sel-", context.id) }
}

/// Selections take no tags: ours are known by their request id.
fn is_ours(context: &Context, selection: &BackupSelectionsListMember) -> bool {
    selection.creator_request_id().is_some_and(|id| id.starts_with(&request_prefix(context)))
}

#[async_trait]
impl Step for Selection {
    fn id(&self) -> StepId {
        StepId::regional(Kind::Selection, &self.region)
    }

    fn name(&self) -> String {
        let learnt = self.context.learnt();
        let role_is_known = learnt.role_ids.get(&OurRole::Service).is_some_and(Option::is_some);
        let known = role_is_known || learnt.selection.is_some();
        drop(learnt);
        if known {
            wanted_name(&self.context)
        } else {
            // The hash takes in the id that AWS will give the role.
            "tagged-resources-... (known after apply)".to_owned()
        }
    }

    fn needs(&self) -> Vec<StepId> {
        vec![StepId::global(Kind::ServiceRole), StepId::regional(Kind::Plan, &self.region)]
    }

    fn wanted(&self) -> Value {
        to_value(&Spec {
            selections: BTreeMap::from([(wanted_name(&self.context), self.content())]),
        })
    }

    async fn observe(&self) -> Result<Live, Failure> {
        let Some((plan_id, found)) = self.find().await? else { return Ok(Live::Absent) };
        let (ours, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|found| is_ours(&self.context, found));
        if ours.is_empty() {
            return Ok(Live::Absent);
        }
        let read = try_join_all(
            ours.iter()
                .filter_map(|member| member.selection_id())
                .map(|id| get(&self.context, &self.region, &plan_id, id)),
        );
        let mut selections = BTreeMap::new();
        for (member, selection) in ours.iter().zip(read.await?) {
            let Some(selection) = selection else { continue };
            let mut name = selection.selection_name.clone();
            if selections.contains_key(&name) {
                // Two of one name: the second is a twin, and told from the first by its id.
                name = format!("{name} ({})", member.selection_id().unwrap_or_default());
            }
            selections.insert(name, SelectionContent::of_aws(&selection));
        }
        let made = ours.iter().filter_map(|member| member.creation_date.map(|date| date.secs()));
        self.context.learnt().selected_since = made.min();
        self.context.learnt().selection = selections.keys().next().cloned();
        let mut observed = Observed::of(&Spec { selections });
        let name =
            |other: &BackupSelectionsListMember| other.selection_name().unwrap_or("?").to_owned();
        observed.notes =
            others.iter().map(|o| format!("the plan also has the selection {}", name(o))).collect();
        Ok(Live::Ours(observed))
    }

    /// Makes the wanted one first and removes the others then, so that nothing is unprotected in between.
    async fn apply(&self, _live: Option<&Observed>) -> Result<(), Failure> {
        let plan_id = self.plan_id()?;
        let name = wanted_name(&self.context);
        let before = list(&self.context, &self.region, &plan_id).await?.unwrap_or_default();
        let mut ours: Vec<_> =
            before.into_iter().filter(|member| is_ours(&self.context, member)).collect();
        match ours.iter().position(|member| member.selection_name() == Some(&name)) {
            Some(there) => drop(ours.remove(there)),
            None => self.create(&plan_id, &name).await?,
        }
        for old in &ours {
            delete(&self.context, &self.region, &plan_id, old).await?;
        }
        Ok(())
    }

    async fn remove(&self) -> Result<Removal, Failure> {
        if let Some(plan_id) = plan::our_plan(&self.context, &self.region).await? {
            remove_ours(&self.context, &self.region, &plan_id).await?;
        }
        Ok(Removal::Gone)
    }
}

/// Removes our selections from a plan.
pub(super) async fn remove_ours(
    context: &Context,
    region: &Region,
    plan_id: &str,
) -> Result<(), Failure> {
    for member in list(context, region, plan_id).await?.unwrap_or_default() {
        if is_ours(context, &member) {
            delete(context, region, plan_id, &member).await?;
        }
    }
    Ok(())
}

/// Names of other people's selections in a plan of ours.
pub(super) async fn foreign_in(
    context: &Context,
    region: &Region,
    plan_id: &str,
) -> Result<Vec<String>, Failure> {
    let all = list(context, region, plan_id).await?.unwrap_or_default();
    let foreign = all.into_iter().filter(|member| !is_ours(context, member));
    Ok(foreign.map(|member| member.selection_name.unwrap_or_default()).collect())
}

/// All selections of a plan; `None` where the plan is gone.
async fn list(
    context: &Context,
    region: &Region,
    plan_id: &str,
) -> Result<Option<Vec<BackupSelectionsListMember>>, Failure> {
    let backup = context.region(region).backup;
    let fetch = |token: Option<String>| {
        let backup = backup.clone();
        async move {
            let send = || {
                backup
                    .list_backup_selections()
                    .backup_plan_id(plan_id)
                    .max_results(1000)
                    .set_next_token(token.clone())
                    .send()
            };
            let arn = context.names.plan_arn(region, plan_id);
            let site = Site::new("backup:ListBackupSelections", region, arn);
            let page = context.caller.call(site, send).await?;
            Ok((page.backup_selections_list.unwrap_or_default(), page.next_token))
        }
    };
    if_found(context.caller.pages("backup selections", fetch).await)
}

async fn get(
    context: &Context,
    region: &Region,
    plan_id: &str,
    id: &str,
) -> Result<Option<BackupSelection>, Failure> {
    let backup = context.region(region).backup;
    let send = || backup.get_backup_selection().backup_plan_id(plan_id).selection_id(id).send();
    let site = Site::new("backup:GetBackupSelection", region, id);
    let found = if_found(context.caller.call(site, send).await)?;
    Ok(found.and_then(|output| output.backup_selection))
}

async fn delete(
    context: &Context,
    region: &Region,
    plan_id: &str,
    member: &BackupSelectionsListMember,
) -> Result<(), Failure> {
    let id = member.selection_id().unwrap_or_default();
    let backup = context.region(region).backup;
    let send = || backup.delete_backup_selection().backup_plan_id(plan_id).selection_id(id).send();
    let site = Site::new("backup:DeleteBackupSelection", region, id);
    if_found(context.caller.call(site, send).await)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::tests::context;

    #[test]
    fn a_role_made_again_gives_the_selection_another_name() {
        let context = context();
        let learn = |id: &str| {
            context.learnt().role_ids.insert(OurRole::Service, Some(id.to_owned()));
        };
        learn("AROA1");
        let before = wanted_name(&context);
        assert_eq!(before, wanted_name(&context));
        learn("AROA2");
        assert_ne!(before, wanted_name(&context));
    }
}
