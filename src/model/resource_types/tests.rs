use std::collections::{BTreeMap, BTreeSet};

use serde_json::{from_str, to_value};

use super::row::{ArnForm, ColdStorage, ResourceType, Support};
use super::{RESOURCE_TYPES, by_tagging_filter, of_arn, of_opt_in_key, watched};

/// Each type of AWS's page "Feature availability by resource", of the opt-in settings, and of the
/// pages on restores and on billing.
const NAMES: [&str; 19] = [
    "Aurora",
    "Aurora DSQL",
    "CloudFormation",
    "DocumentDB",
    "DynamoDB",
    "EBS",
    "EC2",
    "EFS",
    "EKS",
    "FSx",
    "Neptune",
    "RDS",
    "Redshift",
    "Redshift Serverless",
    "S3",
    "SAP HANA on EC2",
    "Storage Gateway",
    "Timestream",
    "VMware",
];

/// An ARN of each form, and the type that it says.
const EXAMPLES: [(&str, &str); 18] = [
    ("arn:aws:rds:us-east-1:111122223333:cluster:shop", "Aurora"),
    ("arn:aws:dsql:us-east-1:111122223333:cluster/kiqenqglxyl2snyvkvnj2c3s2e", "Aurora DSQL"),
    ("arn:aws:cloudformation:us-east-1:111122223333:stack/app/51af3dc0", "CloudFormation"),
    ("arn:aws:dynamodb:us-east-1:111122223333:table/orders", "DynamoDB"),
    ("arn:aws:ec2:us-east-1:111122223333:volume/vol-1", "EBS"),
    ("arn:aws:ec2:us-east-1:111122223333:instance/i-1", "EC2"),
    ("arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/fs-1", "EFS"),
    ("arn:aws:eks:us-east-1:111122223333:cluster/c", "EKS"),
    ("arn:aws:fsx:us-east-1:111122223333:file-system/fs-1", "FSx"),
    ("arn:aws:fsx:us-east-1:111122223333:volume/fs-1/fsvol-1", "FSx"),
    ("arn:aws:rds:us-east-1:111122223333:db:orders", "RDS"),
    ("arn:aws:redshift:us-east-1:111122223333:cluster:c", "Redshift"),
    ("arn:aws:redshift-serverless:us-east-1:111122223333:namespace/n", "Redshift Serverless"),
    ("arn:aws:s3:::bucket", "S3"),
    ("arn:aws:ssm-sap:us-east-1:111122223333:HANA/erp/DB/SYSTEMDB", "SAP HANA on EC2"),
    ("arn:aws:storagegateway:us-east-1:111122223333:gateway/sgw-1/volume/vol-1", "Storage Gateway"),
    ("arn:aws:timestream:us-east-1:111122223333:database/d/table/t", "Timestream"),
    ("arn:aws:backup-gateway:us-east-1:111122223333:vm/vm-1", "VMware"),
];

#[test]
fn no_type_is_lost() {
    let names: Vec<&str> = RESOURCE_TYPES.iter().map(|kind| kind.name).collect();
    assert_eq!(names, NAMES);
}

#[test]
fn an_arn_says_its_type() {
    for (arn, name) in EXAMPLES {
        assert_eq!(of_arn(arn), Some(name), "{arn}");
        let rows = RESOURCE_TYPES.iter();
        let fit: Vec<_> =
            rows.flat_map(ResourceType::patterns).filter(|form| form.fits(arn)).collect();
        assert_eq!(fit.len(), 1, "{arn}: {fit:?}");
    }
    let forms = RESOURCE_TYPES.iter().flat_map(ResourceType::patterns);
    for form in forms {
        assert!(EXAMPLES.iter().any(|(arn, _)| form.fits(arn)), "{form:?} has no example");
    }
}

#[test]
fn what_cannot_be_backed_up_is_no_type() {
    for arn in [
        "arn:aws:s3:::bucket/key",
        "arn:aws:s3:::",
        "arn:aws:ec2:us-east-1::snapshot/snap-1",
        "arn:aws:ec2:us-east-1:111122223333:volume/",
        "arn:aws:ec2:us-east-1:111122223333:volume",
        "arn:aws:rds:us-east-1:111122223333:cluster-snapshot:awsbackup:job-1",
        "arn:aws:dsql:us-east-1:111122223333:cluster/a/stream/b",
        "arn:aws:ssm-sap:us-east-1:111122223333:HANA/erp",
        "arn:aws:ssm-sap:us-east-1:111122223333:HANA/erp/COMPONENT/a",
        "arn:aws:backup-gateway:us-east-1:111122223333:hypervisor/hype-1",
        "arn:aws:lambda:us-east-1:111122223333:function:f",
        "vol-1",
    ] {
        assert_eq!(of_arn(arn), None, "{arn}");
    }
}

#[test]
fn names_forms_filters_and_keys_are_of_one_type_each() {
    let all = |texts: Vec<&'static str>| {
        let distinct: BTreeSet<&str> = texts.iter().copied().collect();
        assert_eq!(distinct.len(), texts.len(), "{texts:?}");
    };
    let forms = || RESOURCE_TYPES.iter().flat_map(ResourceType::patterns);
    all(RESOURCE_TYPES.iter().map(|kind| kind.name).collect());
    all(RESOURCE_TYPES.iter().filter_map(|kind| kind.opt_in).collect());
    all(forms().map(|form| form.pattern).collect());
    all(forms().filter_map(|form| form.tagging).collect());
    for kind in RESOURCE_TYPES {
        assert!(!kind.arns.is_empty(), "{}", kind.name);
        for form in kind.arns {
            let ArnForm::SharedWith(other) = form else { continue };
            let other = RESOURCE_TYPES.iter().find(|kind| kind.name == *other);
            assert!(other.is_some_and(|other| other.patterns().next().is_some()), "{form:?}");
        }
    }
}

/// "Resource Groups Tagging API reference", `GetResources`: `service[:resourceType]`, at most 256
/// characters, as they stand in an ARN.
#[test]
fn a_filter_is_one_that_the_tagging_api_takes() {
    let word = |text: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit())
    };
    for kind in RESOURCE_TYPES {
        for form in kind.patterns() {
            let Some(filter) = form.tagging else { continue };
            let mut parts = filter.split(':');
            assert!(parts.clone().count() <= 2 && parts.all(word), "{filter}");
            assert!(form.pattern.starts_with(filter), "{form:?}");
            assert_eq!(by_tagging_filter().get(filter), Some(&kind.name));
        }
    }
}

/// Another list would change the watchdog's rule of every deployment.
#[test]
fn the_watchdog_is_told_of_what_it_always_was() {
    let told = r#"{
        "cloudformation:stack": "CloudFormation", "dynamodb:table": "DynamoDB", "ec2:instance": "EC2",
        "ec2:volume": "EBS", "eks:cluster": "EKS", "elasticfilesystem:file-system": "EFS",
        "fsx:file-system": "FSx", "fsx:volume": "FSx", "rds:cluster": "Aurora", "rds:db": "RDS",
        "redshift:cluster": "Redshift", "redshift-serverless:namespace": "Redshift Serverless",
        "s3": "S3", "storagegateway:gateway": "Storage Gateway", "timestream:database": "Timestream"
    }"#;
    let told: BTreeMap<String, String> = from_str(told).unwrap();
    assert_eq!(to_value(watched()).unwrap(), to_value(&told).unwrap());
    // It compares the names with the keys of the opt-in settings.
    for kind in RESOURCE_TYPES.iter().filter(|kind| kind.watched) {
        assert_eq!(kind.opt_in, Some(kind.name));
    }
}

#[test]
fn an_opt_in_key_says_its_type() {
    for kind in RESOURCE_TYPES {
        assert_eq!(kind.opt_in.and_then(of_opt_in_key), kind.opt_in.map(|_| kind.name));
    }
    assert_eq!(of_opt_in_key("VirtualMachine"), Some("VMware"));
    assert_eq!(of_opt_in_key("Mainframe"), None);
}

/// A type that is fully managed with a condition has cold storage with the same one.
#[test]
fn only_dynamodb_has_advanced_features() {
    let conditional = |kind: &&ResourceType| {
        kind.cold_storage == ColdStorage::WithAdvancedFeatures
            || kind.fully_managed == Support::WithAdvancedFeatures
            || kind.cross_region_copy == Support::WithAdvancedFeatures
    };
    let names: Vec<&str> =
        RESOURCE_TYPES.iter().filter(conditional).map(|kind| kind.name).collect();
    assert_eq!(names, ["DynamoDB"]);
}
