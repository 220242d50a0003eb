use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::commands::from_plan::choice::Choice;
use crate::commands::from_plan::nearest::{Nearest, nearest};
use crate::lint::model::{
    AnyTag, Condition, Copy, Field, Known, Lifecycle as Found, Operator, Place, Plan,
    Rule as FoundRule, Selection as FoundSelection, Vault,
};
use crate::lint::own_file;
use crate::model::names::{DeploymentName, Names};
use crate::model::region::Region;
use crate::model::selection::Selection;
use crate::model::settings::{CopyTo, Lifecycle, Regions, Rule, Settings};
use crate::model::vault_lock::VaultLock;

/// A change of what was found, and words of the loss that follows from it.
type Case<Found> = (fn(&mut Found), &'static str);

fn region(name: &str) -> Region {
    Region::parse(name).unwrap()
}

fn text(value: &str) -> Field<String> {
    Field::is(value.to_owned())
}

/// A plan of another tool: daily, kept for 35 days, with a copy in us-west-2.
fn plan() -> Plan {
    let days = |days| Found { is_there: true, delete: Field::is(days), ..Found::default() };
    let vault = text("arn:aws:backup:us-west-2:111122223333:backup-vault:dr");
    let copies = vec![Copy { vault, lifecycle: days(35), ..Copy::default() }];
    let rule = FoundRule {
        name: text("daily"),
        vault: text("main"),
        lifecycle: days(35),
        copies,
        ..FoundRule::default()
    };
    let selection = FoundSelection {
        label: "tagged".to_owned(),
        role: text("arn:aws:iam::111122223333:role/backup"),
        resources: vec!["*".to_owned()],
        conditions: vec![condition(Operator::Equals, "Backup", "yes")],
        is_known: true,
        ..FoundSelection::default()
    };
    Plan {
        label: "nightly".to_owned(),
        regions: vec![region("us-east-1")],
        account: Some("111122223333".to_owned()),
        rules: vec![rule],
        selections: vec![selection],
        has_all_selections: true,
        ..Plan::default()
    }
}

fn condition(operator: Operator, key: &str, value: &str) -> Condition {
    let key = format!("aws:ResourceTag/{key}");
    Condition { operator: Some(operator), key, value: value.to_owned() }
}

#[track_caller]
fn made(plan: &Plan, vaults: &[Vault], choice: &Choice) -> Nearest {
    nearest(plan, vaults, choice, Timestamp::now()).unwrap()
}

#[track_caller]
fn losses(nearest: &Nearest) -> Vec<String> {
    nearest.losses.iter().map(|(spot, text)| format!("{}: {text}", spot.words())).collect()
}

#[track_caller]
fn assert_lost(nearest: &Nearest, words: &str) {
    let losses = losses(nearest);
    assert!(losses.iter().any(|loss| loss.contains(words)), "{words:?} is not in {losses:#?}");
}

#[test]
fn what_is_left_out_is_what_aws_makes_of_it() {
    let made = made(&plan(), &[], &Choice::default());
    assert_eq!(losses(&made), [""; 0]);
    let rule = &made.settings.rules[0];
    assert_eq!((rule.schedule.as_str(), rule.timezone.as_str()), ("cron(0 5 ? * * *)", "Etc/UTC"));
    assert_eq!((rule.start_window_minutes, rule.completion_window_minutes), (480, 10080));
    assert_eq!(made.settings.regions.secondary, region("us-west-2"));
    assert_eq!(made.settings.select_tags, BTreeMap::from([("Backup".into(), "yes".into())]));
    let replaced = [
        "vault main in us-east-1",
        "vault dr in us-west-2",
        "role arn:aws:iam::111122223333:role/backup",
    ];
    assert_eq!(made.replaced, replaced);
}

#[test]
fn vaults_and_role_are_kept_where_that_is_asked_for() {
    let choice = Choice { keep_vaults: true, keep_role: true, ..Choice::default() };
    let lock = VaultLock { min_days: Some(90), ..VaultLock::default() };
    let locked = Vault {
        name: "dr".to_owned(),
        region: Some(region("us-west-2")),
        lock: Some(lock),
        key: None,
        is_air_gapped: false,
    };
    let made = made(&plan(), &[locked], &choice);
    let vaults = [(region("us-east-1"), "main".to_owned()), (region("us-west-2"), "dr".to_owned())];
    assert_eq!(made.settings.given_vaults, BTreeMap::from(vaults));
    // Something of the deployment's own has to hold its record.
    assert_eq!(made.settings.service_role, None);
    assert_lost(
        &made,
        "vaults: mrbackup keeps its record on its own role or on a vault of its own",
    );
    assert_eq!(made.replaced, ["role arn:aws:iam::111122223333:role/backup"]);
    assert_lost(
        &made,
        "rule daily: it keeps 35 days in us-west-2, and the lock of vault dr takes 90 to no end",
    );
}

#[test]
fn a_customers_key_is_used_again_and_a_lock_is_named() {
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234";
    let vault = Vault {
        name: "main".to_owned(),
        region: None,
        lock: Some(VaultLock::default()),
        key: Some(key.to_owned()),
        is_air_gapped: true,
    };
    let made = made(&plan(), &[vault], &Choice::default());
    assert_eq!(made.settings.kms_keys, BTreeMap::from([(region("us-east-1"), key.to_owned())]));
    assert_lost(&made, "vaults: vault main in us-east-1 is locked");
    assert_lost(&made, "vaults: vault main in us-east-1 is logically air-gapped");
}

#[test]
fn copies_that_a_deployment_does_not_make_are_named() {
    for (arn, words) in [
        ("arn:aws:backup:eu-west-1:444455556666:backup-vault:x", "is of account 444455556666"),
        (
            "arn:aws:backup:us-east-1:111122223333:backup-vault:x",
            "stays in the region of its backup",
        ),
        ("${DrVault}", "is not known from the document"),
        ("arn:aws-cn:backup:cn-north-1:111122223333:backup-vault:x", "another partition"),
        (
            "arn:aws:backup:us-west-2:111122223333:backup-vault:x",
            "copies to us-west-2 more than once",
        ),
    ] {
        let mut plan = plan();
        plan.rules[0].copies.push(Copy { vault: text(arn), ..Copy::default() });
        let made = made(&plan, &[], &Choice::default());
        assert_lost(&made, words);
        assert_eq!(made.settings.rules[0].copies.len(), 1, "{arn}");
    }
}

#[test]
fn a_plan_without_copies_needs_a_second_region() {
    let mut plan = plan();
    plan.rules[0].copies.clear();
    let refused = nearest(&plan, &[], &Choice::default(), Timestamp::now()).unwrap_err();
    assert!(refused.to_string().contains("name it with --secondary REGION"), "{refused}");
    let choice = Choice { secondary: Some(region("eu-west-1")), ..Choice::default() };
    let made = made(&plan, &[], &choice);
    assert_lost(&made, "regions: the plan does not copy to eu-west-1: each rule does here");
    assert_eq!(made.settings.rules[0].copies[0].region, region("eu-west-1"));
}

#[test]
fn what_aws_refuses_is_replaced_and_named() {
    let unknown = || Field { value: Known::Unknown, line: None };
    let cases: [Case<FoundRule>; 12] = [
        (|rule| rule.schedule = text("rate(1 day)"), "is none that AWS Backup takes"),
        (|rule| rule.timezone = text("Mars/Base"), "is no IANA name"),
        (|rule| rule.start_window = Field::is(5), "start window of 5 minutes: 60 stands"),
        (
            |rule| rule.completion_window = Field::is(60),
            "completion window of 60 minutes: 540 stands",
        ),
        (|rule| rule.lifecycle.cold = Field::is(30), "they stay warm"),
        (|rule| rule.lifecycle.delete = Field::is(99_999), "is not 1 to 36500"),
        (|rule| rule.lifecycle.archive = Field::is(true), "archive is off"),
        (
            |rule| {
                rule.continuous = Field::is(true);
                rule.lifecycle.delete = Field::is(90);
            },
            "it makes snapshots",
        ),
        (|rule| rule.name = text("daily backup"), "its name is \"daily backup\" in the plan"),
        (|rule| rule.point_tags = vec![("a".into(), None)], "do not get the tag a"),
        (
            |rule| rule.point_tags = vec![("aws:a".into(), Some("b".into()))],
            "keys that begin with aws:",
        ),
        (
            |rule| rule.others = vec!["IndexActions = S3".into()],
            "IndexActions = S3: mrbackup has no such setting",
        ),
    ];
    for (change, words) in cases {
        let mut plan = plan();
        change(&mut plan.rules[0]);
        let made = made(&plan, &[], &Choice::default());
        assert_lost(&made, words);
        assert!(
            losses(&made).iter().all(|loss| loss.starts_with("rule daily")),
            "{:?}",
            losses(&made)
        );
    }
    let mut plan = plan();
    let rule = &mut plan.rules[0];
    (rule.start_window, rule.lifecycle.delete) = (unknown(), unknown());
    let made = made(&plan, &[], &Choice::default());
    assert_lost(&made, "its start window is not known from the document: AWS's default, 480");
    assert_lost(&made, "how long its backups are kept is not known");
}

#[test]
fn selections_that_cannot_be_kept_are_named_and_never_widened() {
    let cases: [Case<FoundSelection>; 7] = [
        (
            |of| of.conditions.push(condition(Operator::Equals, "Backup", "no")),
            "is left out, because",
        ),
        (|of| of.conditions.push(condition(Operator::Equals, "a", "b,c")), "is left out, because"),
        (
            |of| of.conditions.push(condition(Operator::NotLike, "a", "b*")),
            "so that more is selected",
        ),
        (|of| of.conditions[0].value = "${Stage}".into(), "is not known from the document"),
        (|of| of.resources = vec!["arn:aws:s3:::*-logs".into()], "none of its ARNs can be kept"),
        (|of| of.resources = vec!["arn:aws:ec2:eu-west-1:*:volume/*".into()], "it is in eu-west-1"),
        (|of| of.others = vec!["New = x".into()], "New = x: mrbackup has no such setting"),
    ];
    for (change, words) in cases {
        let mut plan = plan();
        change(&mut plan.selections[0]);
        let made = made(&plan, &[], &Choice::default());
        assert_lost(&made, words);
        let takes_all = made.settings.selected().iter().any(|of| !of.needs_tags());
        assert!(!takes_all, "{words}: {:?}", made.settings.selected());
    }
}

#[test]
fn resources_and_list_of_tags_are_two_selections() {
    let mut plan = plan();
    let of = &mut plan.selections[0];
    of.conditions.clear();
    of.resources = vec!["arn:aws:s3:::invoices".to_owned()];
    let tag = |value: &str| AnyTag { key: "Tier".to_owned(), values: vec![value.to_owned()] };
    of.any_tags = vec![tag("gold"), tag("silver")];
    let made = made(&plan, &[], &Choice::default());
    assert_eq!(losses(&made), [""; 0]);
    let selections = &made.settings.selections;
    assert_eq!(selections[0].resources, BTreeSet::from(["arn:aws:s3:::invoices".to_owned()]));
    let tiers = BTreeSet::from(["gold".to_owned(), "silver".to_owned()]);
    assert_eq!(selections[1].any_tags, BTreeMap::from([("Tier".to_owned(), tiers)]));
    assert_eq!((&*selections[0].name, &*selections[1].name), ("tagged", "tagged-2"));
    assert!(made.settings.select_tags.is_empty());
}

#[test]
fn a_rule_that_never_runs_again_is_left_out_with_its_region() {
    let mut plan = plan();
    let ended = "arn:aws:backup:eu-west-1:111122223333:backup-vault:x";
    plan.rules.push(FoundRule {
        name: text("once"),
        vault: text("main"),
        schedule: text("cron(0 5 1 1 ? 2020)"),
        copies: vec![Copy { vault: text(ended), ..Copy::default() }],
        ..FoundRule::default()
    });
    let made = made(&plan, &[], &Choice::default());
    assert_lost(&made, "rule once: it is left out, because it never runs again");
    assert_eq!(made.settings.rules.len(), 1);
    assert_eq!(made.settings.regions.tertiary, None);
}

/// Random settings, in all that a plan of AWS can have of them.
fn random(rng: &mut fastrand::Rng) -> Settings {
    let all = ["us-west-2", "eu-west-1", "eu-central-1", "ap-south-1"].map(region);
    let mut regions = Regions {
        primary: region("us-east-1"),
        secondary: all[0].clone(),
        tertiary: None,
        copy_to: Vec::new(),
    };
    if rng.bool() {
        regions.tertiary = Some(all[1].clone());
        regions.copy_to = all[2..2 + rng.usize(..=2)].to_vec();
    }
    let mut settings = Settings::defaults(regions.clone());
    let count = rng.usize(1..=4);
    settings.rules = (0..count).map(|at| random_rule(rng, at, &regions)).collect();
    settings.select_tags.clear();
    settings.selections = (0..rng.usize(1..=3)).map(|at| random_selection(rng, at)).collect();
    settings
}

fn random_rule(rng: &mut fastrand::Rng, at: usize, regions: &Regions) -> Rule {
    let cold_days = rng.bool().then(|| rng.i64(1..60));
    let delete_days = rng.bool().then(|| cold_days.unwrap_or(0) + rng.i64(90..400));
    let lifecycle = Lifecycle { cold_days, delete_days };
    let continuous = rng.u8(..4) == 0;
    let short = Lifecycle { cold_days: None, delete_days: Some(rng.i64(1..=35)) };
    let names = regions.names();
    let copies = names[1..].iter().filter(|_| at == 0 || rng.bool());
    let copies = copies.map(|region| CopyTo {
        region: region.clone(),
        lifecycle: Lifecycle { cold_days: None, delete_days: Some(365) },
    });
    let copies: Vec<_> = copies.collect();
    let schedules = ["cron(0 5 ? * * *)", "cron(0 3 ? * SUN *)", "cron(30 1 1 * ? *)"];
    let start = rng.i64(60..600);
    Rule {
        name: format!("rule-{at}"),
        schedule: schedules[rng.usize(..3)].to_owned(),
        timezone: ["Etc/UTC", "Europe/Berlin"][rng.usize(..2)].to_owned(),
        start_window_minutes: start,
        completion_window_minutes: start + rng.i64(60..9000),
        lifecycle: if continuous { short } else { lifecycle },
        continuous,
        archive: false,
        copies,
        recovery_point_tags: BTreeMap::from([("Rule".to_owned(), at.to_string())]),
    }
}

fn random_selection(rng: &mut fastrand::Rng, at: usize) -> Selection {
    let value = |rng: &mut fastrand::Rng| ["a", "b", "c"][rng.usize(..3)].to_owned();
    let mut of = Selection { name: format!("selection-{at}"), ..Selection::default() };
    of.tags.insert(format!("Key{at}"), value(rng));
    if rng.bool() {
        let values = (0..2).map(|_| value(rng)).collect();
        of.any_tags.insert("Tier".to_owned(), values);
    }
    if rng.bool() {
        of.not_tags.insert("Stage".to_owned(), BTreeSet::from([value(rng), "test".to_owned()]));
    }
    if rng.bool() {
        of.like.insert("Team".to_owned(), format!("{}*", value(rng)));
    }
    if rng.bool() {
        of.not_resources.insert("arn:aws:s3:::scratch-*".to_owned());
    }
    match rng.u8(..3) {
        0 => drop(of.resources.insert("arn:aws:dynamodb:*:*:table/*".to_owned())),
        1 => drop(of.types.insert("S3".to_owned())),
        _ => (),
    }
    of
}

#[test]
fn nothing_is_lost_of_300_random_plans_that_mrbackup_makes_itself() {
    let mut rng = fastrand::Rng::with_seed(18);
    for _ in 0..300 {
        let settings = random(&mut rng);
        let partition = settings.regions.primary.partition();
        let names =
            Names { deployment: DeploymentName::default(), account: String::new(), partition };
        let content = own_file::read(&settings, &names, &BTreeMap::new(), &Place::default());
        let choice =
            Choice { secondary: Some(settings.regions.secondary.clone()), ..Choice::default() };
        let made = made(&content.plans[0], &content.vaults, &choice);
        assert_eq!(losses(&made), [""; 0], "{settings:#?}");
        assert_eq!(made.settings.rules, settings.rules);
        let sorted = |settings: &Settings| {
            let parts = settings.selected().into_iter().flat_map(|of| of.parts(partition));
            let mut parts: Vec<_> =
                parts.map(|part| serde_json::to_string(&part).unwrap()).collect();
            parts.sort();
            parts.dedup();
            parts
        };
        assert_eq!(sorted(&made.settings), sorted(&settings));
    }
}
