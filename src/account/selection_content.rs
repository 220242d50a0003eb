//! What a backup selection selects: from settings, to AWS's type and back.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_backup::types::{BackupSelection, ConditionParameter, Conditions};
use serde::{Deserialize, Serialize};

use crate::engine::to_value;
use crate::model::names::{self, Names};
use crate::model::selection::{CONDITION, Part, SIMPLE, Selection};
use crate::model::settings::{Plan, Settings};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct SelectionContent {
    role: String,
    resources: Vec<String>,
    /// By operator, then by condition key; all have to hold.
    conditions: BTreeMap<String, BTreeMap<String, Values>>,
    /// Conditions of the other kind, any of which selects: the recipe's mistake, never ours.
    list_of_tags: Vec<String>,
    not_resources: Vec<String>,
}

/// The values of a condition key: of one alone the document has just that, as those of earlier versions have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Several(BTreeSet<String>),
}

impl Values {
    fn new(values: BTreeSet<String>) -> Self {
        match values.first() {
            Some(only) if values.len() == 1 => Self::One(only.clone()),
            _ => Self::Several(values),
        }
    }

    fn all(&self) -> BTreeSet<String> {
        match self {
            Self::One(value) => BTreeSet::from([value.clone()]),
            Self::Several(values) => values.clone(),
        }
    }
}

/// A selection that is to be in the plan.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    /// What its name begins with.
    label: String,
    pub(crate) content: SelectionContent,
}

impl Wanted {
    /// All of every plan. A selection of the settings is one or more of AWS's.
    pub(crate) fn all(settings: &Settings, names: &Names) -> Vec<Self> {
        let plans = settings.all_plans().into_iter();
        plans.flat_map(|plan| Self::of_plan(&plan, settings, names)).collect()
    }

    /// Those of one plan.
    pub(crate) fn of_plan(plan: &Plan, settings: &Settings, names: &Names) -> Vec<Self> {
        let role = names.role_in_use(settings);
        let parts = |selection: Selection| {
            let parts = selection.parts(names.partition).into_iter();
            let of_part = |part| Self {
                label: selection.name.clone(),
                content: SelectionContent::new(role.clone(), part),
            };
            parts.map(of_part).collect::<Vec<_>>()
        };
        plan.selections.iter().cloned().flat_map(parts).collect()
    }

    /// Its name, with the service role of this id. A role made again under the same name is another role to AWS Backup,
    /// and the selection has to be saved again.
    pub(crate) fn name(&self, role_id: Option<&str>) -> String {
        names::selection(&self.label, &to_value(&(&self.content, role_id)).to_string())
    }

    /// What its name begins with.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// What stands for its name while nobody can know it.
    pub(crate) fn name_known_later(&self) -> String {
        format!("{}-... (known after apply)", self.label)
    }
}

impl SelectionContent {
    fn new(role: String, part: Part) -> Self {
        let of_operator = |conditions: BTreeMap<String, BTreeSet<String>>| {
            conditions.into_iter().map(|(key, values)| (key, Values::new(values))).collect()
        };
        let conditions = part.conditions.into_iter();
        Self {
            role,
            resources: part.resources,
            conditions: conditions
                .map(|(operator, of_keys)| (operator.to_owned(), of_operator(of_keys)))
                .collect(),
            list_of_tags: Vec::new(),
            not_resources: part.not_resources,
        }
    }

    /// The ARN of the role that AWS Backup works with.
    pub(crate) fn role(&self) -> &str {
        &self.role
    }

    /// Whether its name, with the service role of this id, is the one that it would have if it was made by us under this
    /// name's label.
    pub(crate) fn is_named(&self, name: &str, role_id: Option<&str>) -> bool {
        let Some(label) = names::selection_label(name) else { return false };
        let wanted = Wanted { label: label.to_owned(), content: self.clone() };
        name.starts_with(&wanted.name(role_id))
    }

    /// What it selects, in the form of the settings; of one that somebody altered, what is left of it.
    pub(crate) fn selection(&self) -> Selection {
        let of = |operator: &str| {
            let keys = self.conditions.get(operator).into_iter().flatten();
            let tag = |(key, values): (&String, &Values)| {
                Some((key.strip_prefix(CONDITION)?.to_owned(), values.all()))
            };
            keys.filter_map(tag).collect::<BTreeMap<_, _>>()
        };
        // AWS joins conditions by AND: of several values of one key none is left.
        let single = |operator: &str| {
            let tags = of(operator).into_iter();
            tags.filter_map(|(key, values)| Some((key, values.into_iter().next()?))).collect()
        };
        Selection {
            name: SIMPLE.to_owned(),
            tags: single("StringEquals"),
            like: single("StringLike"),
            not_tags: of("StringNotEquals"),
            resources: self.resources.iter().filter(|arn| *arn != "*").cloned().collect(),
            not_resources: self.not_resources.iter().cloned().collect(),
            ..Selection::default()
        }
    }

    pub(crate) fn from_aws(selection: &BackupSelection) -> Self {
        let mut conditions = BTreeMap::new();
        if let Some(found) = selection.conditions() {
            for (operator, parameters) in [
                ("StringEquals", found.string_equals()),
                ("StringNotEquals", found.string_not_equals()),
                ("StringLike", found.string_like()),
                ("StringNotLike", found.string_not_like()),
            ] {
                let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
                for (key, value) in parameters.iter().map(pair) {
                    keys.entry(key).or_default().insert(value);
                }
                // AWS gives operators without conditions back as empty lists.
                if !keys.is_empty() {
                    let keys = keys.into_iter().map(|(key, values)| (key, Values::new(values)));
                    conditions.insert(operator.to_owned(), keys.collect());
                }
            }
        }
        let tag = |tag: &aws_sdk_backup::types::Condition| {
            format!("{}={}", tag.condition_key, tag.condition_value)
        };
        Self {
            role: selection.iam_role_arn.clone(),
            resources: selection.resources().to_vec(),
            conditions,
            list_of_tags: selection.list_of_tags().iter().map(tag).collect(),
            not_resources: selection.not_resources().to_vec(),
        }
    }

    pub(crate) fn to_aws(&self, name: &str) -> BackupSelection {
        let of = |operator: &str| {
            let keys = self.conditions.get(operator).into_iter().flatten();
            let pairs = keys.flat_map(|(key, values)| {
                values.all().into_iter().map(move |value| {
                    ConditionParameter::builder().condition_key(key).condition_value(value).build()
                })
            });
            let pairs: Vec<_> = pairs.collect();
            (!pairs.is_empty()).then_some(pairs)
        };
        let conditions = Conditions::builder()
            .set_string_equals(of("StringEquals"))
            .set_string_like(of("StringLike"))
            .set_string_not_equals(of("StringNotEquals"))
            .build();
        let not_resources = (!self.not_resources.is_empty()).then(|| self.not_resources.clone());
        BackupSelection::builder()
            .selection_name(name)
            .iam_role_arn(&self.role)
            .set_resources(Some(self.resources.clone()))
            .set_not_resources(not_resources)
            .conditions(conditions)
            .build()
            .expect("name and role are set")
    }
}

fn pair(parameter: &ConditionParameter) -> (String, String) {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    (text(parameter.condition_key()), text(parameter.condition_value()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::tests::regions;
    use crate::model::tags::Tags;

    fn settings() -> Settings {
        Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]))
    }

    fn wanted(settings: &Settings) -> Vec<Wanted> {
        Wanted::all(settings, &crate::model::names::tests::names())
    }

    fn content() -> SelectionContent {
        wanted(&settings()).remove(0).content
    }

    /// Every member is set in one of them.
    fn several() -> Settings {
        let tags = |key: &str, value: &str| Tags::from([(key.to_owned(), value.to_owned())]);
        let lists = |key: &str, values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            BTreeMap::from([(key.to_owned(), values)])
        };
        let databases = Selection {
            name: "databases".to_owned(),
            tags: tags("Backup", "yes"),
            any_tags: lists("Tier", &["gold", "silver"]),
            not_tags: lists("Stage", &["dev", "test"]),
            like: tags("Name", "prod*"),
            types: BTreeSet::from(["DynamoDB".to_owned()]),
            not_resources: BTreeSet::from(["arn:aws:dynamodb:*:*:table/x-*".to_owned()]),
            ..Selection::default()
        };
        let bucket = Selection {
            name: "bucket".to_owned(),
            resources: BTreeSet::from(["arn:aws:s3:::acme".to_owned()]),
            ..Selection::default()
        };
        Settings { selections: vec![databases, bucket], ..settings() }
    }

    #[test]
    fn every_select_tag_is_a_condition_and_resources_is_everything() {
        let aws = content().to_aws("name");
        assert_eq!(aws.resources(), ["*"]);
        assert!(aws.list_of_tags().is_empty());
        let conditions = aws.conditions().unwrap();
        let equals: Vec<_> = conditions.string_equals().iter().map(pair).collect();
        let condition =
            |key: &str, value: &str| (format!("aws:ResourceTag/{key}"), value.to_owned());
        assert_eq!(
            equals,
            [condition("BackupEnabled", "true"), condition("Environment", "Production"),]
        );
    }

    #[test]
    fn the_select_tags_are_found_again() {
        assert_eq!(content().selection(), Selection::tagged(settings().select_tags));
    }

    #[test]
    fn what_aws_gives_back_equals_what_was_sent() {
        for Wanted { content, .. } in wanted(&several()) {
            assert_eq!(SelectionContent::from_aws(&content.to_aws("name")), content);
        }
    }

    #[test]
    fn each_part_of_a_selection_has_a_name_of_its_own() {
        let wanted = wanted(&several());
        let names: BTreeSet<String> = wanted.iter().map(|one| one.name(Some("AROA1"))).collect();
        assert_eq!(names.len(), 4);
        let of = |label: &str| names.iter().filter(|name| name.starts_with(label)).count();
        assert_eq!((of("databases-"), of("bucket-"), of("tagged-resources-")), (2, 1, 1));
        for one in &wanted {
            let name = one.name(Some("AROA1"));
            assert!(one.content.is_named(&name, Some("AROA1")), "{name}");
            assert!(!one.content.is_named(&name, Some("AROA2")), "{name}");
            assert!(!one.content.is_named("other", Some("AROA1")));
        }
    }

    #[test]
    fn what_is_found_in_the_plan_selects_what_was_meant() {
        let settings = several();
        let parts: Vec<Selection> =
            wanted(&settings).iter().map(|one| one.content.selection()).collect();
        let tags = |pairs: &[(&str, &str)]| -> Tags {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let gold = tags(&[("Backup", "yes"), ("Tier", "gold"), ("Name", "production")]);
        let test =
            tags(&[("Backup", "yes"), ("Tier", "gold"), ("Name", "prod"), ("Stage", "test")]);
        let simple = tags(&[("Environment", "Production"), ("BackupEnabled", "true")]);
        for arn in [
            "arn:aws:dynamodb:us-east-1:111122223333:table/a",
            "arn:aws:s3:::acme",
            "arn:aws:s3:::b",
        ] {
            for tags in [&gold, &test, &simple, &Tags::new()] {
                let meant = settings.selected().iter().any(|one| one.takes(arn, tags));
                let found = parts.iter().any(|one| one.takes(arn, tags));
                assert_eq!(found, meant, "{arn} {tags:?}");
            }
        }
    }
}
