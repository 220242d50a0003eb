//! The backup plans of a deployment: one, or several with rules and selections of their own.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::selection::Selection;
use crate::model::settings::{Rule, Settings};

/// The plan that the top of the file describes.
pub(crate) const MAIN: &str = "main";

/// A backup plan: its rules, and what they back up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) rules: Vec<Rule>,
    /// What the classes give it is not among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) selections: Vec<Selection>,
}

/// Which plan takes what is selected at the top, by the value of a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Classes {
    /// The key of the tag.
    pub(crate) tag: String,
    /// The plan of each value.
    pub(crate) values: BTreeMap<String, String>,
    /// The plan of what has another value, or not the tag; `None` is the one of the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) otherwise: Option<String>,
}

impl Classes {
    /// The plan of what has no value that is named.
    pub(crate) fn rest(&self) -> &str {
        self.otherwise.as_deref().unwrap_or(MAIN)
    }

    /// Whether a plan takes some of what they divide.
    pub(crate) fn name(&self, plan: &str) -> bool {
        self.rest() == plan || self.values.values().any(|of| of == plan)
    }

    /// What a plan takes of a selection at the top: a selection for each value, because those of `any_tags` are of any key.
    fn of(&self, selection: &Selection, plan: &str) -> Vec<Selection> {
        if self.rest() == plan {
            let mut of_plan = selection.clone();
            let others = self.values.iter().filter(|(_, of)| *of != plan);
            let others: BTreeSet<String> = others.map(|(value, _)| value.clone()).collect();
            if !others.is_empty() {
                of_plan.not_tags.entry(self.tag.clone()).or_default().extend(others);
            }
            return vec![of_plan];
        }
        let own = self.values.iter().filter(|(_, of)| *of == plan);
        let of_value = |(value, _): (&String, &String)| {
            let mut of_value = selection.clone();
            of_value.tags.insert(self.tag.clone(), value.clone());
            of_value
        };
        own.map(of_value).collect()
    }
}

impl Settings {
    /// The plans with all that they select, the one of the top first where there is one.
    pub(crate) fn all_plans(&self) -> Vec<Plan> {
        let of_top = self.selected_at_top();
        let main =
            Plan { name: MAIN.to_owned(), rules: self.rules.clone(), selections: Vec::new() };
        let is_there = !self.rules.is_empty();
        let plans = Some(main).filter(|_| is_there).into_iter().chain(self.plans.iter().cloned());
        let with_classes = |mut plan: Plan| {
            let shared: Vec<Selection> = match &self.classes {
                Some(classes) => {
                    of_top.iter().flat_map(|one| classes.of(one, &plan.name)).collect()
                }
                None if plan.name == MAIN => of_top.clone(),
                None => Vec::new(),
            };
            plan.selections.splice(0..0, shared);
            plan
        };
        plans.map(with_classes).collect()
    }

    /// The names of the plans, in the same order.
    pub(crate) fn plan_names(&self) -> Vec<String> {
        let main = (!self.rules.is_empty()).then(|| MAIN.to_owned());
        main.into_iter().chain(self.plans.iter().map(|plan| plan.name.clone())).collect()
    }

    /// Whether there are plans beside the one of the top, or in its place.
    pub(crate) fn has_several_plans(&self) -> bool {
        !self.plans.is_empty()
    }

    /// The plan of this name.
    pub(crate) fn plan(&self, name: &str) -> Option<Plan> {
        self.all_plans().into_iter().find(|plan| plan.name == name)
    }

    /// The rules of every plan. Those of a plan beside the one of the top are called by its name too: `gold/daily`.
    pub(crate) fn all_rules(&self) -> Vec<Rule> {
        let of_others = self.plans.iter().flat_map(|plan| {
            let rules = plan.rules.iter();
            rules.map(|rule| Rule { name: within(&plan.name, &rule.name), ..rule.clone() })
        });
        self.rules.iter().cloned().chain(of_others).collect()
    }

    /// Everything that selects, of every plan; those of a plan beside the one of the top are called by its name too.
    pub(crate) fn selected(&self) -> Vec<Selection> {
        let of_plan = |plan: Plan| {
            let Plan { name, selections, .. } = plan;
            let named = move |one: Selection| Selection { name: within(&name, &one.name), ..one };
            selections.into_iter().map(named)
        };
        self.all_plans().into_iter().flat_map(of_plan).collect()
    }

    /// What the top of the file selects: the select tags first.
    pub(crate) fn selected_at_top(&self) -> Vec<Selection> {
        let tags = Some(self.select_tags.clone()).filter(|tags| !tags.is_empty());
        tags.map(Selection::tagged).into_iter().chain(self.selections.clone()).collect()
    }
}

/// What a rule or a selection of a plan is called among those of all plans.
pub(crate) fn within(plan: &str, name: &str) -> String {
    if plan == MAIN { name.to_owned() } else { format!("{plan}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::selection::any_takes;
    use crate::model::settings::tests::regions;
    use crate::model::tags::Tags;

    fn settings() -> Settings {
        Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]))
    }

    fn with_classes(otherwise: Option<&str>) -> Settings {
        let mut settings = settings();
        let plan = |name: &str| {
            let rules = settings.rules.clone();
            Plan { name: name.to_owned(), rules, selections: Vec::new() }
        };
        settings.plans = vec![plan("gold"), plan("bronze")];
        let values = [("high", "gold"), ("critical", "gold"), ("low", "bronze")];
        let values = values.map(|(value, plan)| (value.to_owned(), plan.to_owned()));
        let tag = "Criticality".to_owned();
        let otherwise = otherwise.map(str::to_owned);
        settings.classes = Some(Classes { tag, values: values.into(), otherwise });
        settings
    }

    /// The plans that take what has the select tags and this value.
    fn plans_of(settings: &Settings, value: Option<&str>) -> Vec<String> {
        let mut tags: Tags = settings.select_tags.clone();
        tags.extend(value.map(|value| ("Criticality".to_owned(), value.to_owned())));
        let takes = |plan: &Plan| any_takes(&plan.selections, "arn:aws:s3:::a", &tags);
        settings.all_plans().into_iter().filter(takes).map(|plan| plan.name).collect()
    }

    #[test]
    fn each_value_is_in_one_plan_and_what_has_none_in_that_of_the_rest() {
        for (otherwise, rest) in [(None, MAIN), (Some("bronze"), "bronze"), (Some(MAIN), MAIN)] {
            let settings = with_classes(otherwise);
            for (value, plan) in [
                (Some("high"), "gold"),
                (Some("critical"), "gold"),
                (Some("low"), "bronze"),
                (Some("other"), rest),
                (None, rest),
            ] {
                assert_eq!(plans_of(&settings, value), [plan], "{otherwise:?} {value:?}");
            }
        }
    }

    #[test]
    fn without_select_tags_nothing_is_in_a_class() {
        let settings = with_classes(None);
        let tags = Tags::from([("Criticality".to_owned(), "high".to_owned())]);
        assert!(!any_takes(&settings.selected(), "arn:aws:s3:::a", &tags));
    }

    #[test]
    fn rules_and_selections_are_called_by_their_plan() {
        let names: Vec<String> =
            with_classes(None).all_rules().into_iter().map(|rule| rule.name).collect();
        let expected =
            ["daily", "weekly", "gold/daily", "gold/weekly", "bronze/daily", "bronze/weekly"];
        assert_eq!(names, expected);
        let selected: Vec<String> =
            with_classes(None).selected().into_iter().map(|one| one.name).collect();
        let simple = "tagged-resources";
        let in_plan = |plan: &str| format!("{plan}/{simple}");
        assert_eq!(
            selected,
            [simple.to_owned(), in_plan("gold"), in_plan("gold"), in_plan("bronze")]
        );
    }

    #[test]
    fn without_rules_at_the_top_there_is_no_main_plan() {
        let mut settings = with_classes(Some("bronze"));
        settings.rules.clear();
        assert_eq!(settings.plan_names(), ["gold", "bronze"]);
        assert_eq!(plans_of(&settings, None), ["bronze"]);
        assert_eq!(self::settings().plan_names(), [MAIN]);
    }
}
