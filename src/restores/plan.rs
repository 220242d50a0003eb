//! What can be brought back into a region: the newest good recovery point of each resource, translated.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};

use crate::account::context::Context;
use crate::account::recovery_points::{PointFilter, each_page};
use crate::account::{region_facts, restore_jobs};
use crate::failure::Failure;
use crate::model::recovery_point::RecoveryPoint;
use crate::model::resource_types;
use crate::recovery::drill::SetApart;
use crate::recovery::identity::request_id;
use crate::recovery::job::usual_minutes;
use crate::recovery::landing::Landing;
use crate::recovery::order;
use crate::recovery::region_facts::RegionFacts;
use crate::recovery::shared_names;
use crate::recovery::source::{Candidates, Source, is_cold};
use crate::recovery::translate::translate;
use crate::recovery::wanted;
use crate::restores::adopted::adopt;
use crate::restores::item::{AT_ONCE, Item, LeftOut, RecoveryPlan, Scope};

/// Reads what can be brought back; nothing is written.
///
/// # Errors
/// Where the vault, the restore jobs or the metadata of a point cannot be read.
pub(crate) async fn read(context: &Context, scope: &Scope) -> Result<RecoveryPlan, Failure> {
    let (chosen, jobs) =
        tokio::try_join!(choose(context, scope), restore_jobs::list(context, &scope.region, None))?;
    let (chosen, left_out) = chosen;
    let sources = sources(context, scope, chosen).await?;
    let facts = facts(context, scope, &sources).await?;
    let mut items: Vec<Item> = sources
        .into_iter()
        .map(|(source, identity)| {
            let translation = translate(&source, landing(scope, &facts, &identity));
            let usual_minutes = usual_minutes(jobs.iter(), &source.kind);
            let known_jobs = BTreeSet::new();
            Item {
                source,
                is_drill: scope.is_drill,
                translation,
                earlier: None,
                is_unfinished: false,
                attempts: 0,
                known_jobs,
                usual_minutes,
            }
        })
        .collect();
    let mut named: Vec<_> =
        items.iter_mut().map(|item| (&item.source, &mut item.translation)).collect();
    shared_names::obstruct(&mut named);
    adopt(context, &scope.region, &mut items, &jobs).await?;
    order::sort(&mut items, &scope.first, |item| &item.source);
    Ok(RecoveryPlan { items, left_out, facts })
}

/// What the restore of a source is known by.
struct Identity {
    request_id: String,
    set_apart: Option<SetApart>,
}

impl Identity {
    fn new(context: &Context, scope: &Scope, resource: &str) -> Self {
        let Scope { region, typed, now, .. } = scope;
        let set_apart =
            scope.is_drill.then(|| SetApart::new(&context.names, region, resource, *now));
        let name = set_apart.as_ref().map(|set_apart| set_apart.name.as_str());
        let name = name.or(typed.name.as_deref());
        let request_id = request_id(&context.names.deployment, region, resource, name);
        Self { request_id, set_apart }
    }
}

fn landing<'a>(scope: &'a Scope, facts: &'a RegionFacts, identity: &'a Identity) -> Landing<'a> {
    let Scope { region, settings, typed, .. } = scope;
    let Identity { request_id, set_apart } = identity;
    Landing { region, facts, settings, typed, request_id, set_apart: set_apart.as_ref() }
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

/// What AWS Backup kept of each source, with what its restore is known by.
async fn sources(
    context: &Context,
    scope: &Scope,
    chosen: Vec<(String, RecoveryPoint)>,
) -> Result<Vec<(Source, Identity)>, Failure> {
    let region = &scope.region;
    let read = chosen.into_iter().map(|(resource, point)| async move {
        let metadata = restore_jobs::point_metadata(context, region, &point.arn).await?;
        let (kind, is_cold) = (kind_of(&point, &resource), is_cold(&point, scope.now));
        let identity = Identity::new(context, scope, &resource);
        Ok::<_, Failure>((Source { point, resource, kind, metadata, is_cold }, identity))
    });
    iter(read).buffer_unordered(AT_ONCE).try_collect().await
}

async fn facts(
    context: &Context,
    scope: &Scope,
    sources: &[(Source, Identity)],
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
