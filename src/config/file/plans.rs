//! The plans and classes of the file, checked against each other and against what AWS Backup takes.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;
use toml_edit::TableLike;

use crate::config::file::rules::{self, RuleTable};
use crate::config::file::tables::{TagTable, plan_tables, select_tags, tag_fault};
use crate::config::file::{ConfigFile, selections};
use crate::failure::Failure;
use crate::model::selection::Selection;
use crate::model::settings::{Classes, MAIN, Plan, Settings};

/// With the deployment's own name, a plan's has at most 50 characters (AWS Backup API reference, `BackupPlanName`).
const NAME_MAX: usize = 20;
/// The watchdog is told of each of them, in an input of 8192 characters at most.
pub(super) const PLANS_MAX: usize = 10;

#[derive(Debug, Deserialize)]
pub(super) struct PlanTable {
    name: Spanned<String>,
    select_tags: Option<Spanned<TagTable>>,
    rules: Option<Spanned<Vec<Spanned<RuleTable>>>>,
}

impl PlanTable {
    pub(super) fn name(&self) -> &str {
        self.name.get_ref()
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = &Spanned<RuleTable>> {
        self.rules.iter().flat_map(Spanned::get_ref)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ClassesTable {
    tag: Option<Spanned<String>>,
    #[serde(default)]
    values: BTreeMap<Spanned<String>, Spanned<String>>,
    otherwise: Option<Spanned<String>>,
}

impl ConfigFile {
    /// Puts the plans and the classes among the settings, whose top is settled.
    ///
    /// # Errors
    /// [`Failure::Usage`] with the line of what AWS would refuse, and of what would back up nothing.
    pub(super) fn settle_plans(&self, settings: &mut Settings) -> Result<(), Failure> {
        let Self { source, content, .. } = self;
        let Some(plans) = &content.plans else {
            return match &content.classes {
                Some(classes) => {
                    Err(source.at(&classes.span(), "there are no [[plans]] to divide among"))
                }
                None => Ok(()),
            };
        };
        settings.plans = self.plans(plans, settings)?;
        if content.rules.is_none() {
            settings.rules.clear();
        }
        if let Some(classes) = &content.classes {
            settings.classes = Some(self.classes(classes, settings)?);
        } else if content.rules.is_none() {
            self.refuse_idle_top()?;
            settings.select_tags.clear();
            settings.selections.clear();
        }
        // The plans of the file stand behind that of the top, in its order.
        let tables = plans.get_ref().iter().rev().map(|table| &table.get_ref().name);
        for (plan, name) in settings.all_plans().iter().rev().zip(tables) {
            if plan.selections.is_empty() {
                let message = format!(
                    "plan {} selects nothing: give it select_tags or [[plans.selections]], or name it in [classes]",
                    plan.name
                );
                return Err(source.at(&name.span(), &message));
            }
            selections::check_quotas(&plan.selections, &settings.regions.primary)
                .map_err(|why| source.at(&name.span(), &format!("plan {}: {why}", plan.name)))?;
        }
        Ok(())
    }

    fn plans(
        &self,
        tables: &Spanned<Vec<Spanned<PlanTable>>>,
        settings: &Settings,
    ) -> Result<Vec<Plan>, Failure> {
        let Self { source, document, .. } = self;
        if let Some(more) = tables.get_ref().get(PLANS_MAX) {
            let message =
                format!("a deployment has at most {PLANS_MAX} plans beside that of the top");
            return Err(source.at(&more.span(), &message));
        }
        let mut plans: Vec<Plan> = Vec::new();
        for (table, edited) in tables.get_ref().iter().zip(plan_tables(document)) {
            let plan = self.plan(table.get_ref(), edited, settings)?;
            if plans.iter().any(|other| other.name == plan.name) {
                let message = format!("two plans have the name {}", plan.name);
                return Err(source.at(&table.get_ref().name.span(), &message));
            }
            plans.push(plan);
        }
        Ok(plans)
    }

    fn plan(
        &self,
        table: &PlanTable,
        edited: &dyn TableLike,
        settings: &Settings,
    ) -> Result<Plan, Failure> {
        let source = &self.source;
        let name = table.name.get_ref();
        check_name(name).map_err(|why| source.at(&table.name.span(), &why))?;
        let Some(rules) = &table.rules else {
            let message = format!("plan {name} needs at least one rule ([[plans.rules]])");
            return Err(source.at(&table.name.span(), &message));
        };
        let rules = rules::rules(source, rules, &settings.regions)?;
        let primary = &settings.regions.primary;
        let more = selections::selections(source, edited, primary, self.expected_account())?;
        let mut selected = Vec::new();
        if let Some(tags) = &table.select_tags {
            let tags = select_tags(source, tags, !more.is_empty())?;
            selected.extend((!tags.is_empty()).then(|| Selection::tagged(tags)));
        }
        selected.extend(more);
        Ok(Plan { name: name.clone(), rules, selections: selected })
    }

    fn classes(
        &self,
        table: &Spanned<ClassesTable>,
        settings: &Settings,
    ) -> Result<Classes, Failure> {
        let source = &self.source;
        let ClassesTable { tag, values, otherwise } = table.get_ref();
        let Some(tag) = tag else {
            return Err(source.at(&table.span(), "name the key of the tag: tag = \"Criticality\""));
        };
        let key = tag.get_ref();
        if let Some(why) = tag_fault(key, "") {
            return Err(source.at(&tag.span(), why));
        }
        let names_it = |one: &Selection| one.keys().any(|other| other == key);
        let top = settings.selected_at_top();
        if top.is_empty() {
            let message =
                "there is nothing to divide: name select_tags or [[selections]] at the top";
            return Err(source.at(&tag.span(), message));
        }
        if let Some(one) = top.iter().find(|one| names_it(one)) {
            let message = format!(
                "{} selects by {key} already, so that it cannot be divided by it",
                one.name
            );
            return Err(source.at(&tag.span(), &message));
        }
        if values.is_empty() {
            let message = "name the plan of each value: values = { high = \"gold\" }";
            return Err(source.at(&table.span(), message));
        }
        for (value, plan) in values {
            if let Some(why) = tag_fault(key, value.get_ref()) {
                return Err(source.at(&value.span(), why));
            }
            self.check_plan(plan, settings)?;
        }
        match otherwise {
            Some(plan) => self.check_plan(plan, settings)?,
            None if settings.rules.is_empty() => {
                let message = format!(
                    "name the plan of what has no {key}, or another value, in otherwise: there is no plan at the top"
                );
                return Err(source.at(&table.span(), &message));
            }
            None => (),
        }
        Ok(Classes {
            tag: key.clone(),
            values: values
                .iter()
                .map(|(value, plan)| (value.get_ref().clone(), plan.get_ref().clone()))
                .collect(),
            otherwise: otherwise.as_ref().map(|plan| plan.get_ref().clone()),
        })
    }

    fn check_plan(&self, plan: &Spanned<String>, settings: &Settings) -> Result<(), Failure> {
        let names = settings.plan_names();
        if names.contains(plan.get_ref()) {
            return Ok(());
        }
        let message =
            format!("there is no plan {}; there are: {}", plan.get_ref(), names.join(", "));
        Err(self.source.at(&plan.span(), &message))
    }

    /// Refuses what selects at the top where nothing there backs it up.
    fn refuse_idle_top(&self) -> Result<(), Failure> {
        let Self { source, document, content, .. } = self;
        let message = "all rules stand in [[plans]], so that nothing backs up what this selects: put it into a plan, \
                       divide it by [classes], or add [[rules]] at the top";
        if let Some(tags) = &content.select_tags {
            return Err(source.at(&tags.span(), message));
        }
        match document.get("selections") {
            Some(item) => Err(source.at(&item.span().unwrap_or_default(), message)),
            None => Ok(()),
        }
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let is_good = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(is_good) {
        return Err(format!("a plan's name has 1 to {NAME_MAX} letters, digits and -"));
    }
    if name == MAIN {
        return Err(format!("{MAIN} is the plan of the [[rules]] at the top"));
    }
    Ok(())
}
