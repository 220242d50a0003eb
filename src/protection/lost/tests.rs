use super::*;
use crate::model::settings::Classes;
use crate::model::settings::tests::regions;

fn settings() -> Settings {
    Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1"]))
}

fn lines(change: impl Fn(&mut Settings)) -> Vec<String> {
    let mut new = settings();
    change(&mut new);
    lost_protection(&settings(), &new, Timestamp::UNIX_EPOCH)
}

#[test]
fn no_change_and_more_protection_are_silent() {
    assert!(lines(|_| ()).is_empty());
    assert!(lines(|new| new.rules[1].lifecycle.delete_days = None).is_empty());
    assert!(lines(|new| drop(new.select_tags.remove("Environment"))).is_empty());
    assert!(lines(|new| new.subscribers.extend(["x".to_owned()])).is_empty());
}

/// For ever is as long as the source's end, as AWS Backup has it.
#[test]
fn a_copy_without_an_end_of_its_own_is_no_longer_kept_than_its_source() {
    let lines = lines(|new| {
        new.rules[0].lifecycle.delete_days = Some(200);
        new.rules[0].copies[0].lifecycle.delete_days = None;
    });
    let said = "rule daily keeps copies in us-west-2 200 days, 365 days before";
    assert!(lines.iter().any(|line| line.contains(said)), "{lines:?}");
}

#[test]
fn each_kind_of_less_is_said() {
    for (change, said) in [
        (
            (|new: &mut Settings| new.rules[0].lifecycle.delete_days = Some(200))
                as fn(&mut Settings),
            "rule daily keeps backups 200 days, 365 days before",
        ),
        (
            |new| new.rules[1].copies[0].lifecycle.delete_days = Some(400),
            "rule weekly keeps copies in eu-west-1 400 days, 2555 days before",
        ),
        (|new| drop(new.rules[1].copies.remove(0)), "rule weekly no longer copies to eu-west-1"),
        (|new| drop(new.rules.remove(1)), "rule weekly is removed"),
        // Kept longer than the weekly backup, the daily one wins on Sundays.
        (|new| new.rules[0].lifecycle.delete_days = None, "no rule reaches eu-west-1 any longer"),
        (
            |new| drop(new.select_tags.insert("Team".to_owned(), "x".to_owned())),
            "resources need the tag Team=x from now on",
        ),
        (
            |new| new.rules[0].schedule = "cron(0 2 ? * * 2090)".to_owned(),
            "rule daily runs for the last time on 2090-12-31, without end before",
        ),
        (
            |new| new.rules[0].schedule = "cron(0 2 ? * MON *)".to_owned(),
            "the newest backup in us-west-2 may be",
        ),
    ] {
        let lines = lines(change);
        assert!(lines.iter().any(|line| line.contains(said)), "{said}: {lines:?}");
    }
}

#[test]
fn what_a_selection_took_and_no_other_takes_is_lost() {
    let named = |name: &str, tags: &[(&str, &str)]| Selection {
        name: name.to_owned(),
        tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        ..Selection::default()
    };
    let mut old = settings();
    old.selections = vec![named("gold", &[("Tier", "gold")]), named("gone", &[("Team", "x")])];
    let mut new = old.clone();
    new.selections[0].tags.insert("Stage".to_owned(), "prod".to_owned());
    new.selections[1] = named("all", &[]);
    new.selections[1].types.insert("S3".to_owned());
    assert_eq!(
        lost_protection(&old, &new, Timestamp::UNIX_EPOCH),
        [
            "selection gold takes resources with Stage=prod and Tier=gold from now on, and with Tier=gold before: those that no selection takes are no longer backed up",
            "selection gone is removed: resources with Team=x that no other takes are no longer backed up",
        ]
    );
    new.selections = vec![named("renamed", &[("Tier", "gold")]), named("gone", &[("Team", "x")])];
    assert!(lost_protection(&old, &new, Timestamp::UNIX_EPOCH).is_empty());
    assert!(lost_protection(&settings(), &new, Timestamp::UNIX_EPOCH).is_empty());
}

#[test]
fn ages_are_said_to_the_minute() {
    let hourly = |new: &mut Settings, window| {
        new.rules[0].schedule = "cron(0 * ? * * *)".to_owned();
        new.rules[0].start_window_minutes = window;
    };
    let (mut old, mut new) = (settings(), settings());
    old.rules.truncate(1);
    new.rules.truncate(1);
    hourly(&mut old, 60);
    hourly(&mut new, 70);
    let lines = lost_protection(&old, &new, Timestamp::UNIX_EPOCH);
    let said = "the newest backup in us-west-2 may be 2 h 10 min old, 2 h before";
    assert!(lines.iter().any(|line| line == said), "{lines:?}");
}

#[test]
fn the_last_subscriber_is_missed() {
    let mut old = settings();
    old.subscribers.insert("x".to_owned());
    let lines = lost_protection(&old, &settings(), Timestamp::UNIX_EPOCH);
    assert_eq!(lines, ["the last subscriber is removed: no one is notified of failures"]);
}

#[test]
fn who_got_alarms_and_gets_them_no_longer_is_missed() {
    let with = |change: fn(&mut Settings)| {
        let mut settings = settings();
        settings.subscribers.insert("x".to_owned());
        change(&mut settings);
        settings
    };
    let give = |settings: &mut Settings, region: Region| {
        settings.given_topics.insert(region, "arn:theirs".to_owned());
    };
    let own = with(|_| ());
    let mut given = with(|settings| settings.subscribers.clear());
    for region in own.regions.with_alarms() {
        give(&mut given, region.clone());
    }
    let lines = |old, new| lost_protection(old, new, Timestamp::UNIX_EPOCH);
    assert_eq!(lines(&own, &given), [""; 0], "who has confirmed there is read");
    assert_eq!(
        lines(&given, &own)[0],
        "alarms of us-east-1 are no longer sent to arn:theirs: subscribers of a topic of this deployment have to confirm first"
    );
    let mut one = given.clone();
    one.given_topics.remove(&given.regions.primary);
    let line = "the last subscriber is removed: no one is notified through the topic of us-east-1";
    assert_eq!(lines(&own, &one), [line]);
}

/// A change of a setting that protects less.
type Change = (&'static str, fn(&mut Settings));

fn to<const N: usize>(settings: &mut Settings, names: [&str; N]) {
    let now = settings.clone();
    *settings = now.moved_to(regions(names)).unwrap();
}

fn databases(new: &mut Settings) -> &mut Selection {
    &mut new.selections[0]
}

fn one_of(key: &str, value: &str) -> BTreeMap<String, BTreeSet<String>> {
    BTreeMap::from([(key.to_owned(), BTreeSet::from([value.to_owned()]))])
}

const JUDGED: &[Change] = &[
    ("regions.primary", |new| to(new, ["us-west-2", "us-east-1", "eu-west-1", "ap-south-1"])),
    ("regions.secondary", |new| to(new, ["us-east-1", "us-west-1", "eu-west-1", "ap-south-1"])),
    ("regions.tertiary", |new| new.regions.tertiary = None),
    ("regions.copy_to", |new| new.regions.copy_to.clear()),
    ("permissions_boundary", |new| new.permissions_boundary = None),
    ("select_tags", |new| drop(new.select_tags.insert("Team".to_owned(), "x".to_owned()))),
    ("alerts.email", |new| new.subscribers.clear()),
    ("alerts.notify", |new| new.subscribers.clear()),
    ("alerts.recovery_alarms", |new| new.recovery_alarms.clear()),
    ("alerts.kms_keys", |new| new.topic_keys.clear()),
    ("topic", |new| new.given_topics.clear()),
    ("freshness.allowance_hours_by_type", |new| {
        new.allowance_hours_by_type.insert("S3".to_owned(), 48);
    }),
    ("kms_keys", |new| new.kms_keys.clear()),
    ("restore_test.regions", |new| new.restore_test.regions.clear()),
    ("restore_test.types", |new| drop(new.restore_test.types.pop_first())),
    ("selections", |new| new.selections.clear()),
    ("selections.*.tags", |new| drop(databases(new).tags.insert("A".to_owned(), "b".to_owned()))),
    ("selections.*.any_tags", |new| databases(new).any_tags = one_of("Tier", "gold")),
    ("selections.*.not_tags", |new| databases(new).not_tags = one_of("Stage", "test")),
    ("selections.*.like", |new| {
        databases(new).like.insert("Name".to_owned(), "prod*".to_owned());
    }),
    ("selections.*.resources", |new| {
        databases(new).resources.insert("arn:aws:s3:::a".to_owned());
    }),
    ("selections.*.not_resources", |new| {
        databases(new).not_resources.insert("arn:aws:s3:::a".to_owned());
    }),
    ("selections.*.types", |new| drop(databases(new).types.pop_first())),
    ("rules", |new| drop(new.rules.remove(1))),
    ("rules.*.schedule", |new| new.rules[0].schedule = "cron(0 2 ? * MON *)".to_owned()),
    ("rules.*.start_window_minutes", |new| {
        new.rules.iter_mut().for_each(|rule| rule.start_window_minutes += 60);
    }),
    ("rules.*.delete_after_days", |new| new.rules[0].lifecycle.delete_days = Some(200)),
    ("rules.*.continuous", |new| new.rules[0].continuous = false),
    ("rules.*.copies", |new| new.rules[0].copies.clear()),
    ("rules.*.copies.*.delete_after_days", |new| {
        new.rules[0].copies[0].lifecycle.delete_days = Some(200);
    }),
    ("plans", |new| new.plans.clear()),
    ("plans.*.select_tags", |new| drop(new.plans[0].selections.pop())),
    ("classes.values", |new| {
        let classes = new.classes.as_mut().unwrap();
        classes.values.insert("high".to_owned(), "brief".to_owned());
    }),
    ("classes.otherwise", |new| {
        new.classes.as_mut().unwrap().otherwise = Some("brief".to_owned());
    }),
];

/// Settings whose rules and selections stand in a plan.
fn in_a_plan(of: &Settings) -> Settings {
    let (rules, selections) = (of.rules.clone(), of.selections.clone());
    let plans = vec![Plan { name: "gold".to_owned(), rules, selections }];
    Settings {
        plans,
        rules: Vec::new(),
        selections: Vec::new(),
        select_tags: BTreeMap::new(),
        ..of.clone()
    }
}

/// The class of the most critical in a plan of its own, and the rest in that of the top.
fn with_classes(of: &Settings) -> Settings {
    let (name, rules) = ("gold".to_owned(), of.rules.clone());
    let values = BTreeMap::from([("high".to_owned(), name.clone())]);
    let classes = Classes { tag: "Criticality".to_owned(), values, otherwise: None };
    let selections = vec![Selection::tagged(BTreeMap::from([("Team".to_owned(), "x".to_owned())]))];
    let mut brief = vec![rules[0].clone()];
    brief[0].lifecycle.delete_days = Some(200);
    let plans = vec![
        Plan { name, rules, selections: selections.clone() },
        Plan { name: "brief".to_owned(), rules: brief, selections },
    ];
    Settings { plans, classes: Some(classes), ..of.clone() }
}

#[test]
fn resources_that_change_their_plan_lose_nothing_where_it_keeps_as_much() {
    let old = settings();
    let lines = |new: &Settings| lost_protection(&old, new, Timestamp::UNIX_EPOCH);
    let mut new = with_classes(&old);
    assert_eq!(lines(&new), [""; 0]);
    let rules = &mut new.plans[0].rules;
    rules[1].lifecycle.delete_days = Some(400);
    rules[1].copies.retain(|copy| copy.region.as_str() != "eu-west-1");
    let moved = "resources with BackupEnabled=true and Environment=Production can move from plan main to gold";
    assert_eq!(
        lines(&new),
        [
            format!("{moved}, which keeps them 400 days in us-east-1, 2555 days before"),
            format!("{moved}, which has nothing in eu-west-1"),
        ]
    );
    // What nothing takes any longer is lost, in whichever plan it was.
    let back = lost_protection(&new, &in_a_plan(&old), Timestamp::UNIX_EPOCH);
    assert!(back.iter().any(|line| line.contains("no longer backed up")), "{back:?}");
}

#[test]
fn what_the_table_says_is_judged_here_is() {
    let mut old =
        Settings::defaults(regions(["us-east-1", "us-west-2", "eu-west-1", "ap-south-1"]));
    let key =
        |names: &[Region]| names.iter().map(|name| (name.clone(), "key".to_owned())).collect();
    old.kms_keys = key(&old.regions.names());
    old.topic_keys = key(&old.regions.names()[..2]);
    old.given_topics = key(&old.regions.names()[..1]);
    old.permissions_boundary = Some("arn".to_owned());
    old.subscribers.insert("x".to_owned());
    old.recovery_alarms.insert(old.regions.secondary.clone());
    old.restore_test.regions.insert(old.regions.secondary.clone());
    let types = ["RDS", "S3"].map(str::to_owned);
    old.selections.push(Selection {
        name: "databases".to_owned(),
        types: BTreeSet::from(types),
        ..Selection::default()
    });
    old.rules[0].continuous = true;
    for (path, change) in JUDGED {
        let is_of_plans = path.starts_with("plans") || path.starts_with("classes");
        let old = if is_of_plans { with_classes(&old) } else { old.clone() };
        let mut new = old.clone();
        change(&mut new);
        let lines = lost_protection(&old, &new, Timestamp::UNIX_EPOCH);
        assert!(!lines.is_empty(), "{path}");
    }
    let judged = table::all().filter(|entry| matches!(entry.less, table::Less::Judged));
    let (in_plans, judged): (Vec<_>, Vec<&table::Entry>) =
        judged.partition(|entry| entry.at_top().is_some());
    let judged: Vec<&str> = judged.into_iter().map(|entry| entry.path).collect();
    assert_eq!(JUDGED.iter().map(|(path, _)| *path).collect::<Vec<_>>(), judged);
    for entry in in_plans {
        let at_top = entry.at_top().unwrap().path;
        let (_, change) = JUDGED.iter().find(|(path, _)| *path == at_top).unwrap();
        let old = in_a_plan(&old);
        let mut changed = old.clone();
        (changed.rules, changed.selections) =
            (old.plans[0].rules.clone(), old.plans[0].selections.clone());
        change(&mut changed);
        let mut new = old.clone();
        (new.plans[0].rules, new.plans[0].selections) = (changed.rules, changed.selections);
        assert!(!lost_protection(&old, &new, Timestamp::UNIX_EPOCH).is_empty(), "{}", entry.path);
    }
}
