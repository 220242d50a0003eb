//! The resources that a change of settings would take out of the backup plan.

use schemars::JsonSchema;
use serde::Serialize;

use crate::aws::{Caller, Clients};
use crate::backups::unknown_types;
use crate::backups::{Resource, all_selected, resources};
use crate::failure::Failure;
use crate::model::region::Region;
use crate::model::resource_types::UNKNOWN;
use crate::model::selection::any_takes;
use crate::model::settings::Settings;

/// What is selected now and would no longer be.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(into = "UnprotectedMembers")]
pub(crate) struct Unprotected {
    /// The region that is backed up now.
    pub(crate) region: Region,
    /// Ascending; empty too where `unread` says why it is not known.
    pub(crate) resources: Vec<LostResource>,
    pub(crate) unread: Option<String>,
}

/// The same in a document: what is selected now and would no longer be.
#[derive(JsonSchema, Serialize)]
struct UnprotectedMembers {
    /// The region that is backed up now.
    region: Region,
    /// `null` where they could not be read; not all of them where `unknown_reason` is not `null`.
    resources: Option<Vec<LostResource>>,
    /// Why they are unknown.
    unknown_reason: Option<String>,
}

impl From<Unprotected> for UnprotectedMembers {
    fn from(Unprotected { region, resources, unread }: Unprotected) -> Self {
        let resources = Some(resources).filter(|found| unread.is_none() || !found.is_empty());
        Self { region, resources, unknown_reason: unread }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
pub(crate) struct LostResource {
    #[serde(rename = "resource")]
    pub(crate) arn: String,
    /// AWS Backup's name of the type.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
}

/// How many are named in a text.
const SHOWN: usize = 20;

impl Unprotected {
    /// What is said of it: a head and a line for each, but not for more than a person reads.
    pub(crate) fn lines(&self) -> Vec<String> {
        let Self { region, resources, unread } = self;
        if let (Some(why), true) = (unread, resources.is_empty()) {
            return vec![format!(
                "which resources in {region} will no longer be backed up is unknown: {why}"
            )];
        }
        let unknown = unread.as_ref().map(|why| format!("and perhaps more: {why}"));
        let head = match resources.len() {
            0 => {
                return vec![format!(
                    "no resource in {region} is selected now: every one that is backed up stays so"
                )];
            }
            1 => format!("1 resource in {region} will no longer be backed up:"),
            count => format!("{count} resources in {region} will no longer be backed up:"),
        };
        let named = resources.iter().take(SHOWN).map(|r| format!("  {} ({})", r.arn, r.kind));
        let more = resources.len().saturating_sub(SHOWN);
        let more =
            (more > 0).then(|| format!("  and {more} more: `mrbackup plan -o json` names all"));
        std::iter::once(head).chain(named).chain(more).chain(unknown).collect()
    }
}

/// Asks AWS for the resources that lose their plan; `None` where both settings select the same.
///
/// # Errors
/// An interruption. What cannot be read is in the answer: the change is refused all the same.
pub(crate) async fn read(
    caller: &Caller,
    clients: &Clients,
    old: &Settings,
    new: &Settings,
) -> Result<Option<Unprotected>, Failure> {
    let region = &old.regions.primary;
    let moved = *region != new.regions.primary;
    let (were, are) = (old.selected(), new.selected());
    if !moved && were.iter().all(|was| was.is_within_any(&are)) {
        return Ok(None);
    }
    let stays = |resource: &Resource| !moved && any_takes(&are, &resource.arn, &resource.tags);
    let unprotected =
        |resources, unread| Some(Unprotected { region: region.clone(), resources, unread });
    let unknown = async {
        let types = resources::type_settings(caller, clients, region).await?;
        unknown_types::look(caller, clients, region, &were, types.unknown).await
    };
    let known = all_selected(caller, clients, region, &were);
    Ok(match tokio::try_join!(known, unknown) {
        Err(Failure::Interrupted) => return Err(Failure::Interrupted),
        Err(failure) => unprotected(Vec::new(), Some(failure.to_string())),
        Ok((mut found, unknown)) => {
            found.extend(unknown.resources.into_iter().map(|arn| Resource {
                arn,
                kind: UNKNOWN,
                tags: old.select_tags.clone(),
            }));
            found.retain(|resource| !stays(resource));
            let lost = |Resource { arn, kind, .. }| LostResource { arn, kind };
            let mut resources: Vec<LostResource> = found.into_iter().map(lost).collect();
            resources.sort();
            resources.dedup();
            let mut lost = were.iter().filter(|was| moved || !was.is_within_any(&are));
            let unlisted = lost.find(|was| was.takes_unlisted()).map(|was| {
                format!(
                    "AWS lists none that never had a tag, and selection {} takes those too",
                    was.name
                )
            });
            unprotected(resources, unlisted)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unprotected(count: usize) -> Unprotected {
        let resource = |n| LostResource { arn: format!("arn:{n}"), kind: "EBS" };
        let region = Region::parse("us-east-1").unwrap();
        Unprotected { region, resources: (0..count).map(resource).collect(), unread: None }
    }

    #[test]
    fn what_is_lost_is_named_up_to_a_bound() {
        assert_eq!(
            unprotected(0).lines(),
            ["no resource in us-east-1 is selected now: every one that is backed up stays so"]
        );
        assert_eq!(
            unprotected(1).lines(),
            ["1 resource in us-east-1 will no longer be backed up:", "  arn:0 (EBS)"]
        );
        let many = unprotected(SHOWN + 3).lines();
        assert_eq!(many.len(), SHOWN + 2);
        assert_eq!(many[SHOWN + 1], "  and 3 more: `mrbackup plan -o json` names all");
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let unread = Unprotected { unread: Some("denied".to_owned()), ..unprotected(0) };
        assert_eq!(
            unread.lines(),
            ["which resources in us-east-1 will no longer be backed up is unknown: denied"]
        );
    }
}
