use super::*;
use crate::model::region;

pub(crate) fn names() -> Names {
    Names {
        deployment: DeploymentName::parse("default").unwrap(),
        account: "111122223333".to_owned(),
        partition: Partition::Aws,
    }
}

/// Limits from the service models: vault 2-50, plan and selection 50, roles, rules and
/// functions 64, topics 256, queues 80, statement ids 100.
#[test]
fn the_longest_names_fit_and_the_shortest_too() {
    for deployment in ["a", &"x".repeat(DeploymentName::MAX)] {
        let names = Names { deployment: DeploymentName::parse(deployment).unwrap(), ..names() };
        let region = region::longest();
        let vault = VaultId { kms_key: Some("arn".to_owned()), ..VaultId::plain(&region) };
        for (name, least, most) in [
            (names.service_role(), 1, 64),
            (names.vault(&vault), 2, 50),
            (names.plan(MAIN), 1, 50),
            (names.plan(&"p".repeat(20)), 1, 50),
            (names.restore_testing_plan(), 1, 50),
            (selection("tagged-resources", "content"), 1, 50),
            (names.topic(), 1, 256),
            (names.dead_letter_queue(Lambda::Watchdog), 1, 80),
            (names.dead_letter_queue(Receiver::Secondary), 1, 80),
            (names.function(Lambda::Validator), 1, 64),
            (names.log_group(Lambda::Validator), 1, 512),
            (names.function_role(Lambda::Validator, &region), 1, 64),
            (names.forwarding_role(&region), 1, 64),
            (names.event_rule(Lambda::Watchdog), 1, 64),
            (names.statement_id(Lambda::Watchdog), 1, 100),
            (names.alarm(Alarm::RecoveryData), 1, 255),
            (names.dashboard(&region), 1, 255),
            (names.delivery_log_role(&region), 1, 64),
            (names.delivery_log_group(&region, true), 1, 512),
        ] {
            assert!((least..=most).contains(&name.len()), "{name} has {}", name.len());
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-_/".contains(c);
            assert!(name.chars().all(allowed), "{name}");
        }
    }
}

#[test]
fn bad_deployment_names_say_what_is_allowed() {
    for bad in ["", "Default", "a_b", "-a", "a-", "ä", &"x".repeat(21)] {
        let message = DeploymentName::parse(bad).unwrap_err();
        assert!(message.contains("1 to 20 of a-z, 0-9 and -"), "{message}");
    }
    assert!(DeploymentName::parse(&"x".repeat(21)).unwrap_err().contains("(21 characters)"));
}

#[test]
fn a_vault_of_another_key_is_another_vault_and_still_ours() {
    let region = Region::parse("us-east-1").unwrap();
    let vault = |key: Option<&str>| {
        names().vault(&VaultId { kms_key: key.map(str::to_owned), ..VaultId::plain(&region) })
    };
    let all = [vault(None), vault(Some("a")), vault(Some("b"))];
    assert_eq!(all[0], "mrbackup-default");
    assert!(all[1] != all[0] && all[1] != all[2], "{all:?}");
    assert!(all.iter().all(|name| names().may_be_our_vault(name)), "{all:?}");
    assert!(!names().may_be_our_vault("mrbackup-default-2"));
    assert!(!names().may_be_our_vault("Default"));
}

#[test]
fn a_regions_role_gives_its_region_back() {
    let region = Region::parse("us-west-2").unwrap();
    let functions =
        [Lambda::Validator, Lambda::Watchdog].map(|lambda| names().function_role(lambda, &region));
    let others = [names().forwarding_role(&region), names().delivery_log_role(&region)];
    for name in functions.into_iter().chain(others) {
        assert_eq!(names().region_of_role(&name), Some(region.clone()), "{name}");
    }
    for other in [names().service_role().as_str(), "mrbackup-default-2-watchdog-us-west-2"] {
        assert_eq!(names().region_of_role(other), None, "{other}");
    }
}

#[test]
fn arns_follow_the_partition() {
    let names = Names { partition: Partition::GovCloud, ..names() };
    let region = Region::parse("us-gov-west-1").unwrap();
    assert_eq!(
        names.vault_arn(&VaultId::plain(&region)),
        "arn:aws-us-gov:backup:us-gov-west-1:111122223333:backup-vault:mrbackup-default"
    );
    assert_eq!(
        names.service_role_arn(),
        "arn:aws-us-gov:iam::111122223333:role/mrbackup/mrbackup-default-AWSBackupServiceRole"
    );
    assert_eq!(
        names.service_role_policies(),
        [
            "arn:aws-us-gov:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
            "arn:aws-us-gov:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
            "arn:aws-us-gov:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup",
            "arn:aws-us-gov:iam::aws:policy/AWSBackupServiceRolePolicyForS3Restore",
        ]
    );
}
