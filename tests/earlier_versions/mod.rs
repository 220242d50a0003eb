//! Deployments that earlier versions made are read, converged with no change but what is new, and removed.

mod fixture;
mod made_today;

use std::collections::BTreeSet;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD as BASE64, Engine as _};
use local_aws::Call;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Aws, Outcome, account_numbered};
use fixture::Fixture;

/// A test for each fixture, by its path below `tests/deployments`.
macro_rules! fixtures {
    ($($test:ident: $path:literal,)*) => {
        const TESTED: &[&str] = &[$($path),*];

        $(
            #[test]
            fn $test() {
                is_read_converged_and_removed($path);
            }
        )*
    };
}

fixtures! {
    the_defaults_of_1518102: "0.1.0-schema1-1518102/defaults.json",
    much_set_by_1518102: "0.1.0-schema1-1518102/much-set.json",
    much_set_by_8ae3e9c: "0.1.0-schema1-8ae3e9c/much-set.json",
    much_set_by_ceb1bd6: "0.1.0-schema1-ceb1bd6/much-set.json",
    a_region_dropped_by_1518102: "0.1.0-schema1-1518102/region-dropped.json",
    the_defaults_of_6c2da8d: "0.1.0-schema1-6c2da8d/defaults.json",
    much_set_by_6c2da8d: "0.1.0-schema1-6c2da8d/much-set.json",
    a_region_dropped_by_6c2da8d: "0.1.0-schema1-6c2da8d/region-dropped.json",
    much_set_by_04bd24c: "0.1.0-schema1-04bd24c/much-set.json",
    the_defaults_of_06825ce: "0.1.0-schema1-06825ce/defaults.json",
    much_set_by_06825ce: "0.1.0-schema1-06825ce/much-set.json",
    a_region_dropped_by_06825ce: "0.1.0-schema1-06825ce/region-dropped.json",
    the_defaults_of_bc0d98f: "0.1.0-schema1-bc0d98f/defaults.json",
    much_set_by_bc0d98f: "0.1.0-schema1-bc0d98f/much-set.json",
    a_region_dropped_by_bc0d98f: "0.1.0-schema1-bc0d98f/region-dropped.json",
    much_set_by_59b9f40: "0.1.0-schema1-59b9f40/much-set.json",
}

#[test]
fn no_fixture_is_forgotten_and_each_says_what_made_it() {
    let paths = fixture::paths();
    let listed: BTreeSet<&str> = TESTED.iter().copied().collect();
    assert_eq!(paths.iter().map(String::as_str).collect::<BTreeSet<_>>(), listed);
    let fixtures: Vec<Fixture> = paths.iter().map(|path| Fixture::read(path)).collect();
    for (path, fixture) in paths.iter().zip(&fixtures) {
        let record = fixture.record();
        let maker = format!("{}-schema{}-", record.writer, record.schema);
        assert!(path.starts_with(&maker), "{path} was made by {maker}");
    }
    let accounts: BTreeSet<&str> = fixtures.iter().map(Fixture::account).collect();
    assert_eq!(accounts.len(), fixtures.len(), "each has an account of its own");
    let used: BTreeSet<String> = fixtures.iter().flat_map(Fixture::files).collect();
    assert_eq!(fixture::code_files(), used);
}

/// A fixture in its account, and this version's program.
struct Deployment {
    fixture: Fixture,
    aws: Aws,
}

impl Deployment {
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Outcome {
        self.aws.mrbackup(arguments.iter().chain(&["-o", "json", "--name", self.fixture.name()]))
    }

    /// What the program wrote since the log was cleared, each as `lambda.UpdateFunctionCode us-east-1`.
    fn written(&self) -> Vec<String> {
        self.aws.writes().iter().map(Call::name).collect()
    }
}

fn is_read_converged_and_removed(path: &str) {
    let fixture = Fixture::read(path);
    let aws = account_numbered(fixture.account());
    let before = aws.inventory();
    fixture.put(&aws);
    let made = aws.inventory();
    let deployment = Deployment { fixture, aws };

    has_the_settings(&deployment);
    is_written_as_a_file(&deployment);
    let new = differs_in_what_is_new(&deployment);
    assert_eq!(new.forwarding, deployment.fixture.not_forwarding(), "and in no other region");
    hears_of_deletions(&deployment.fixture, &new);
    keeps_what_is_not_delivered(&deployment.fixture, &new);
    may_judge(&deployment.fixture, &new);
    assert_eq!(deployment.written(), [""; 0], "looking changes nothing");
    deployment.run(&["up"]).success();
    if new.is_nothing() {
        assert_eq!(deployment.written(), [""; 0]);
        assert_eq!(deployment.aws.inventory(), made);
    } else {
        has_what_is_new(&deployment, &new);
        assert!(differs_in_what_is_new(&deployment).is_nothing());
    }
    deployment.fixture.expire_points(&deployment.aws);
    deployment.run(&["down"]).success();
    assert_eq!(deployment.aws.inventory(), before);
}

/// Every setting is as its maker showed it. What only later versions can set is not in the fixture.
#[track_caller]
fn has_the_settings(deployment: &Deployment) {
    let shown = fixture::settings(&deployment.run(&["config", "show"]).success().json());
    let of_maker: Vec<String> =
        deployment.fixture.settings().iter().flat_map(|line| as_named_today(line)).collect();
    let known: BTreeSet<String> = of_maker.iter().map(|line| name(line)).collect();
    let shown: Vec<String> = shown.into_iter().filter(|line| known.contains(&name(line))).collect();
    assert_eq!(shown, of_maker);
}

fn name(line: &str) -> String {
    line.split(" = ").next().unwrap_or_default().to_owned()
}

/// A line of `config show` under the names that the file has: earlier versions showed all tags of a table in one, and
/// subscribers and copy regions by names of their own.
fn as_named_today(line: &str) -> Vec<String> {
    let name = name(line);
    let value = &line[name.len() + " = ".len()..];
    let one = |name: &str| vec![format!("{name} = {value}")];
    let is_table =
        ["tags", "select_tags"].contains(&&*name) || name.ends_with(".recovery_point_tags");
    match name.as_str() {
        "regions.copy" => one("regions.copy_to"),
        "alerts.subscribers" if value.starts_with("none ") => {
            [one("alerts.email"), one("alerts.notify")].concat()
        }
        "alerts.subscribers" => one("alerts.notify"),
        _ if is_table && !value.starts_with("none ") => {
            let (tags, origin) = value.rsplit_once(" (").unwrap();
            let row = |tag: &str| {
                let (key, value) = tag.split_once('=').unwrap();
                let quote = if key.contains(':') { "\"" } else { "" };
                format!("{name}.{quote}{key}{quote} = {value} ({origin}")
            };
            tags.split(", ").map(row).collect()
        }
        _ => one(&name),
    }
}

/// What `config init` writes reads back as the same settings, and `plan` finds what it finds without it.
#[track_caller]
fn is_written_as_a_file(deployment: &Deployment) {
    let beside = deployment.aws.file("written/.keep", "");
    let file = Path::new(&beside).with_file_name("mrbackup.toml");
    let file = file.to_str().unwrap();
    let written = deployment.run(&["config", "init", "--force", file]).success().json();
    assert_eq!(written["unknown_subscribers"], 0, "{written:#}");
    let values = |arguments: &[&str]| -> Vec<String> {
        let shown = fixture::settings(&deployment.run(arguments).success().json());
        let of_subscribers =
            |line: &String| !line.starts_with("alerts.email") && !line.starts_with("alerts.notify");
        let value = |line: String| line.rsplit_once(" (").unwrap().0.to_owned();
        shown.into_iter().filter(of_subscribers).map(value).collect()
    };
    assert_eq!(values(&["config", "show", "--config", file]), values(&["config", "show"]));
    let planned = |arguments: &[&str]| {
        let mut plan = deployment.run(arguments).success().json();
        for changing in ["at", "config_file"] {
            plan.as_object_mut().unwrap().remove(changing);
        }
        plan
    };
    assert_eq!(planned(&["plan", "--config", file]), planned(&["plan"]));
}

/// A function whose embedded code is not what the deployment has.
#[derive(Debug, PartialEq)]
struct NewCode {
    region: String,
    function: String,
    sha256: String,
    /// A validator of this version is told which rules give no end, if there are any.
    told: bool,
}

/// What a later version has in place of its maker's, or beside it.
#[derive(Debug, Default, PartialEq)]
struct New {
    code: Vec<NewCode>,
    /// The regions whose events are to be forwarded.
    forwarding: BTreeSet<String>,
    /// Those whose alarm rule is to take more: what is forwarded, and deleted recovery points.
    taking: BTreeSet<String>,
    /// Those whose rule is to forward deleted recovery points too.
    sending: BTreeSet<String>,
    /// The queues of what a rule cannot deliver, by region and kind.
    queues: BTreeSet<(String, String)>,
    /// The targets that are there and are to have one.
    targets: BTreeSet<(String, String)>,
    /// The regions whose validator is to be let judge restores.
    judging: BTreeSet<String>,
}

impl New {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The kinds that forward, in the order of the alphabet.
const FORWARDING: [&str; 3] = ["forwarding role", "forwarding rule", "forwarding target"];
/// The kinds that send to a queue what they cannot deliver.
const TARGETS: [&str; 3] = ["event target", "forwarding target", "watchdog target"];

/// `plan` and `status` find all as it is wanted, but for the changes that a later version may make: its own code in
/// place of its maker's, with what that code has to be told of rules that the deployment has, what forwards events of
/// regions without alarms where its maker had none of that, and the deleted recovery points that rules listen to.
#[track_caller]
fn differs_in_what_is_new(deployment: &Deployment) -> New {
    let plan = deployment.run(&["plan"]).success().json();
    let new = new(deployment, &plan, ["to-change", "to-create"]);
    let counts = ["create", "change", "delete"].map(|count| plan[count].as_u64());
    let rules = new.taking.len() + new.sending.len() + new.targets.len();
    let changed = new.code.len() + rules + new.judging.len();
    let wanted = [new.forwarding.len() * FORWARDING.len() + new.queues.len(), changed, 0];
    assert_eq!(counts, wanted.map(|count| u64::try_from(count).ok()), "{plan:#}");
    assert_eq!(plan["changes"], !new.is_nothing(), "{plan:#}");
    let status = deployment.run(&["status"]);
    let status = if new.is_nothing() { status.all_as_recorded() } else { status.code(3) }.json();
    assert_eq!(self::new(deployment, &status, ["differs", "missing"]), new);
    new
}

/// The rules that its maker had not listen to deleted recovery points are to, and those that take what is forwarded anew.
#[track_caller]
fn hears_of_deletions(fixture: &Fixture, new: &New) {
    let (primary, secondary) = (fixture.primary(), fixture.secondary());
    let without = fixture.without_alarms();
    let without: Vec<&str> = without.iter().map(String::as_str).collect();
    let mut taking = fixture.deaf_to_deletions("jobs", &[&primary, &secondary]);
    taking.extend((!new.forwarding.is_empty()).then_some(secondary));
    assert_eq!(new.taking, taking);
    assert_eq!(new.sending, fixture.deaf_to_deletions("forward", &without));
}

/// The validators in whose roles its maker put no right to judge get it, where the deployment still has alarms.
#[track_caller]
fn may_judge(fixture: &Fixture, new: &New) {
    let mut judging = fixture.without_judge();
    let without = fixture.without_alarms();
    judging.retain(|region| !without.contains(region));
    assert_eq!(new.judging, judging);
}

/// A maker of no queues gets one for each rule, and each target that is there is to have it.
#[track_caller]
fn keeps_what_is_not_delivered(fixture: &Fixture, new: &New) {
    if fixture.has_queues() {
        assert_eq!((new.queues.len(), new.targets.len()), (0, 0));
        return;
    }
    let alarms = [fixture.primary(), fixture.secondary()].map(|region| (region, "event target"));
    let watchdog = [(fixture.secondary(), "watchdog target")];
    let others = fixture.without_alarms().into_iter().map(|region| (region, "forwarding target"));
    let rules: BTreeSet<(String, &str)> =
        alarms.into_iter().chain(watchdog).chain(others).collect();
    assert_eq!(new.queues.len(), rules.len(), "one for each rule: {new:?}");
    let is_there = |(region, kind): &(String, &str)| {
        *kind != "forwarding target" || !new.forwarding.contains(region)
    };
    let there = rules.into_iter().filter(is_there);
    let there: BTreeSet<(String, String)> =
        there.map(|(region, kind)| (region, kind.to_owned())).collect();
    assert_eq!(new.targets, there);
}

/// What is new. Every other row is of a resource that is as it should be.
#[track_caller]
fn new(deployment: &Deployment, report: &Value, [changing, missing]: [&str; 2]) -> New {
    let rows = report["resources"].as_array().unwrap();
    assert!(rows.len() > 20, "{report:#}");
    let mut new = New::default();
    let mut made = BTreeSet::new();
    for row in rows {
        let text = |member: &str| row[member].as_str().unwrap_or_default().to_owned();
        let condition = text("condition");
        if condition == missing && text("kind").ends_with("dead-letter queue") {
            new.queues.insert((text("region"), text("kind")));
        } else if condition == missing {
            assert!(FORWARDING.contains(&&*text("kind")), "{row:#}");
            made.insert((text("region"), text("kind")));
            new.forwarding.insert(text("region"));
        } else if row["changes"].as_array().is_none_or(Vec::is_empty) {
            assert!(["ok", "none-wanted", "retained"].contains(&&*condition), "{row:#}");
        } else if ["event rule", "forwarding rule"].contains(&&*text("kind")) {
            assert_eq!(condition, changing, "{row:#}");
            assert_eq!(row["changes"].as_array().unwrap().len(), 1, "{row:#}");
            assert_eq!(row["changes"][0]["field"], "pattern.$or", "{row:#}");
            let is_forwarding = text("kind") == "forwarding rule";
            let rules = if is_forwarding { &mut new.sending } else { &mut new.taking };
            rules.insert(text("region"));
        } else if TARGETS.contains(&&*text("kind")) {
            assert_eq!(condition, changing, "{row:#}");
            assert_eq!(row["changes"].as_array().unwrap().len(), 1, "{row:#}");
            assert_eq!(row["changes"][0]["field"], "dead_letter_queue", "{row:#}");
            new.targets.insert((text("region"), text("kind")));
        } else if text("kind") == "validator role" {
            assert_eq!(condition, changing, "{row:#}");
            for change in row["changes"].as_array().unwrap() {
                let field = change["field"].as_str().unwrap_or_default();
                assert!(field.starts_with("policy"), "{row:#}");
            }
            new.judging.insert(text("region"));
        } else {
            assert_eq!(condition, changing, "{row:#}");
            new.code.push(code_change(deployment, row));
        }
    }
    assert_eq!(made.len(), new.forwarding.len() * FORWARDING.len(), "{made:?}");
    new
}

#[track_caller]
fn code_change(deployment: &Deployment, row: &Value) -> NewCode {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (region, function) = (text(&row["region"]), text(&row["name"]));
    let changes = row["changes"].as_array().unwrap();
    let (change, told) = match &changes[..] {
        [change] => (change, false),
        [change, told] => {
            assert_eq!(told["field"], "configuration.environment.KEPT_FOR_EVER", "{row:#}");
            assert!(told["old"].is_null() && function.ends_with("-validator"), "{row:#}");
            assert_eq!(deployment.fixture.0["name"], "prod-2", "it alone has such a rule: {row:#}");
            (change, true)
        }
        _ => panic!("more than the code would change: {row:#}"),
    };
    assert_eq!(change["field"], "code_sha256", "more than the code would change: {row:#}");
    assert_eq!(text(&change["old"]), code_sha256(deployment, &region, &function), "{row:#}");
    assert_ne!(change["old"], change["new"], "{row:#}");
    NewCode { region, function, sha256: text(&change["new"]), told }
}

/// Of the code that the deployment was made with.
fn code_sha256(deployment: &Deployment, region: &str, function: &str) -> String {
    BASE64.encode(Sha256::digest(deployment.fixture.code(region, function)))
}

/// `up` has written what is new, the record that goes with a changing run, and nothing else.
#[track_caller]
fn has_what_is_new(deployment: &Deployment, new: &New) {
    let New { code: new_code, forwarding, taking, sending, queues, targets, judging } = new;
    let record = ["iam.TagRole", "iam.UntagRole", "backup.TagResource", "backup.UntagResource"];
    let of_the_record = |call: &String| record.iter().any(|name| call.starts_with(name));
    let mut written = deployment.written();
    written.retain(|call| !of_the_record(call));
    written.sort();
    let mut wanted: Vec<String> =
        new_code.iter().map(|code| format!("lambda.UpdateFunctionCode {}", code.region)).collect();
    let told = new_code.iter().filter(|code| code.told);
    wanted.extend(told.map(|code| format!("lambda.UpdateFunctionConfiguration {}", code.region)));
    let rules = forwarding.iter().chain(taking).chain(sending);
    wanted.extend(rules.map(|region| format!("events.PutRule {region}")));
    wanted.extend(queues.iter().map(|(region, _)| format!("sqs.CreateQueue {region}")));
    wanted.extend(targets.iter().map(|(region, _)| format!("events.PutTargets {region}")));
    // IAM is asked in the primary's name.
    let primary = deployment.fixture.primary();
    for region in forwarding {
        wanted.push(format!("events.PutTargets {region}"));
        wanted.extend(["CreateRole", "PutRolePolicy"].map(|call| format!("iam.{call} {primary}")));
    }
    wanted.extend(judging.iter().map(|_| format!("iam.PutRolePolicy {primary}")));
    wanted.sort();
    assert_eq!(written, wanted);
    for NewCode { region, function, sha256, .. } in new_code {
        let name = json!({ "FunctionName": function });
        let now = deployment.aws.call("lambda", region, "get_function_configuration", name);
        assert_eq!(now["CodeSha256"], json!(sha256), "{function} in {region}");
    }
}

const EMPTY_ZIP: &str = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==";

/// The rule for later versions, tried on a deployment whose maker had other code.
#[test]
fn other_code_is_all_that_is_changed() {
    let (mut fixture, aws) = made_today::defaults();
    let other = json!({ "$base64": EMPTY_ZIP });
    let (region, name) = ("us-west-2", "mrbackup-default-validator");
    let update = json!({ "FunctionName": name, "ZipFile": other });
    aws.call("lambda", region, "update_function_code", update);
    fixture.set_code(region, name, other);
    fixture.confirm(&aws);
    let deployment = Deployment { fixture, aws };
    let new = differs_in_what_is_new(&deployment);
    let changed: Vec<(&str, &str)> =
        new.code.iter().map(|code| (code.region.as_str(), code.function.as_str())).collect();
    assert_eq!(changed, [(region, name)]);
    hears_of_deletions(&deployment.fixture, &new);
    deployment.aws.clear_log();
    deployment.run(&["up"]).success();
    has_what_is_new(&deployment, &new);
    assert!(differs_in_what_is_new(&deployment).is_nothing());
}
