//! One test for each trap of AWS Backup's restore metadata, and that no value of the source's region goes along. Here: what
//! they translate.

mod databases;
mod traps;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::*;
use crate::model::recovery_point::{PointStatus, RecoveryPoint};
use crate::model::region::Region;
use crate::model::restore_settings::RestoreSettings;
use crate::recovery::landing::Typed;
use crate::recovery::region_facts::{
    Bucket, DatabaseEngine, Databases, DbSnapshot, DbSubnetGroup, Device, Fact, Image, Key,
    Network, RegionFacts, SecurityGroup, Subnet, VolumeSnapshot,
};

const HERE: &str = "us-west-2";
const REQUEST: &str = "11111111-2222-8333-8444-555555555555";
const KEY: &str = "arn:aws:kms:us-west-2:111122223333:key/22222222-3333-4444-8555-666666666666";
/// All that stands in maps of the source's region, and must not arrive.
const FOREIGN: &[&str] = &["us-east-1", "-0ea57", "eastern"];

/// What is translated: a source, the region, settings, and what was typed.
struct Case {
    source: Source,
    facts: RegionFacts,
    settings: RestoreSettings,
    typed: Typed,
}

impl Case {
    fn translated(&self) -> Translation {
        let region = Region::parse(HERE).unwrap();
        let Self { source, facts, settings, typed } = self;
        let landing = Landing {
            region: &region,
            facts,
            settings,
            typed,
            request_id: REQUEST,
            set_apart: None,
        };
        translate(source, landing)
    }

    /// The map of what nothing is in the way of.
    fn map(&self) -> Metadata {
        let translation = self.translated();
        assert_eq!(translation.obstacles, [], "{}", self.source.kind);
        translation.tries[0].clone()
    }

    fn says(mut self, key: &str, value: &str) -> Self {
        self.source.metadata.insert(key.to_owned(), value.to_owned());
        self
    }

    fn overridden(mut self, key: &str, value: &str) -> Self {
        let overrides = self.settings.overrides.entry(self.source.resource.clone()).or_default();
        overrides.insert(key.to_owned(), value.to_owned());
        self
    }

    /// The words of all that is in the way, with the settings that help.
    fn in_the_way(&self) -> Vec<String> {
        let words = |obstacle: Obstacle| match obstacle {
            Obstacle::NeedsGroup { .. } => obstacle.words(),
            Obstacle::NeedsSetting { setting, why } => format!("{why}: {setting}"),
            Obstacle::Cannot { why, .. } | Obstacle::Unknown { why } => why,
        };
        self.translated().obstacles.into_iter().map(words).collect()
    }

    #[track_caller]
    fn needs(&self, words: &str) {
        let found = self.in_the_way();
        assert!(found.iter().any(|found| found.contains(words)), "{words:?} is not in {found:?}");
    }
}

/// The region as most accounts have it.
fn facts() -> RegionFacts {
    let subnet = |zone: &str| Subnet {
        vpc: "vpc-0west".to_owned(),
        zone: zone.to_owned(),
        default_for_zone: true,
        public_address: true,
    };
    let zones = ["us-west-2a", "us-west-2b"];
    let network = Network {
        default_vpc: Some("vpc-0west".to_owned()),
        subnets: [("subnet-0westa", zones[0]), ("subnet-0westb", zones[1])]
            .map(|(id, zone)| (id.to_owned(), subnet(zone)))
            .into(),
        security_groups: [(
            "sg-0west".to_owned(),
            SecurityGroup {
                vpc: "vpc-0west".to_owned(),
                name: "default".to_owned(),
                has_rules: true,
            },
        )]
        .into(),
        zones: zones.map(str::to_owned).to_vec(),
    };
    let group =
        DbSubnetGroup { vpc: "vpc-0west".to_owned(), zones: zones.map(str::to_owned).into() };
    let snapshot = |engine: &str, version: &str| DbSnapshot {
        engine: DatabaseEngine { name: engine.to_owned(), version: version.to_owned() },
        encrypted: true,
        key: Some(KEY.to_owned()),
        port: Some(5432),
    };
    let snapshots = [
        ("RDS", snapshot("postgres", "16.4")),
        ("Aurora", snapshot("aurora-postgresql", "16.4")),
        ("DocumentDB", snapshot("docdb", "5.0.0")),
        ("Neptune", snapshot("neptune", "1.3.0.0")),
    ];
    let databases = Databases {
        subnet_groups: [("default-vpc-0west".to_owned(), group)].into(),
        snapshots: snapshots.map(|(kind, snapshot)| (point_of(kind), snapshot)).into(),
        ..Databases::default()
    };
    let image = Image { devices: vec![Device { name: "/dev/xvda".to_owned(), encrypted: true }] };
    let key = |state: &str| Fact::Known(Some(Key { arn: KEY.to_owned(), state: state.to_owned() }));
    let bucket = Bucket { versioning: true, region: HERE.to_owned(), lists_allowed: false };
    let volume = VolumeSnapshot { encrypted: true, key: Some(KEY.to_owned()) };
    RegionFacts {
        snapshots: Fact::Known([("snap-0west".to_owned(), volume)].into()),
        network: Fact::Known(network),
        instance_types: Fact::Known(
            [("t3.micro".to_owned(), zones.map(str::to_owned).into())].into(),
        ),
        key_pairs: Fact::Known(BTreeSet::new()),
        images: Fact::Known([("ami-0west".to_owned(), image)].into()),
        databases: Fact::Known(databases),
        tables: Fact::Known(BTreeSet::new()),
        buckets: [("invoices-west".to_owned(), Fact::Known(Some(bucket)))].into(),
        keys: [KEY, EBS_KEY, EFS_KEY].map(|name| (name.to_owned(), key("Enabled"))).into(),
        ..RegionFacts::default()
    }
}

/// ARN of the copy of a source of this type.
fn point_of(kind: &str) -> String {
    match kind {
        "EC2" => "arn:aws:ec2:us-west-2::image/ami-0west".to_owned(),
        "EBS" => "arn:aws:ec2:us-west-2::snapshot/snap-0west".to_owned(),
        "RDS" => "arn:aws:rds:us-west-2:111122223333:snapshot:awsbackup:copyjob-1".to_owned(),
        "Aurora" | "DocumentDB" | "Neptune" => {
            format!("arn:aws:rds:us-west-2:111122223333:cluster-snapshot:awsbackup:copyjob-{kind}")
        }
        _ => "arn:aws:backup:us-west-2:111122223333:recovery-point:1".to_owned(),
    }
}

/// The source's ARN, and its map as AWS Backup gives it in the region of the copy: the values are the source's region's.
fn source(kind: &str) -> (&'static str, Value) {
    let key = "arn:aws:kms:us-east-1:111122223333:key/eastern";
    let group = r#"["sg-0ea57"]"#;
    let database = json!({
        "DBSnapshotIdentifier": "awsbackup:copyjob-eastern", "DBInstanceIdentifier": "orders",
        "DBInstanceClass": "db.t3.medium", "DBSubnetGroupName": "eastern-subnets",
        "DBParameterGroupName": "eastern-parameters", "OptionGroupName": "eastern-options",
        "VpcSecurityGroupIds": group, "AvailabilityZone": "us-east-1a", "MultiAZ": "true",
        "EnableCloudwatchLogsExports": "[\"postgresql\"]", "Port": "5432", "DeletionProtection": "true",
        "PubliclyAccessible": "true", "InformationalOnly:KmsKeyId": key,
        "InformationalOnly:vpcId": "vpc-0ea57", "InformationalOnly:EngineVersion": "16.4",
    });
    let cluster = json!({
        "DBClusterIdentifier": "shop", "DBInstanceIdentifier": "shop-eastern", "Engine": "eastern",
        "DBSnapshotIdentifier": "awsbackup:copyjob-eastern", "KmsKeyId": key, "Port": "5432",
        "AvailabilityZones": "[\"us-east-1a\",\"us-east-1b\"]", "DBSubnetGroupName": "eastern-subnets",
        "VpcSecurityGroupIds": group, "DBClusterParameterGroupName": "eastern-parameters",
        "EnableCloudwatchLogsExports": "[\"postgresql\"]", "InformationalOnly:vpcId": "vpc-0ea57",
    });
    match kind {
        "EBS" => (
            "arn:aws:ec2:us-east-1:111122223333:volume/vol-0ea57",
            json!({"encrypted": "true", "volumeId": "vol-0ea57", "availabilityZone": "us-east-1a", "kmsKeyId": key}),
        ),
        "EC2" => (
            "arn:aws:ec2:us-east-1:111122223333:instance/i-0ea57",
            json!({
                "InstanceType": "t3.micro", "KeyName": "eastern", "SubnetId": "subnet-0ea57",
                "VpcId": "vpc-0ea57", "SecurityGroupIds": group, "IamInstanceProfileName": "app",
                "NetworkInterfaces": "[{\"networkInterfaceId\":\"eni-0ea57\"}]",
                "Placement": "{\"AvailabilityZone\":\"us-east-1a\"}", "CpuOptions": "{\"CoreCount\":1}",
                "CapacityReservationSpecification": "{\"CapacityReservationTarget\":\"cr-0ea57\"}",
                "LicenseSpecifications": "[{\"LicenseConfigurationArn\":\"arn:aws:license-manager:us-east-1:1:x\"}]",
                "HibernationOptions": "{\"Configured\":false}", "UserData": "eastern",
                "CreditSpecification": "{\"CpuCredits\":\"unlimited\"}", "EbsOptimized": "false",
                "InstanceInitiatedShutdownBehavior": "stop", "Architecture": "x86_64",
                "BlockDeviceMappings": "[{\"Ebs\":{\"SnapshotId\":\"snap-0ea57\"}}]",
            }),
        ),
        "RDS" => ("arn:aws:rds:us-east-1:111122223333:db:orders", database),
        "Aurora" | "DocumentDB" | "Neptune" => {
            ("arn:aws:rds:us-east-1:111122223333:cluster:shop", cluster)
        }
        "DynamoDB" => (
            "arn:aws:dynamodb:us-east-1:111122223333:table/customers",
            json!({"originalTableName": "customers", "encryptionType": "KMS", "kmsMasterKeyArn": key}),
        ),
        "EFS" => (
            "arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/fs-0ea57",
            json!({
                "file-system-id": "fs-0ea57", "Encrypted": "true", "KmsKeyId": key, "newFileSystem": "false",
                "PerformanceMode": "maxIO", "CreationToken": "eastern", "availabilityZoneName": "us-east-1a",
            }),
        ),
        "S3" => (
            "arn:aws:s3:::invoices",
            json!({"bucketName": "eastern", "encryptionType": "original", "kmsKey": key}),
        ),
        _ => (
            "arn:aws:fsx:us-east-1:111122223333:file-system/fs-0ea57",
            json!({"FileSystemId": "fs-0ea57", "SubnetIds": "[\"subnet-0ea57\"]", "KmsKeyId": key,
                "SecurityGroupIds": group, "StorageCapacity": "32"}),
        ),
    }
}

fn case(kind: &str) -> Case {
    let (resource, metadata) = source(kind);
    let vault = "arn:aws:backup:us-east-1:111122223333:backup-vault:mrbackup-default";
    let point = RecoveryPoint {
        arn: point_of(kind),
        resource: Some(resource.to_owned()),
        kind: Some(kind.to_owned()),
        status: PointStatus::Completed,
        source_vault: Some(vault.to_owned()),
        ..RecoveryPoint::default()
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let members = metadata.as_object().unwrap().iter();
    let source = Source {
        point,
        resource: resource.to_owned(),
        kind: kind.to_owned(),
        metadata: members.map(|(key, value)| (key.clone(), text(value))).collect(),
        is_cold: false,
    };
    let settings = RestoreSettings {
        cluster_instance_class: Some("db.r6g.large".to_owned()),
        buckets: [("invoices".to_owned(), "invoices-west".to_owned())].into(),
        ..RestoreSettings::default()
    };
    let case = Case { source, facts: facts(), settings, typed: Typed::default() };
    match kind {
        "FSx" => case
            .overridden("SubnetIds", r#"["subnet-0westa"]"#)
            .overridden("LustreConfiguration", "{}"),
        _ => case,
    }
}

const KINDS: [&str; 10] =
    ["EBS", "EC2", "RDS", "Aurora", "DocumentDB", "Neptune", "DynamoDB", "EFS", "S3", "FSx"];
