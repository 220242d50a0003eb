//! `mrbackup.toml`: found, read, and turned into settings, with the line and a caret where something is wrong.

mod alerts;
mod checks;
mod edited;
mod find;
mod names;
mod plain;
mod plans;
mod presence;
mod restore;
mod restore_tests;
mod rules;
pub(crate) mod schema;
mod selections;
mod source;
mod tables;
#[cfg(test)]
mod tests;
pub(crate) mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml_edit::Document;

use crate::config::subscriber;
use crate::config::values::{
    check_boundary, check_role, check_topics, parse_boundary, parse_role, parse_topic, parse_vault,
};
use crate::failure::Failure;
use crate::model::names::DeploymentName;
use crate::model::region::Region;
use crate::model::selection::Selection;
use crate::model::settings::{COPIES_MAX, RegionRole, Regions, Settings, check_compatible, within};

pub(crate) use find::find;
pub(crate) use rules::is_at_most_monthly;
use source::{Source, located};
pub(crate) use tables::tag_fault;
use tables::{TagTable, given, keys, own_tags, select_tags};

pub(crate) const NAME: &str = "mrbackup.toml";
/// What of the file has code of its own. What it leaves out is the default. Which names there are says the table of
/// settings, which reads the others too.
#[derive(Debug, Deserialize)]
struct Content {
    name: Option<Spanned<String>>,
    expected_account: Option<Spanned<String>>,
    regions: Option<RegionsTable>,
    search_regions: Option<Spanned<Vec<Spanned<String>>>>,
    permissions_boundary: Option<Spanned<String>>,
    service_role: Option<Spanned<String>>,
    select_tags: Option<Spanned<TagTable>>,
    tags: Option<Spanned<TagTable>>,
    #[serde(default, deserialize_with = "alerts::table_or_none")]
    alerts: alerts::AlertsTable,
    #[serde(default)]
    kms_keys: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    vault: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    topic: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    restore: BTreeMap<Spanned<String>, restore::RestoreTable>,
    rules: Option<Spanned<Vec<Spanned<rules::RuleTable>>>>,
    plans: Option<Spanned<Vec<Spanned<plans::PlanTable>>>>,
    classes: Option<Spanned<plans::ClassesTable>>,
}

#[derive(Debug, Deserialize)]
struct RegionsTable {
    primary: Spanned<String>,
    secondary: Spanned<String>,
    tertiary: Option<Spanned<String>>,
    #[serde(default)]
    copy_to: Vec<Spanned<String>>,
}

impl RegionsTable {
    /// In the order of [`Regions::all`].
    fn names(&self) -> impl Iterator<Item = &Spanned<String>> {
        let first = [&self.primary, &self.secondary];
        first.into_iter().chain(&self.tertiary).chain(&self.copy_to)
    }
}

/// A configuration file.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    source: Source,
    document: Document<String>,
    content: Content,
    pub(crate) deployment: Option<DeploymentName>,
    /// Endpoints of all kinds.
    pub(crate) subscribers: BTreeSet<String>,
    regions: Option<Regions>,
    /// The file without what `--set` put into it.
    original: Option<Box<Self>>,
}

impl ConfigFile {
    fn parse(source: Source) -> Result<Self, Failure> {
        let document = Document::parse(source.text.clone()).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            source.at(&span, error.message().trim_end())
        })?;
        names::check(&source, &document)?;
        plain::check(&source, &document)?;
        selections::check(&source, &document)?;
        let content: Content = toml::from_str(&source.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            source.at(&span, error.message().trim_end())
        })?;
        let name = content.name.as_ref();
        let deployment = name
            .map(|name| {
                DeploymentName::parse(name.get_ref()).map_err(|why| source.at(&name.span(), &why))
            })
            .transpose()?;
        if let Some(account) = &content.expected_account {
            check_account(&source, account)?;
        }
        let email = content.alerts.email.iter();
        let email = email.map(|email| located(&source, email, subscriber::parse_email));
        let notify = content.alerts.notify.iter();
        let notify = notify.map(|typed| located(&source, typed, subscriber::parse));
        let subscribers = email.chain(notify).collect::<Result<_, _>>()?;
        let regions = content.regions.as_ref().map(|table| regions(&source, table)).transpose()?;
        Ok(Self { source, document, content, deployment, subscribers, regions, original: None })
    }

    /// Reads the text of a file that is at this path, or is called so.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the line of what is wrong.
    pub(crate) fn from_document(path: &Path, text: String) -> Result<Self, Failure> {
        Self::parse(Source { path: path.to_owned(), text, edited: None })
    }

    /// The line of each rule that the file has, by its name among those of all plans.
    pub(crate) fn rule_lines(&self) -> BTreeMap<String, usize> {
        let line = |name: String, rule: &Spanned<rules::RuleTable>| {
            let before = self.source.text.get(..rule.span().start).unwrap_or_default();
            (name, before.matches('\n').count() + 1)
        };
        let rules = self.content.rules.iter().flat_map(Spanned::get_ref);
        let rules = rules.map(|rule| line(rule.get_ref().name().to_owned(), rule));
        let plans = self.content.plans.iter().flat_map(Spanned::get_ref).map(Spanned::get_ref);
        let of_plans = plans.flat_map(|plan| {
            let called =
                |rule: &Spanned<rules::RuleTable>| within(plan.name(), rule.get_ref().name());
            plan.rules().map(move |rule| line(called(rule), rule))
        });
        rules.chain(of_plans).collect()
    }

    /// The regions that the file names.
    pub(crate) fn regions(&self) -> Option<&Regions> {
        self.regions.as_ref()
    }

    /// The only regions where the deployment may be, where the file says that.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the line of what is no region, and of a list that is empty.
    pub(crate) fn search_regions(&self) -> Result<Option<Vec<Region>>, Failure> {
        let Self { source, content, .. } = self;
        let Some(listed) = &content.search_regions else { return Ok(None) };
        if listed.get_ref().is_empty() {
            return Err(source.at(&listed.span(), "name a region, or leave search_regions out"));
        }
        let region = |name: &Spanned<String>| {
            located(source, name, |n| Region::parse_lenient(n).map_err(Failure::Usage))
        };
        listed.get_ref().iter().map(region).collect::<Result<_, _>>().map(Some)
    }

    /// The defaults for these regions, with what the file says in place of them.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the line of what cannot be meant.
    pub(crate) fn settings(&self, regions: Regions) -> Result<Settings, Failure> {
        let Self { source, document, content, .. } = self;
        let mut settings = Settings::defaults(regions);
        self.settle_selections(&mut settings)?;
        if let Some(tags) = &content.tags {
            settings.tags = own_tags(source, tags)?;
        }
        if let Some(boundary) = &content.permissions_boundary {
            let arn = located(source, boundary, parse_boundary)?;
            let partition = settings.regions.primary.partition();
            located(source, boundary, |arn| {
                check_boundary(arn, partition, self.expected_account())
            })?;
            settings.permissions_boundary = Some(arn);
        }
        if let Some(role) = &content.service_role {
            let arn = located(source, role, parse_role)?;
            let partition = settings.regions.primary.partition();
            located(source, role, |arn| check_role(arn, partition, self.expected_account()))?;
            settings.service_role = Some(arn);
        }
        plain::settle(source, document, &mut settings)?;
        alerts::settle(source, &content.alerts, &mut settings)?;
        settings.kms_keys = keys(source, &content.kms_keys, "vault", &settings.regions.names())?;
        let regions = settings.regions.names();
        settings.given_vaults =
            given(source, &content.vault, "vault", &regions, |name, _| parse_vault(name))?;
        let regions = settings.regions.with_alarms().map(Region::clone);
        settings.given_topics =
            given(source, &content.topic, "alert topic", &regions, parse_topic)?;
        check_topics(settings.given_topics.values(), self.expected_account())?;
        if let Some(tables) = &content.rules {
            settings.rules = rules::rules(source, tables, &settings.regions)?;
        }
        self.settle_plans(&mut settings)?;
        if content.rules.is_some() || content.plans.is_some() {
            self.check_copies(&settings)?;
        }
        self.settle_restore_test(&mut settings)?;
        Ok(settings)
    }

    /// The select tags are the default where nothing else selects.
    fn settle_selections(&self, settings: &mut Settings) -> Result<(), Failure> {
        let Self { source, document, content, .. } = self;
        let primary = settings.regions.primary.clone();
        settings.selections =
            selections::selections(source, document.as_table(), &primary, self.expected_account())?;
        let has_selections = !settings.selections.is_empty();
        match &content.select_tags {
            Some(tags) => settings.select_tags = select_tags(source, tags, has_selections)?,
            None if has_selections => settings.select_tags.clear(),
            None => (),
        }
        let by_tags = Selection::tagged(settings.select_tags.clone());
        let mut twice = settings.selections.iter();
        let twice = twice.find(|one| one.is_by_tags_alone() && one.tags == by_tags.tags);
        if let (Some(twice), Some(tags)) = (twice, &content.select_tags) {
            let message = format!("the selection {} selects by the same tags", twice.name);
            return Err(source.at(&tags.span(), &message));
        }
        Ok(())
    }

    /// Refuses to work in another account than the file expects.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the line.
    pub(crate) fn check_account(&self, account: &str) -> Result<(), Failure> {
        match &self.content.expected_account {
            Some(expected) if expected.get_ref() != account => Err(self.source.at(
                &expected.span(),
                &format!("this is account {account}, and the file is for another"),
            )),
            _ => Ok(()),
        }
    }

    pub(crate) fn expected_account(&self) -> Option<&str> {
        self.content.expected_account.as_ref().map(|account| account.get_ref().as_str())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.source.path
    }
}

fn is_region(typed: &str, region: &Region) -> bool {
    Region::parse_lenient(typed).as_ref() == Ok(region)
}

fn check_account(source: &Source, account: &Spanned<String>) -> Result<(), Failure> {
    let digits = account.get_ref();
    if digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    Err(source.at(&account.span(), "an account is 12 digits, in quotes"))
}

fn regions(source: &Source, table: &RegionsTable) -> Result<Regions, Failure> {
    // Whether a region is known is asked where there is an option to say that it need not be.
    let region = |name: &Spanned<String>| {
        located(source, name, |n| Region::parse_lenient(n).map_err(Failure::Usage))
    };
    let regions = Regions {
        primary: region(&table.primary)?,
        secondary: region(&table.secondary)?,
        tertiary: table.tertiary.as_ref().map(region).transpose()?,
        copy_to: table.copy_to.iter().map(region).collect::<Result<_, _>>()?,
    };
    check_compatible(&regions.all()).map_err(|clash| {
        let span = table.names().nth(clash.at).map(Spanned::span).unwrap_or_default();
        source.at(&span, &clash.words(RegionRole::key))
    })?;
    let tertiary = table.tertiary.iter().count();
    if let Some(sixth) = table.copy_to.get(COPIES_MAX - 1 - tertiary) {
        let message = format!("AWS Backup takes at most {COPIES_MAX} copies in a rule");
        return Err(source.at(&sixth.span(), &message));
    }
    Ok(regions)
}
