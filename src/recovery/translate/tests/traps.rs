//! The traps of each type but databases, and those of all.

use super::*;

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

/// The job makes a cluster without instances, and the ARN does not tell the three types apart.
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
/// Users had to send all six keys; the id is nothing's, for the source's is its own region's.
#[test]
fn a_file_system_is_a_new_one_with_mount_targets_to_come() {
    let case = case("EFS");
    let wanted = [
        ("CreationToken", REQUEST),
        ("Encrypted", "true"),
        ("KmsKeyId", KEY),
        ("PerformanceMode", "maxIO"),
        ("aws:backup:request-id", REQUEST),
        ("file-system-id", "fs-00000000000000000"),
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
    let own =
        SecurityGroup { vpc: "vpc-0west".to_owned(), name: "web".to_owned(), has_rules: true };
    network.security_groups.insert("sg-0own".to_owned(), own);
    let map = case.map();
    assert_eq!(map["SubnetId"], "subnet-0westb");
    assert_eq!(map["SecurityGroupIds"], r#"["sg-0own"]"#);
}
