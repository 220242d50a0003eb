//! What can be brought back into a region: the newest good recovery point of each resource, translated.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};

use crate::account::context::Context;
use crate::account::recovery_points::{PointFilter, each_page};
use crate::account::{region_facts, restore_jobs};
use crate::failure::Failure;
use crate::model::recovery_point::RecoveryPoint;
use crate::model::region::Region;
use crate::model::resource_types;
use crate::model::restore_settings::RestoreSettings;
use crate::model::time::Time;
use crate::recovery::identity::request_id;
use crate::recovery::job::{RestoreJob, usual_minutes};
use crate::recovery::landing::{Landing, Typed};
use crate::recovery::order;
use crate::recovery::region_facts::{Fact, QuotaOf, RegionFacts};
use crate::recovery::shared_names;
use crate::recovery::source::{Candidates, Choice, Metadata, NoPoint, Source, is_cold};
use crate::recovery::translate::{Obstacle, Translation, translate};
use crate::recovery::wanted;
use crate::restores::adopted::adopt;

/// Calls under way at once: AWS Backup throttles more.
pub(super) const AT_ONCE: usize = 10;

/// What is asked for.
pub(crate) struct Scope {
    pub(crate) region: Region,
    /// Types by AWS Backup's names; all where it is empty.
    pub(crate) only_types: BTreeSet<String>,
    /// ARNs; all where it is empty.
    pub(crate) resources: BTreeSet<String>,
    /// ARNs of what comes back before everything else.
    pub(crate) first: Vec<String>,
    pub(crate) choice: Choice,
    pub(crate) typed: Typed,
    pub(crate) settings: RestoreSettings,
    pub(crate) now: Time,
}

/// One resource that can be brought back, or what stands in the way.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) source: Source,
    pub(crate) translation: Translation,
    /// A restore of it that runs, or whose result is there.
    pub(crate) earlier: Option<RestoreJob>,
    /// Restores of it that have ended with nothing that is still there.
    pub(crate) attempts: usize,
    /// Ids of the restore jobs of it that were looked at.
    pub(crate) known_jobs: BTreeSet<String>,
    /// Minutes that restores of its type took in this region; `None` where there was none to go by.
    pub(crate) usual_minutes: Option<i64>,
}

/// A resource of which no recovery point is taken.
#[derive(Debug)]
pub(crate) struct LeftOut {
    pub(crate) resource: String,
    pub(crate) kind: String,
    pub(crate) why: NoPoint,
}

/// Everything that was asked for, in the order in which it comes back.
pub(crate) struct RecoveryPlan {
    pub(crate) items: Vec<Item>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) facts: RegionFacts,
}

/// Reads what can be brought back; nothing is written.
///
/// # Errors
/// Where the vault, the restore jobs or the metadata of a point cannot be read.
pub(crate) async fn read(context: &Context, scope: &Scope) -> Result<RecoveryPlan, Failure> {
    let (chosen, jobs) =
        tokio::try_join!(choose(context, scope), restore_jobs::list(context, &scope.region))?;
    let (chosen, left_out) = chosen;
    let sources = sources(context, scope, chosen).await?;
    let facts = facts(context, scope, &sources).await?;
    let mut items: Vec<Item> = sources
        .into_iter()
        .map(|(source, id)| {
            let translation = translate(&source, landing(scope, &facts, &id));
            let usual_minutes = usual_minutes(jobs.iter(), &source.kind);
            let known_jobs = BTreeSet::new();
            Item { source, translation, earlier: None, attempts: 0, known_jobs, usual_minutes }
        })
        .collect();
    let mut named: Vec<_> =
        items.iter_mut().map(|item| (&item.source, &mut item.translation)).collect();
    shared_names::obstruct(&mut named);
    adopt(context, &scope.region, &mut items, &jobs).await?;
    order::sort(&mut items, &scope.first, |item| &item.source);
    Ok(RecoveryPlan { items, left_out, facts })
}

impl RecoveryPlan {
    /// Quotas that may be too small for what is to be made: an increase takes days.
    pub(crate) fn shortages(&self) -> Vec<String> {
        let Fact::Known(quotas) = &self.facts.quotas else { return Vec::new() };
        let to_start = |kinds: &[&str]| {
            let starts =
                self.items.iter().filter(|item| !item.is_adopted() && item.obstacles().is_empty());
            starts.filter(|item| kinds.contains(&item.source.kind.as_str())).count()
        };
        let clusters = ["Aurora", "DocumentDB", "Neptune"];
        let short = quotas.iter().filter_map(|quota| {
            let (what, wanted) = match quota.what {
                QuotaOf::DbInstances => {
                    ("DB instances", to_start(&["RDS", "Aurora", "DocumentDB", "Neptune"]))
                }
                QuotaOf::DbClusters => ("DB clusters", to_start(&clusters)),
                QuotaOf::StandardVcpus | QuotaOf::Gp3Storage => return None,
            };
            let left = quota.limit - quota.used;
            (f64::from(u32::try_from(wanted).unwrap_or(u32::MAX)) > left).then(|| {
                format!(
                    "{wanted} {what} are to be made, and the quota of {} leaves {left}: ask for more in Service Quotas, which takes days",
                    quota.limit
                )
            })
        });
        short.collect()
    }
}

fn landing<'a>(scope: &'a Scope, facts: &'a RegionFacts, request_id: &'a str) -> Landing<'a> {
    let Scope { region, settings, typed, .. } = scope;
    Landing { region, facts, settings, typed, request_id }
}

/// The newest good point of each resource that is asked for.
async fn choose(
    context: &Context,
    scope: &Scope,
) -> Result<(Vec<(String, RecoveryPoint)>, Vec<LeftOut>), Failure> {
    let vault = context.settings.vault_in(&scope.region);
    let only = scope.resources.iter().next().filter(|_| scope.resources.len() == 1);
    let filter = PointFilter { resource: only.map(String::as_str), ..PointFilter::default() };
    let mut found: BTreeMap<String, (String, Candidates)> = BTreeMap::new();
    each_page(context, &vault, filter, |page| {
        for point in page {
            let Some(resource) = point.resource.clone() else { continue };
            let kind = kind_of(&point, &resource);
            if takes(scope, &resource, &kind) {
                let (_, candidates) =
                    found.entry(resource).or_insert_with(|| (kind, Candidates::default()));
                candidates.add(point, &scope.choice, scope.now);
            }
        }
    })
    .await?;
    let (mut chosen, mut left_out) = (Vec::new(), Vec::new());
    for (resource, (kind, candidates)) in found {
        match candidates.newest() {
            Ok(point) => chosen.push((resource, point)),
            Err(why) => left_out.push(LeftOut { resource, kind, why }),
        }
    }
    Ok((chosen, left_out))
}

fn takes(scope: &Scope, resource: &str, kind: &str) -> bool {
    (scope.resources.is_empty() || scope.resources.contains(resource))
        && (scope.only_types.is_empty() || scope.only_types.contains(kind))
}

fn kind_of(point: &RecoveryPoint, resource: &str) -> String {
    let named = point.kind.as_deref().filter(|kind| !kind.is_empty());
    named.or_else(|| resource_types::of_arn(resource)).unwrap_or("unknown").to_owned()
}

/// What AWS Backup kept of each source, with the id by which its restore is known again.
async fn sources(
    context: &Context,
    scope: &Scope,
    chosen: Vec<(String, RecoveryPoint)>,
) -> Result<Vec<(Source, String)>, Failure> {
    let region = &scope.region;
    let read = chosen.into_iter().map(|(resource, point)| async move {
        let metadata = restore_jobs::point_metadata(context, region, &point.arn).await?;
        let (kind, is_cold) = (kind_of(&point, &resource), is_cold(&point, scope.now));
        let name = scope.typed.name.as_deref();
        let id = request_id(&context.names.deployment, region, &resource, name);
        Ok::<_, Failure>((Source { point, resource, kind, metadata, is_cold }, id))
    });
    iter(read).buffer_unordered(AT_ONCE).try_collect().await
}

async fn facts(
    context: &Context,
    scope: &Scope,
    sources: &[(Source, String)],
) -> Result<RegionFacts, Failure> {
    let none = RegionFacts::default();
    let landed = sources.iter().map(|(source, id)| (source, landing(scope, &none, id)));
    let first = wanted::first(landed);
    let Context { caller, clients, .. } = context;
    let mut facts = region_facts::read(caller, clients, &scope.region, &first).await?;
    let second = wanted::second(&facts, &first);
    let further = region_facts::read(caller, clients, &scope.region, &second).await?;
    facts.keys.extend(further.keys);
    facts.database_classes.extend(further.database_classes);
    Ok(facts)
}

impl Item {
    /// Whether nothing has to be started: it runs already, or is there.
    pub(crate) fn is_adopted(&self) -> bool {
        self.earlier.is_some()
    }

    /// Whether a point has landed since the one that its earlier restore is from.
    pub(crate) fn has_newer_point(&self) -> bool {
        let restored = self.earlier.as_ref().and_then(|job| job.point_created);
        restored.is_some_and(|restored| {
            self.source.point.created.is_some_and(|newest| newest > restored)
        })
    }

    /// What stands in the way of its start.
    pub(crate) fn obstacles(&self) -> &[Obstacle] {
        if self.is_adopted() { &[] } else { &self.translation.obstacles }
    }

    /// The map of a try; the last where there are no more.
    pub(crate) fn map(&self, number: usize) -> Option<&Metadata> {
        self.translation.tries.get(number).or(self.translation.tries.last())
    }
}
