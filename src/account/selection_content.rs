//! What a backup selection selects: from settings, to AWS's type and back.

use std::collections::BTreeMap;

use aws_sdk_backup::types::{BackupSelection, ConditionParameter, Conditions};
use serde::{Deserialize, Serialize};

use crate::engine::to_value;
use crate::model::names::{self, Names};
use crate::model::settings::Settings;

/// What the key of a condition on a tag begins with.
const CONDITION: &str = "aws:ResourceTag/";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SelectionContent {
    role: String,
    resources: Vec<String>,
    /// By operator, then by condition key; all have to hold.
    conditions: BTreeMap<String, BTreeMap<String, String>>,
    /// Conditions of the other kind, any of which selects: the recipe's mistake, never ours.
    list_of_tags: Vec<String>,
    not_resources: Vec<String>,
}

impl SelectionContent {
    /// Conditions alone are refused, and `ListOfTags` beside `Resources` selects either: hence `*`
    /// with conditions.
    pub(crate) fn from_settings(settings: &Settings, names: &Names) -> Self {
        let equals = settings.select_tags.iter();
        let equals = equals.map(|(key, value)| (format!("{CONDITION}{key}"), value.clone()));
        Self {
            role: names.service_role_arn(),
            resources: vec!["*".to_owned()],
            conditions: BTreeMap::from([("StringEquals".to_owned(), equals.collect())]),
            list_of_tags: Vec::new(),
            not_resources: Vec::new(),
        }
    }

    /// The name of a selection of this content, with the service role of this id. A role made again
    /// under the same name is another role to AWS Backup, and the selection has to be saved again.
    pub(crate) fn name(&self, role_id: Option<&str>) -> String {
        names::selection(&to_value(&(self, role_id)).to_string())
    }

    /// The tags that a resource has to carry; of a selection that somebody altered, those that are left.
    pub(crate) fn select_tags(&self) -> BTreeMap<String, String> {
        let equals = self.conditions.get("StringEquals").into_iter().flatten();
        let tag = |(key, value): (&String, &String)| {
            Some((key.strip_prefix(CONDITION)?.to_owned(), value.clone()))
        };
        equals.filter_map(tag).collect()
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
                let pairs: BTreeMap<String, String> = parameters.iter().map(pair).collect();
                // AWS gives operators without conditions back as empty lists.
                if !pairs.is_empty() {
                    conditions.insert(operator.to_owned(), pairs);
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
        let mut equals = Conditions::builder();
        for (key, value) in self.conditions.get("StringEquals").into_iter().flatten() {
            equals = equals.string_equals(
                ConditionParameter::builder().condition_key(key).condition_value(value).build(),
            );
        }
        BackupSelection::builder()
            .selection_name(name)
            .iam_role_arn(&self.role)
            .set_resources(Some(self.resources.clone()))
            .conditions(equals.build())
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

    fn content() -> SelectionContent {
        let settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        SelectionContent::from_settings(&settings, &crate::model::names::tests::names())
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
        let settings = Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]));
        assert_eq!(content().select_tags(), settings.select_tags);
    }

    #[test]
    fn what_aws_gives_back_equals_what_was_sent() {
        assert_eq!(SelectionContent::from_aws(&content().to_aws("name")), content());
    }
}
