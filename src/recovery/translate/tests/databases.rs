//! The traps of instances and clusters, and of continuous backups.

use super::*;

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
