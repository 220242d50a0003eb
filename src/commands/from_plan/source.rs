//! The plan that is meant: read from the account, or from a document.

use std::path::Path;

use crate::account::listings::Listings;
use crate::account::{plan_documents, plan_surroundings};
use crate::aws::{Caller, connect};
use crate::commands::lint;
use crate::config::Config;
use crate::deployment::introduction::Introduction;
use crate::deployment::session::{identify, with_home};
use crate::failure::Failure;
use crate::lint::model::{Content, Place, Plan, Vault};
use crate::lint::read::Format;
use crate::model::region::Region;

/// A plan, and what was read around it.
pub(super) struct Source {
    pub(super) plan: Plan,
    pub(super) vaults: Vec<Vault>,
    /// `None` of the account.
    pub(super) format: Option<Format>,
    /// What could not be known or read, each as a sentence.
    pub(super) unknown: Vec<String>,
}

/// Where a plan is read from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named<'a> {
    File(&'a str),
    Plan { id: &'a str, region: Option<Region> },
}

impl<'a> Named<'a> {
    /// A file that is there, or stdin; else the id or the ARN of a plan.
    ///
    /// # Errors
    /// [`Failure::Usage`] for what can be neither.
    pub(super) fn parse(typed: &'a str) -> Result<Self, Failure> {
        if typed == "-" || Path::new(typed).exists() {
            return Ok(Self::File(typed));
        }
        let fields: Vec<&str> = typed.split(':').collect();
        if let ["arn", _, "backup", region, _, "backup-plan", id] = fields[..] {
            let region = Region::parse_lenient(region).map_err(Failure::Usage)?;
            return Ok(Self::Plan { id, region: Some(region) });
        }
        let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if typed.is_empty() || !typed.chars().all(is_id) {
            return Err(Failure::Usage(format!(
                "{typed} is no file that is there, and no id of a backup plan: aws backup list-backup-plans shows the ids"
            )));
        }
        Ok(Self::Plan { id: typed, region: None })
    }
}

/// The plan of a document.
///
/// # Errors
/// [`Failure::Usage`] where it cannot be read, or has no plan or several of that name.
pub(super) fn document(file: &str, name: Option<&str>) -> Result<Source, Failure> {
    let (format, content) = lint::document(file)?;
    let Content { plans, vaults, notes } = content;
    let plan = chosen(file, plans, name)?;
    let is_about = |place: &Place| match (&place.pointer, &plan.place.pointer) {
        (Some(one), Some(other)) => one.starts_with(other.as_str()),
        _ => true,
    };
    let unknown = notes.into_iter().filter(|note| is_about(&note.place)).map(|note| note.text);
    Ok(Source { unknown: unknown.collect(), plan, vaults, format: Some(format) })
}

/// The plan of a name, or the only one.
fn chosen(file: &str, plans: Vec<Plan>, name: Option<&str>) -> Result<Plan, Failure> {
    let mut plans: Vec<Plan> = plans.into_iter().filter(|plan| !plan.rules.is_empty()).collect();
    // A template's cases are of one plan: the first is taken.
    plans.dedup_by(|one, before| one.place == before.place && one.given.is_some());
    let labels: Vec<String> = plans.iter().map(|plan| plan.label.clone()).collect();
    let names = labels.join(", ");
    let Some(name) = name else {
        let mut plans = plans.into_iter();
        return match (plans.next(), plans.next()) {
            (Some(plan), None) => Ok(plan),
            (None, _) => Err(Failure::Usage(format!("{file} has no backup plan with a rule"))),
            (Some(_), Some(_)) => Err(Failure::Usage(format!(
                "{file} has several plans: name one with --plan NAME, of {names}"
            ))),
        };
    };
    plans.into_iter().find(|plan| plan.label == name).ok_or_else(|| {
        Failure::Usage(format!("{file} has no plan {name:?} with a rule; it has {names}"))
    })
}

/// The plan of an id, with the vaults, the role and the keys that it names; reads only.
///
/// # Errors
/// Where it is not there, or cannot be read.
pub(super) async fn account(
    config: &Config,
    caller: &mut Caller,
    id: &str,
    region: Option<Region>,
) -> Result<Source, Failure> {
    let clients = connect(&config.connect).await?;
    *caller = caller.clone().within_attempts_of(&clients);
    let (_, iam_region) = with_home(config, &clients, region.clone().into_iter().collect());
    let Some(region) = region.or_else(|| clients.home_region()) else {
        let why = "no region is named: --region REGION";
        return Err(Failure::Usage(why.to_owned()));
    };
    let (account, _) =
        identify(caller, &clients, std::slice::from_ref(&region), &iam_region).await?;
    let introduction = Introduction {
        command: "config from-plan",
        caller: caller.identity().cloned(),
        regions: vec![region.clone()],
        endpoint: clients.endpoint(),
        ..Introduction::default()
    };
    caller.progress.note(&introduction.to_string());
    let Some(plan) = plan_documents::one(caller, &clients, &region, &account, id).await? else {
        return Err(Failure::refused(
            format!("no backup plan {id} is in {region} of account {account}"),
            format!(
                "name its region with --region, or list the plans: aws backup list-backup-plans --region {region}"
            ),
        ));
    };
    let plans = [plan];
    let listings = Listings::default();
    let (seen, unread) =
        plan_surroundings::read(caller, &clients, &listings, &iam_region, &plans).await?;
    let mut unknown: Vec<String> =
        unread.iter().map(|(what, why)| format!("{what} could not be read: {why}")).collect();
    unknown.extend(seen.check(&plans).into_iter().map(|finding| finding.text));
    let [plan] = plans;
    Ok(Source { plan, vaults: seen.vaults(), format: None, unknown })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_an_arn_and_a_file_are_told_apart() {
        let id = "8f81f553-3a74-4a3f-b93d-b3360dc80c50";
        assert_eq!(Named::parse(id).unwrap(), Named::Plan { id, region: None });
        let arn = format!("arn:aws:backup:eu-west-1:111122223333:backup-plan:{id}");
        let region = Region::parse("eu-west-1").ok();
        assert_eq!(Named::parse(&arn).unwrap(), Named::Plan { id, region });
        assert_eq!(Named::parse("-").unwrap(), Named::File("-"));
        assert_eq!(Named::parse("Cargo.toml").unwrap(), Named::File("Cargo.toml"));
        let refused = Named::parse("no/such.json").unwrap_err().to_string();
        assert!(refused.contains("is no file that is there"), "{refused}");
    }
}
