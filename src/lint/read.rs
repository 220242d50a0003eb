//! Which format a text has, found from its content, and what is read of it.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::lint::model::{Content, Place};
use crate::lint::tree::{self, Malformed, Node};
use crate::lint::{aws_cli, cloudformation, organization_policy, terraform};

/// A format of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Format {
    AwsCli,
    Cloudformation,
    Terraform,
    OrganizationPolicy,
    OwnFile,
}

impl Format {
    /// What people call it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::AwsCli => "AWS CLI",
            Self::Cloudformation => "CloudFormation",
            Self::Terraform => "Terraform",
            Self::OrganizationPolicy => "organization backup policy",
            Self::OwnFile => "mrbackup.toml",
        }
    }
}

/// What a text is.
pub(crate) enum Reading {
    Content(Format, Content),
    /// mrbackup's own file, which its settings read.
    OwnFile,
}

const FORMATS: &str = "a document is what AWS CLI prints of a backup plan or selection, a CloudFormation or SAM template, the output of terraform show -json, a backup policy of AWS Organizations, or mrbackup.toml";

/// Reads a text.
///
/// # Errors
/// One sentence with the line, where there is one.
pub(crate) fn read(text: &str, place: &Place) -> Result<Reading, Malformed> {
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    let is_json = begin.starts_with('{') || begin.starts_with('[');
    if !is_json || serde_json::from_str::<serde::de::IgnoredAny>(begin).is_err() {
        if is_own_file(text) {
            return Ok(Reading::OwnFile);
        }
        if is_json {
            return Err(tree::json(text).err().unwrap_or_else(|| unknown(None)));
        }
        let documents = tree::yaml(text)?;
        let Some(first) = documents.first() else { return Err(unknown(None)) };
        return recognized(first, place);
    }
    if terraform::may_be_it(begin) {
        let value: Value = serde_json::from_str(begin)
            .map_err(|error| Malformed { line: Some(error.line()), why: error.to_string() })?;
        if terraform::is_it(&value) {
            return Ok(Reading::Content(Format::Terraform, terraform::read(&value, place)));
        }
    }
    recognized(&tree::json(text.trim_start_matches('\u{feff}'))?, place)
}

/// Whether it is TOML with a name of ours at the top.
fn is_own_file(text: &str) -> bool {
    let ours = [
        "regions",
        "rules",
        "plans",
        "select_tags",
        "alerts",
        "name",
        "kms_keys",
        "expected_account",
    ];
    let table = text.parse::<toml::Table>();
    table.is_ok_and(|table| ours.iter().any(|name| table.contains_key(*name)))
}

fn recognized(node: &Node, place: &Place) -> Result<Reading, Malformed> {
    if let Some(policy) = organization_policy::inside(node) {
        let policy = tree::json_inside(policy)?;
        if organization_policy::is_it(&policy) {
            let content = organization_policy::read(&policy, place);
            return Ok(Reading::Content(Format::OrganizationPolicy, content));
        }
    }
    if organization_policy::is_it(node) {
        let content = organization_policy::read(node, place);
        return Ok(Reading::Content(Format::OrganizationPolicy, content));
    }
    if cloudformation::is_it(node) {
        return Ok(Reading::Content(Format::Cloudformation, cloudformation::read(node, place)));
    }
    if aws_cli::is_it(node) {
        return Ok(Reading::Content(Format::AwsCli, aws_cli::read(node, place)));
    }
    Err(unknown(node.line))
}

fn unknown(line: Option<usize>) -> Malformed {
    Malformed { line, why: format!("its format is not known: {FORMATS}") }
}
