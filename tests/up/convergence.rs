//! Whatever the settings were, `up` makes of them what it would have made of an empty account; and there is always a selection.

use std::env;
use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::{Aws, account, canonical, difference};

/// Settings of a deployment, as far as a file can say them.
#[derive(Clone, Debug)]
struct Wish {
    /// Primary, secondary, and more.
    regions: Vec<&'static str>,
    tertiary: bool,
    /// Hours at which the rules begin; none for the default rules.
    hours: Vec<u8>,
    days: u16,
    select: &'static str,
    tags: Vec<&'static str>,
    key: Option<&'static str>,
    subscriber: Option<&'static str>,
    topic_key: Option<&'static str>,
    log_days: u8,
    bounded: bool,
}

fn wishes() -> impl Strategy<Value = Wish> {
    let regions = Just(vec!["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"]);
    let regions = (regions.prop_shuffle(), 2..=4_usize).prop_map(|(mut all, count)| {
        all.truncate(count);
        all
    });
    let hours = prop::sample::subsequence(vec![1, 11, 21], 0..=2);
    let option = prop::option::of;
    (
        (regions, any::<bool>(), hours, prop::sample::select(vec![40_u16, 400])),
        (
            prop::sample::select(vec!["Production", "Staging"]),
            prop::sample::subsequence(vec!["Team", "CostCenter"], 0..=2),
            option(prop::sample::select(vec!["key/1", "key/2"])),
            option(prop::sample::select(vec!["a@example.com", "b@example.com"])),
            option(prop::sample::select(vec!["key/3", "key/4"])),
            prop::sample::select(vec![30_u8, 90]),
            any::<bool>(),
        ),
    )
        .prop_map(|((regions, tertiary, hours, days), rest)| {
            let (select, tags, key, subscriber, topic_key, log_days, bounded) = rest;
            Wish {
                regions,
                tertiary,
                hours,
                days,
                select,
                tags,
                key,
                subscriber,
                topic_key,
                log_days,
                bounded,
            }
        })
}

impl Wish {
    fn toml(&self, account: &str) -> String {
        let mut text = String::new();
        let mut line = |line: String| writeln!(text, "{line}").unwrap();
        if self.bounded {
            line(format!("permissions_boundary = \"arn:aws:iam::{account}:policy/boundary\""));
        }
        let [primary, secondary, rest @ ..] = &self.regions[..] else { panic!("{self:?}") };
        line(format!("[regions]\nprimary = \"{primary}\"\nsecondary = \"{secondary}\""));
        let (tertiary, further) = rest.split_at(rest.len().min(usize::from(self.tertiary)));
        for region in tertiary {
            line(format!("tertiary = \"{region}\""));
        }
        line(format!("copy_to = {further:?}"));
        line(format!("[select_tags]\nEnvironment = \"{}\"", self.select));
        line("[tags]".to_owned());
        for tag in &self.tags {
            line(format!("{tag} = \"{}\"", self.days));
        }
        if let Some(key) = self.key {
            // Of one account for all: the vault's name depends on it.
            let arn = format!("arn:aws:kms:{secondary}:111122223333:{key}");
            line(format!("[kms_keys]\n{secondary} = \"{arn}\""));
        }
        line(format!("[alerts]\nlog_retention_days = {}", self.log_days));
        line(format!("email = {:?}", self.subscriber.iter().collect::<Vec<_>>()));
        if let Some(key) = self.topic_key {
            let arn = format!("arn:aws:kms:{secondary}:111122223333:{key}");
            line(format!("[alerts.kms_keys]\n{secondary} = \"{arn}\""));
        }
        for hour in &self.hours {
            let days = self.days;
            line(format!(
                "[[rules]]\nname = \"at-{hour}\"\nschedule = \"cron(0 {hour} ? * * *)\"\n\
                 start_window_minutes = 60\ndelete_after_days = {days}"
            ));
            for region in [secondary].into_iter().chain(rest) {
                line(format!(
                    "[[rules.copies]]\nregion = \"{region}\"\ndelete_after_days = {days}"
                ));
            }
        }
        text
    }
}

/// Runs `up` with this wish, lets whoever was asked confirm, and finishes what waited for that.
fn up(aws: &Aws, wish: &Wish) {
    let file = aws.file("mrbackup.toml", &wish.toml(aws.id()));
    let config = ["--config", &file];
    aws.clear_log();
    let flags = ["--allow-less-protection", "--allow-gaps", "--allow-foreign-keys"];
    aws.mrbackup(["up"].into_iter().chain(config).chain(flags)).success();
    assert_always_a_selection(aws);
    if let Some(address) = wish.subscriber {
        for region in &wish.regions[..2] {
            aws.confirm_email(region, address);
        }
        aws.mrbackup(["up"].into_iter().chain(config).chain(flags)).success();
    }
    aws.mrbackup(["plan", "--exit-code"].into_iter().chain(config)).success();
}

/// After the first selection was made, one more is made before each one goes.
#[track_caller]
fn assert_always_a_selection(aws: &Aws) {
    let writes = aws.writes();
    let made = writes.iter().position(|call| call.is("backup", "CreateBackupSelection"));
    let gone = writes.iter().position(|call| call.is("backup", "DeleteBackupSelection"));
    if let Some(gone) = gone {
        assert!(made.is_some_and(|made| made < gone), "{:?}", aws.write_names());
    }
}

#[test]
fn up_after_up_is_as_if_the_first_had_never_been() {
    // The same cases in every run; a failing one is shrunk as usual.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let usual = Config::default();
    // `.ci/long` asks for more.
    let cases = if env::var_os("PROPTEST_CASES").is_some() { usual.cases } else { 8 };
    let config = Config { cases, max_shrink_iters: 20, failure_persistence: None, ..usual };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let sequences = prop::collection::vec(wishes(), 2..=3);
    let outcome = runner.run(&sequences, |sequence| {
        let aws = account();
        for wish in &sequence {
            up(&aws, wish);
        }
        let fresh = account();
        up(&fresh, sequence.last().unwrap());
        prop_assert_eq!(difference(&canonical(&aws), &canonical(&fresh)), "");
        Ok(())
    });
    outcome.unwrap();
}
