//! `tag` and `untag`: put the deployment's select tags on resources of any type, or take the opt-in key off.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::account::context::Context;
use crate::account::resource_tags::{self, TagChange};
use crate::aws::Caller;
use crate::backups::tags;
use crate::commands::{context, deployed, record_tags};
use crate::config::Config;
use crate::deployment::session::Session;
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::resource_types;
use crate::model::selection::{SIMPLE, Selection};
use crate::model::tags::Tags;
use crate::report::{Deployment, TagReport, TagRow};

/// The select tag that `untag` takes away: the others steer other things too.
const OPT_IN: &str = "BackupEnabled";

/// What is to be tagged, and how.
pub(crate) struct TagOptions {
    pub(crate) arns: Vec<String>,
    pub(crate) untag: bool,
    pub(crate) dry_run: bool,
    pub(crate) any_region: bool,
    /// Keys whose other values may be replaced.
    pub(crate) overwrite: BTreeSet<String>,
    /// The selection whose tags it is about; `None` is the one of the select tags, or the only one with tags.
    pub(crate) selection: Option<String>,
}

/// Tags what can be tagged, and says of every ARN what became of it.
///
/// # Errors
/// Where there is no deployment. What fails for single resources is in the report.
pub(crate) async fn run(
    config: &Config,
    caller: Caller,
    options: &TagOptions,
) -> Result<TagReport, Failure> {
    let session = Session::open(config, caller, Vec::new()).await?;
    let command = if options.untag { "untag" } else { "tag" };
    let manifest = deployed(&session, command).await?;
    let context = context(&session, manifest, record_tags(manifest)?, &BTreeSet::new());
    let selection = selection(&context, options)?;
    let change = change(&selection, options)?;
    let target = Target { context: &context, options, selection: &selection, change: &change };
    let mut rows = Vec::new();
    let mut by_region: BTreeMap<Region, Vec<String>> = BTreeMap::new();
    for arn in options.arns.iter().collect::<BTreeSet<_>>() {
        match target.place(arn) {
            Ok(region) => by_region.entry(region).or_default().push(arn.clone()),
            Err(why) => rows.push(TagRow::refused(arn, why)),
        }
    }
    let regions = by_region.iter().map(|(region, arns)| of_region(&target, region, arns));
    rows.extend(join_all(regions).await.concat());
    session.caller.interrupt.check()?;
    rows.sort_by(|a, b| a.arn.cmp(&b.arn));
    let deployment = Deployment::new(&session.names, Some(&manifest.settings));
    Ok(TagReport::new(deployment, command, options.dry_run, rows))
}

/// The selection whose tags it is about.
fn selection(context: &Context, options: &TagOptions) -> Result<Selection, Failure> {
    let selections = context.settings.selected();
    let with_tags: Vec<&str> = {
        let with_tags = selections.iter().filter(|one| one.tags_to_put().is_some());
        with_tags.map(|one| one.name.as_str()).collect()
    };
    let there_are = match with_tags[..] {
        [] => "no selection of this deployment is made by tags that can be put".to_owned(),
        _ => format!("selections with tags are {}", with_tags.join(", ")),
    };
    let name = match (&options.selection, &with_tags[..]) {
        (Some(name), _) => name,
        (None, [SIMPLE, ..] | [_]) => with_tags[0],
        (None, _) => {
            return Err(Failure::refused(
                "this deployment has several selections with tags",
                format!("name one with --selection: {there_are}"),
            ));
        }
    };
    let Some(found) = selections.iter().find(|one| one.name == *name) else {
        return Err(Failure::refused(
            format!("--selection {name}: this deployment has no such selection"),
            there_are,
        ));
    };
    if found.tags_to_put().is_none() {
        let phrase = found.phrase();
        return Err(Failure::refused(
            format!(
                "--selection {name}: it selects resources {phrase}, not by tags that can be put"
            ),
            there_are,
        ));
    }
    Ok(found.clone())
}

fn change(selection: &Selection, options: &TagOptions) -> Result<TagChange, Failure> {
    let tags = selection.tags_to_put().unwrap_or_default();
    let keys = tags.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    if let Some(other) = options.overwrite.iter().find(|key| !tags.contains_key(*key)) {
        return Err(Failure::refused(
            format!("--overwrite {other}: this deployment has no such select tag"),
            format!("its select tags are {keys}"),
        ));
    }
    if !options.untag {
        return Ok(TagChange::Put(tags));
    }
    if let Some(value) = tags.get(OPT_IN) {
        return Ok(TagChange::Remove { key: OPT_IN.to_owned(), value: value.clone() });
    }
    Err(Failure::refused(
        format!(
            "no select tag of this deployment is {OPT_IN}, the one that only decides whether to back up"
        ),
        format!("take one of {keys} off yourself: each may steer other things"),
    ))
}

/// What is to become of which resources.
struct Target<'a> {
    context: &'a Context,
    options: &'a TagOptions,
    selection: &'a Selection,
    change: &'a TagChange,
}

impl Target<'_> {
    /// The region in which a resource is tagged, or why it is not.
    fn place(&self, arn: &str) -> Result<Region, String> {
        let Self { context, options, selection, .. } = self;
        let primary = &context.settings.regions.primary;
        let fields: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", partition, _, region, account, _] = fields[..] else {
            return Err("it is not an ARN".to_owned());
        };
        if partition != context.names.partition.id() {
            return Err(format!("it is in partition {partition}"));
        }
        if !account.is_empty() && account != context.names.account {
            return Err(format!(
                "it is in account {account}, and this is {}",
                context.names.account
            ));
        }
        if resource_types::of_arn(arn).is_none() {
            return Err("mrbackup does not know its type, so that it is unknown whether AWS Backup can back it up; `aws resourcegroupstaggingapi tag-resources` tags it all the same".to_owned());
        }
        if !options.untag && !selection.takes_arn(arn) {
            let Selection { name, .. } = selection;
            return Err(format!(
                "selection {name} takes resources {}, whatever tags it has",
                selection.phrase()
            ));
        }
        // Buckets have no region in their ARN.
        if region.is_empty() || region == primary.as_str() {
            return Ok(primary.clone());
        }
        if options.any_region {
            return Region::parse_lenient(region);
        }
        Err(format!(
            "it is in {region}, and the plan selects in {primary} alone: --any-region changes it all the same"
        ))
    }
}

/// Reads what is there, changes what may be changed, and reads it again.
async fn of_region(target: &Target<'_>, region: &Region, arns: &[String]) -> Vec<TagRow> {
    let Target { context, options, selection, change } = target;
    let before = match tags::read(context, region, arns).await {
        Ok(before) => before,
        Err(failure) => {
            let failed = |arn: &String| TagRow::failed(arn, failure.to_string()).in_region(region);
            return arns.iter().map(failed).collect();
        }
    };
    let mut rows = Vec::new();
    let mut todo = Vec::new();
    for arn in arns {
        match judge(options, change, before.get(arn)).unless_left_out(
            selection,
            change,
            before.get(arn),
        ) {
            Judgement::Nothing => rows.push(TagRow::unchanged(arn)),
            Judgement::Refuse(why) => rows.push(TagRow::refused(arn, why)),
            Judgement::Change if options.dry_run => rows.push(TagRow::would_change(arn)),
            Judgement::Change => todo.push(arn.clone()),
        }
    }
    let failures = resource_tags::change(context, region, &todo, change).await;
    let sent: Vec<String> =
        todo.iter().filter(|arn| !failures.contains_key(*arn)).cloned().collect();
    let seen = tags::confirm(context, region, &sent, change).await;
    for arn in &todo {
        rows.push(match failures.get(arn) {
            Some(why) => TagRow::failed(arn, why.clone()),
            None if seen.contains(arn) => TagRow::changed(arn),
            None => TagRow::failed(arn, "AWS took the change and does not show it yet".to_owned()),
        });
    }
    rows.into_iter().map(|row| row.in_region(region)).collect()
}

enum Judgement {
    Nothing,
    Change,
    Refuse(String),
}

impl Judgement {
    /// A refusal where the selection would not take the resource with the tags that are put beside those that are there.
    fn unless_left_out(
        self,
        selection: &Selection,
        change: &TagChange,
        there: Option<&Tags>,
    ) -> Self {
        let TagChange::Put(put) = change else { return self };
        let mut tags = there.cloned().unwrap_or_default();
        tags.extend(put.clone());
        if matches!(self, Self::Refuse(_)) || selection.takes_tags(&tags) {
            return self;
        }
        Self::Refuse(format!(
            "selection {} takes resources {}, and its other tags leave it out",
            selection.name,
            selection.phrase()
        ))
    }
}

/// What is to be done with a resource that carries these tags.
fn judge(options: &TagOptions, change: &TagChange, there: Option<&Tags>) -> Judgement {
    let wanted = match change {
        TagChange::Put(wanted) => wanted,
        TagChange::Remove { key, value } => {
            // What is not shown may not exist, which only AWS's answer to the change tells.
            let Some(there) = there else { return Judgement::Change };
            return match there.get(key) {
                None => Judgement::Nothing,
                Some(live) if live == value => Judgement::Change,
                Some(live) => Judgement::Refuse(format!(
                    "it has {key}={live}, which the plan does not select: the tag may have another purpose"
                )),
            };
        }
    };
    let none = Tags::new();
    let there = there.unwrap_or(&none);
    let other = wanted.iter().find_map(|(key, value)| {
        let live = there.get(key).filter(|live| *live != value)?;
        (!options.overwrite.contains(key)).then(|| {
            format!("it has {key}={live}, which may steer other things: --overwrite {key} makes it {value}")
        })
    });
    match other {
        Some(why) => Judgement::Refuse(why),
        None if wanted.iter().all(|(key, value)| there.get(key) == Some(value)) => {
            Judgement::Nothing
        }
        None => Judgement::Change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn options(overwrite: &[&str]) -> TagOptions {
        TagOptions {
            arns: Vec::new(),
            untag: false,
            dry_run: false,
            any_region: false,
            overwrite: overwrite.iter().map(|key| (*key).to_owned()).collect(),
            selection: None,
        }
    }

    #[test]
    fn another_value_is_refused_unless_its_key_may_be_overwritten() {
        let put = TagChange::Put(tags(&[("Environment", "Production"), ("BackupEnabled", "true")]));
        let there = tags(&[("Environment", "prod")]);
        assert!(
            matches!(judge(&options(&[]), &put, Some(&there)), Judgement::Refuse(why) if why.contains("Environment=prod"))
        );
        assert!(matches!(judge(&options(&["Environment"]), &put, Some(&there)), Judgement::Change));
        assert!(matches!(judge(&options(&[]), &put, None), Judgement::Change));
        let all = tags(&[("Environment", "Production"), ("BackupEnabled", "true"), ("Team", "x")]);
        assert!(matches!(judge(&options(&[]), &put, Some(&all)), Judgement::Nothing));
        let (key, value) = ("BackupEnabled".to_owned(), "true".to_owned());
        let remove = TagChange::Remove { key, value };
        assert!(matches!(judge(&options(&[]), &remove, Some(&all)), Judgement::Change));
        assert!(matches!(judge(&options(&[]), &remove, Some(&there)), Judgement::Nothing));
        let opted_out = tags(&[("BackupEnabled", "false")]);
        assert!(matches!(judge(&options(&[]), &remove, Some(&opted_out)), Judgement::Refuse(_)));
    }
}
