//! One test for each trap of AWS Backup's restore metadata, and that no value of the source's region goes along.

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
        let landing = Landing { region: &region, facts, settings, typed, request_id: REQUEST };
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
        let words = |obstacle| match obstacle {
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
            SecurityGroup { vpc: "vpc-0west".to_owned(), name: "default".to_owned() },
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
            "arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/fs-0source",
            json!({
                "file-system-id": "fs-0source", "Encrypted": "true", "KmsKeyId": key, "newFileSystem": "false",
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

#[test]
fn nothing_of_the_sources_region_is_in_any_map() {
    for kind in KINDS {
        for key in [None, Some(KEY.to_owned())] {
            let mut case = case(kind);
            case.settings.kms_key = key;
            case.map();
            for map in case.translated().tries {
                for (key, value) in &map {
                    let foreign = FOREIGN.iter().find(|foreign| value.contains(**foreign));
                    assert_eq!(foreign, None, "{kind}: {key} = {value}");
                    assert!(!key.contains("nformationalOnly"), "{kind}: {key}");
                }
            }
        }
    }
}

/// A key's case is no matter to AWS, so that one that is given must not stand beside ours.
#[test]
fn a_key_that_is_given_stands_once_and_a_wrong_one_nowhere() {
    let case = case("RDS").overridden("dbinstanceCLASS", "db.r5.large").overridden("Color", "red");
    case.needs("Color is no key of AWS Backup's restore metadata for RDS");
    let map = &case.translated().tries[0];
    assert_eq!(map["DBInstanceClass"], "db.r5.large");
    let lower: Vec<String> = map.keys().map(|key| key.to_lowercase()).collect();
    assert_eq!(lower.iter().collect::<BTreeSet<_>>().len(), map.len());
    assert!(!lower.contains(&"color".to_owned()));
}

#[test]
fn lists_and_objects_are_json_text() {
    let map = case("EC2").map();
    assert_eq!(map["SecurityGroupIds"], r#"["sg-0west"]"#);
    let devices: Value = serde_json::from_str(&map["BlockDeviceMappings"]).unwrap();
    assert_eq!(devices[0]["DeviceName"], "/dev/xvda");
    assert_eq!(case("Aurora").map()["vpcSecurityGroupIds"], r#"["sg-0west"]"#);
}

#[test]
fn what_has_no_name_carries_an_id_that_is_ours() {
    for kind in ["EBS", "EC2", "DynamoDB", "EFS", "FSx"] {
        assert_eq!(case(kind).map()["aws:backup:request-id"], REQUEST, "{kind}");
    }
    for kind in ["RDS", "Aurora", "DocumentDB", "Neptune", "S3"] {
        assert!(!case(kind).map().contains_key("aws:backup:request-id"), "{kind}");
    }
}

#[test]
fn what_a_restore_would_write_over_is_never_restored() {
    for kind in ["SAP HANA on Amazon EC2", "Redshift Serverless", "RedshiftServerless"] {
        let mut case = case("FSx");
        case.source.kind = kind.to_owned();
        case.needs("writes over");
        let translation = case.translated();
        assert!(translation.tries.is_empty(), "{kind}");
        let [Obstacle::Cannot { command: None, .. }] = &translation.obstacles[..] else {
            panic!("{kind}: {translation:?}")
        };
    }
    for kind in ["Redshift", "CloudFormation", "EKS", "Storage Gateway", "Timestream", "DSQL"] {
        let mut case = case("FSx");
        case.source.kind = kind.to_owned();
        assert!(case.translated().tries.is_empty(), "{kind}");
        assert_eq!(case.in_the_way().len(), 1, "{kind}");
    }
}

/// A snapshot does not know the type of its volume, and AWS's own default is not known.
#[test]
fn a_volume_says_its_zone_type_and_that_it_is_encrypted() {
    let wanted = [
        ("availabilityZone", "us-west-2a"),
        ("aws:backup:request-id", REQUEST),
        ("encrypted", "true"),
        ("volumeType", "gp3"),
    ];
    let case = case("EBS");
    assert_eq!(case.map(), wanted.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    assert!(case.translated().losses.iter().any(|loss| loss.starts_with("its type is gp3")));
    let zones = case.translated().tries;
    assert_eq!(zones[1]["availabilityZone"], "us-west-2b");
    let mut cold = case;
    cold.source.is_cold = true;
    assert_eq!(cold.map()["temporaryRestoreDays"], "7");
}

#[test]
fn an_instance_takes_its_type_its_profile_and_nothing_that_is_bound_to_a_place() {
    let case = case("EC2");
    let map = case.map();
    for gone in [
        "NetworkInterfaces",
        "Placement",
        "VpcId",
        "CapacityReservationSpecification",
        "CpuOptions",
        "LicenseSpecifications",
        "HibernationOptions",
        "Architecture",
        "UserData",
        // The source's pair is not there, and another cannot be chosen.
        "KeyName",
    ] {
        assert!(!map.contains_key(gone), "{gone}");
    }
    assert_eq!(map["InstanceType"], "t3.micro");
    assert_eq!(map["CreditSpecification"], r#"{"CpuCredits":"unlimited"}"#);
    assert_eq!(map["IamInstanceProfileName"], "UseBackedUpValue");
    let subnets: Vec<String> =
        case.translated().tries.iter().map(|map| map["SubnetId"].clone()).collect();
    assert_eq!(subnets, ["subnet-0westa", "subnet-0westb"]);
    let losses = case.translated().losses.join("\n");
    for said in ["no key pair", "public address", "the default one", "another key"] {
        assert!(losses.contains(said), "{said}: {losses}");
    }
    let mut there = case;
    there.facts.key_pairs = Fact::Known(["eastern".to_owned()].into());
    assert_eq!(there.map()["KeyName"], "eastern");
    let mut away = self::case("EC2");
    away.facts.instance_types = Fact::Known([("t3.micro".to_owned(), BTreeSet::new())].into());
    away.needs("us-west-2 does not offer t3.micro: instance_types in [restore.us-west-2]");
}

/// "If you do not override the KMS key in `BlockDeviceMappings` when restoring cross-Region, your restore might fail."
#[test]
fn each_device_of_an_encrypted_image_gets_a_key_of_this_region() {
    let devices = |case: &Case| -> Value {
        serde_json::from_str(&case.map()["BlockDeviceMappings"]).unwrap()
    };
    let encrypted =
        json!([{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": true, "KmsKeyId": KEY}}]);
    let mut case = case("EC2");
    assert_eq!(devices(&case), encrypted);
    let plain = Image { devices: vec![Device { name: "/dev/xvda".to_owned(), encrypted: false }] };
    case.facts.images = Fact::Known([("ami-0west".to_owned(), plain)].into());
    assert!(!case.map().contains_key("BlockDeviceMappings"));
    case.settings.kms_key = Some(KEY.to_owned());
    assert_eq!(devices(&case), encrypted);
}

#[test]
fn a_database_has_the_snapshots_key_no_zone_and_no_group_that_is_not_there() {
    let mut case = case("RDS");
    let map = case.map();
    for gone in [
        "AvailabilityZone",
        "DBSnapshotIdentifier",
        "EnableCloudwatchLogsExports",
        "DBParameterGroupName",
        "OptionGroupName",
        "KmsKeyId",
        "EngineVersion",
    ] {
        assert!(!map.contains_key(gone), "{gone}");
    }
    assert_eq!(map["DBInstanceIdentifier"], "orders");
    assert_eq!(map["DBSubnetGroupName"], "default-vpc-0west");
    assert_eq!((&*map["MultiAZ"], &*map["Port"]), ("true", "5432"));
    assert_eq!(map["PubliclyAccessible"], "false");
    assert!(case.translated().losses.iter().any(|loss| loss.contains("default parameters")));
    // The same name is not enough: the family is another.
    let Fact::Known(databases) = &mut case.facts.databases else { unreachable!() };
    databases.parameter_groups = [("eastern-parameters".to_owned(), "mysql8.0".to_owned())].into();
    assert!(!case.map().contains_key("DBParameterGroupName"));
    let Fact::Known(databases) = &mut case.facts.databases else { unreachable!() };
    databases.parameter_groups =
        [("eastern-parameters".to_owned(), "postgres16".to_owned())].into();
    assert_eq!(case.map()["DBParameterGroupName"], "eastern-parameters");
    // Names are one set over instances and clusters.
    let Fact::Known(databases) = &mut case.facts.databases else { unreachable!() };
    databases.names = ["orders".to_owned()].into();
    case.needs("the name orders is taken in us-west-2");
    let disabled = Key { arn: KEY.to_owned(), state: "Disabled".to_owned() };
    case.facts.keys = BTreeMap::from([(KEY.to_owned(), Fact::Known(Some(disabled)))]);
    case.needs("is Disabled");
}

#[test]
fn a_database_needs_subnets_in_two_zones() {
    let narrow = |case: &mut Case| {
        let Fact::Known(databases) = &mut case.facts.databases else { unreachable!() };
        let group = databases.subnet_groups.get_mut("default-vpc-0west").unwrap();
        group.zones = ["us-west-2a".to_owned()].into();
    };
    for kind in ["RDS", "Aurora"] {
        let mut one = case(kind);
        narrow(&mut one);
        one.needs("has subnets in fewer than two zones: db_subnet_group in [restore.us-west-2]");
        let mut none = case(kind);
        none.facts.network = Fact::Known(Network::default());
        let Fact::Known(databases) = &mut none.facts.databases else { unreachable!() };
        databases.subnet_groups.clear();
        none.needs("us-west-2 has no default VPC: db_subnet_group in [restore.us-west-2]");
    }
}

/// The job makes a cluster without instances, and the ARN does not tell the three types apart.
#[test]
fn a_cluster_says_its_engine_and_gets_its_writer_afterwards() {
    for (kind, engine) in
        [("Aurora", "aurora-postgresql"), ("DocumentDB", "docdb"), ("Neptune", "neptune")]
    {
        let mut case = case(kind);
        let map = case.map();
        assert_eq!((&*map["dbClusterIdentifier"], &*map["engine"]), ("shop", engine));
        for gone in
            ["availabilityZones", "kmsKeyId", "dbClusterParameterGroupName", "DBInstanceIdentifier"]
        {
            assert!(!map.contains_key(gone), "{kind}: {gone}");
        }
        let writer = Finish::Writer { class: "db.r6g.large".to_owned(), engine: engine.to_owned() };
        assert_eq!(case.translated().finish, [writer]);
        case.settings.cluster_instance_class = None;
        case.needs("cluster_instance_class in [restore.us-west-2]");
    }
}

/// A job that is to copy the tags of a table or a bucket fails; RDS copies them whatever it is told.
#[test]
fn tags_come_back_in_three_ways() {
    let wanted = |kind: &str| match kind {
        "DynamoDB" | "S3" => TagCopy::Afterwards,
        "RDS" => TagCopy::Always,
        _ => TagCopy::Asked,
    };
    for kind in KINDS {
        assert_eq!(case(kind).translated().tags, wanted(kind), "{kind}");
    }
}

#[test]
fn a_table_takes_its_name_and_names_a_key_only_with_kms() {
    let mut case = case("DynamoDB");
    let map = case.map();
    assert_eq!((&*map["targetTableName"], &*map["encryptionType"]), ("customers", "Default"));
    assert!(!map.contains_key("kmsMasterKeyArn"));
    case.settings.kms_key = Some(KEY.to_owned());
    let map = case.map();
    assert_eq!((&*map["encryptionType"], &*map["kmsMasterKeyArn"]), ("KMS", KEY));
    case.facts.tables = Fact::Known(["customers".to_owned()].into());
    case.needs("the name customers is taken");
    let losses = case.translated().losses.join("\n");
    assert!(losses.contains("time to live, streams"), "{losses}");
}

/// Names of buckets are global, `original` is refused for copies, and ACLs fail where the backup has none.
#[test]
fn objects_go_into_a_bucket_that_is_there_and_keeps_versions() {
    let mut case = case("S3");
    let map = case.map();
    assert_eq!(map["DestinationBucketName"], "invoices-west");
    assert_eq!((&*map["EncryptionType"], &*map["RestoreACLs"]), ("SSE-S3", "FALSE"));
    assert!(!map.contains_key("NewBucket"));
    for (bucket, words) in [
        (None, "is not there"),
        (
            Some(Bucket { versioning: false, region: HERE.to_owned(), lists_allowed: false }),
            "no versioning",
        ),
        (
            Some(Bucket { versioning: true, region: "us-east-1".to_owned(), lists_allowed: false }),
            "is in us-east-1",
        ),
    ] {
        case.facts.buckets = [("invoices-west".to_owned(), Fact::Known(bucket))].into();
        case.needs(words);
    }
    case.settings.buckets.clear();
    case.needs("buckets in [restore.us-west-2]");
}

/// A continuous backup is restored to a moment: RDS and Aurora know the latest one, S3 does not.
#[test]
fn a_continuous_backup_is_told_its_moment() {
    let continuous = |kind: &str| {
        let mut case = case(kind);
        case.source.point.status = PointStatus::Available;
        case
    };
    let mut objects = continuous("S3");
    objects.needs("name it with --at");
    objects.typed.at = Some(1_764_000_000);
    assert_eq!(objects.map()["RestoreTime"], "2025-11-24T16:00:00Z");
    for (kind, latest, time) in [
        ("RDS", "UseLatestRestorableTime", "RestoreTime"),
        ("Aurora", "useLatestRestorableTime", "restoreTime"),
    ] {
        let mut case = continuous(kind);
        if kind == "RDS" {
            case.needs("Engine in [restore.us-west-2.overrides.");
            case = case.overridden("Engine", "postgres");
        }
        assert_eq!(case.map()[latest], "true");
        case.typed.at = Some(1_764_000_000);
        let map = case.map();
        assert_eq!(map[time], "2025-11-24T16:00:00Z");
        assert!(!map.contains_key(latest), "{map:?}");
    }
}

/// Users had to send all six keys; the id is that of the source, and stands for nothing.
#[test]
fn a_file_system_is_a_new_one_with_mount_targets_to_come() {
    let case = case("EFS");
    let wanted = [
        ("CreationToken", REQUEST),
        ("Encrypted", "true"),
        ("KmsKeyId", KEY),
        ("PerformanceMode", "maxIO"),
        ("aws:backup:request-id", REQUEST),
        ("file-system-id", "fs-0source"),
        ("newFileSystem", "true"),
    ];
    assert_eq!(case.map(), wanted.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    let subnets = ["subnet-0westa", "subnet-0westb"].map(str::to_owned).to_vec();
    let security_groups = vec!["sg-0west".to_owned()];
    assert_eq!(case.translated().finish, [Finish::MountTargets { subnets, security_groups }]);
    let mut without = case;
    without.facts.keys.remove(EFS_KEY);
    without.facts.keys.insert(EFS_KEY.to_owned(), Fact::Known(None));
    without.needs("kms_key in [restore.us-west-2]");
}

/// A directory, a storage virtual machine or a deployment type cannot be guessed.
#[test]
fn fsx_comes_back_with_settings_alone() {
    let mut case = case("FSx");
    assert_eq!(case.map()["LustreConfiguration"], "{}");
    case.settings.overrides.clear();
    case.needs("WindowsConfiguration or LustreConfiguration or OntapConfiguration");
    case.needs("SubnetIds in [restore.us-west-2.overrides.");
}

/// What could not be read is unknown, and never taken for absent.
#[test]
fn what_cannot_be_read_is_in_the_way_once() {
    for kind in ["EC2", "RDS", "Aurora", "EFS"] {
        let mut case = case(kind);
        case.facts.network = Fact::NotAsked;
        let unknown = case.translated().obstacles.into_iter();
        let unknown = unknown.filter(|obstacle| matches!(obstacle, Obstacle::Unknown { .. }));
        assert_eq!(unknown.count(), 1, "{kind}");
    }
}

/// At home the source's own network is good, and so is its zone.
#[test]
fn in_its_own_region_a_resource_keeps_what_is_still_there() {
    let mut case =
        case("EC2").says("SubnetId", "subnet-0westb").says("SecurityGroupIds", r#"["sg-0own"]"#);
    case.source.resource = "arn:aws:ec2:us-west-2:111122223333:instance/i-1".to_owned();
    let Fact::Known(network) = &mut case.facts.network else { unreachable!() };
    let own = SecurityGroup { vpc: "vpc-0west".to_owned(), name: "web".to_owned() };
    network.security_groups.insert("sg-0own".to_owned(), own);
    let map = case.map();
    assert_eq!(map["SubnetId"], "subnet-0westb");
    assert_eq!(map["SecurityGroupIds"], r#"["sg-0own"]"#);
}
