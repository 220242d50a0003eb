//! Blocks with which Terraform takes a restored resource over as its own ("Import", Terraform language).

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::recovery::source::name_of;

/// What stands in an `import` block.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub(super) struct ImportBlock {
    /// Address of a resource of the AWS provider, its name made from the source's.
    to: String,
    /// The id by which the provider imports it.
    id: String,
}

/// The block for what was made of a source; `None` of types that are imported by more than an id.
pub(super) fn import_block(made: &str, source: &str) -> Option<ImportBlock> {
    let mut fields = made.splitn(6, ':').skip(2);
    let (service, resource) = (fields.next()?, fields.nth(2)?);
    let kind = resource.split(['/', ':']).next()?;
    let address = match (service, kind) {
        ("ec2", "volume") => "aws_ebs_volume",
        ("ec2", "instance") => "aws_instance",
        ("rds", "db") => "aws_db_instance",
        ("rds", "cluster") => "aws_rds_cluster",
        ("dynamodb", "table") => "aws_dynamodb_table",
        ("elasticfilesystem", "file-system") => "aws_efs_file_system",
        ("s3", _) => "aws_s3_bucket",
        _ => return None,
    };
    Some(ImportBlock {
        to: format!("{address}.{}", identifier(name_of(source))),
        id: name_of(made).to_owned(),
    })
}

/// A name as Terraform takes it: letters, digits, `_` and `-`, no digit first.
fn identifier(name: &str) -> String {
    let mut identifier: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    if !identifier.starts_with(|c: char| c.is_ascii_alphabetic()) {
        identifier.insert(0, '_');
    }
    identifier
}

impl fmt::Display for ImportBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "import {{\n  to = {}\n  id = \"{}\"\n}}", self.to, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restored_resource_gets_the_name_of_its_source() {
        let block =
            import_block("arn:aws:rds:us-west-2:1:db:orders", "arn:aws:rds:us-east-1:1:db:orders");
        assert_eq!(
            block.unwrap().to_string(),
            "import {\n  to = aws_db_instance.orders\n  id = \"orders\"\n}\n"
        );
        let block = import_block("arn:aws:s3:::acme-usw2", "arn:aws:s3:::acme.invoices").unwrap();
        assert_eq!(
            (block.to.as_str(), block.id.as_str()),
            ("aws_s3_bucket.acme_invoices", "acme-usw2")
        );
        assert_eq!(import_block("arn:aws:timestream:us-west-2:1:database/d", "x"), None);
    }
}
