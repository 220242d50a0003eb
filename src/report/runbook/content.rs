//! What a runbook consists of, before it is written: the commands of each resource, and what has none.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::instant;
use crate::model::time::Time;
use crate::recovery::translate::Obstacle;
use crate::report::runbook::shell::{one_line, word};
use crate::report::runbook::steps::{Command, RunbookScope, Step, Steps};
use crate::restores::{Item, LeftOut, RecoveryPlan};

/// Seconds between two looks at a restore job, and how many looks there are: four hours. AWS CLI's own waiters stop at 20 minutes.
const PAUSE: u32 = 30;
const LOOKS: u32 = 480;

/// Everything that a runbook shows.
pub(super) struct Content<'a> {
    pub(super) set_up: Vec<Command>,
    pub(super) covered: Vec<Covered<'a>>,
    pub(super) not_covered: Vec<NotRestored>,
    /// When the first of the recovery points expires or moves to cold storage.
    pub(super) good_until: Option<Time>,
    pub(super) warnings: Vec<String>,
}

/// A resource that the commands do not bring back.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct NotRestored {
    /// ARN of the resource that was backed up.
    pub(super) resource: String,
    /// AWS Backup's name of its type.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Why, and the setting that helps.
    pub(super) reasons: Vec<String>,
    /// The command with which a person does it, words in capitals filled in; `null` where there is none.
    pub(super) command: Option<String>,
}

/// One resource that the commands bring back.
pub(super) struct Covered<'a> {
    pub(super) number: usize,
    pub(super) item: &'a Item,
    pub(super) start: Vec<Command>,
    pub(super) other_zones: Vec<Command>,
    pub(super) wait: Vec<Command>,
    pub(super) finish: Vec<Command>,
    pub(super) differs: Vec<String>,
}

impl<'a> Content<'a> {
    pub(super) fn new(scope: &RunbookScope<'_>, plan: &'a RecoveryPlan, now: Time) -> Self {
        let startable = plan.items.iter().filter(|item| item.obstacles().is_empty());
        let covered: Vec<Covered<'_>> =
            startable.zip(1..).map(|(item, number)| Covered::new(scope, item, number)).collect();
        let blocked = plan.items.iter().filter(|item| !item.obstacles().is_empty());
        let blocked = blocked.map(|item| NotRestored::blocked(scope, item));
        let left_out = plan.left_out.iter().map(NotRestored::without_point);
        Self {
            set_up: set_up(scope, now),
            not_covered: blocked.chain(left_out).collect(),
            good_until: covered.iter().filter_map(|covered| covered.good_until(now)).min(),
            covered,
            warnings: plan.warnings(),
        }
    }

    /// All commands in their order: everything is started before the first is waited for.
    pub(super) fn commands(&self) -> Vec<Command> {
        let starts = self.covered.iter().flat_map(|one| one.start.iter().chain(&one.other_zones));
        let ends = self.covered.iter().flat_map(|one| one.wait.iter().chain(&one.finish));
        self.set_up.iter().chain(starts).chain(ends).cloned().collect()
    }
}

/// What a shell has to know before the first command, the account checked.
fn set_up(scope: &RunbookScope<'_>, now: Time) -> Vec<Command> {
    let RunbookScope { names, region, .. } = scope;
    let at = instant::instant(now).map(|at| at.strftime("%Y%m%dT%H%M%SZ").to_string());
    let folder = format!("mrbackup-{}-{region}-{}", names.deployment, at.unwrap_or_default());
    let account = word(&names.account);
    let lines = [
        "export AWS_PAGER=''".to_owned(),
        format!("mkdir -p \"$HOME\"/{folder} && cd \"$HOME\"/{folder}", folder = word(&folder)),
        format!(
            "wait_for() {{\n  looks=0\n  while [ \"$looks\" -lt {LOOKS} ]; do\n    state=$(aws backup describe-restore-job --region {region} --restore-job-id \"$(cat \"job-$1\")\" --query Status --output text)\n    echo \"restore $1: $state\"\n    case $state in COMPLETED) return 0 ;; FAILED | ABORTED) return 1 ;; esac\n    looks=$((looks + 1))\n    sleep \"${{PAUSE:-{PAUSE}}}\"\n  done\n  return 1\n}}"
        ),
    ];
    let check = format!(
        "test \"$(aws sts get-caller-identity --region {region} --query Account --output text)\" = {account} && echo 'The account is right.'"
    );
    let command = |step, command| Command { step, resource: None, command };
    let mut commands: Vec<Command> = lines.map(|line| command(Step::SetUp, line)).into();
    commands.push(command(Step::Check, check));
    commands
}

impl<'a> Covered<'a> {
    fn new(scope: &RunbookScope<'_>, item: &'a Item, number: usize) -> Self {
        let steps = Steps::new(scope, item, number);
        let mut differs = item.translation.losses.clone();
        if steps.leaves_out_user_data() {
            differs
                .push("its user data, which the settings give, is not in this runbook".to_owned());
        }
        Self {
            number,
            item,
            start: steps.start(),
            other_zones: steps.other_zones(),
            wait: steps.wait(),
            finish: steps.finish(),
            differs,
        }
    }

    /// When its recovery point expires, or moves to cold storage, from which a restore takes hours.
    fn good_until(&self, now: Time) -> Option<Time> {
        if self.item.is_adopted() {
            return None;
        }
        let point = &self.item.source.point;
        [point.deletes_at, point.cold_at].into_iter().flatten().filter(|at| *at > now).min()
    }
}

impl NotRestored {
    fn blocked(scope: &RunbookScope<'_>, item: &Item) -> Self {
        let role = word(&scope.names.role_in_use(scope.settings));
        let command = item.obstacles().iter().find_map(|obstacle| match obstacle {
            Obstacle::Cannot { command, .. } => command.as_ref(),
            _ => None,
        });
        Self {
            resource: item.source.resource.clone(),
            kind: item.source.kind.clone(),
            reasons: item.obstacles().iter().map(Obstacle::words).collect(),
            command: command.map(|command| command.replace("ROLE_ARN", &role)),
        }
    }

    fn without_point(left: &LeftOut) -> Self {
        let reasons = vec![left.why.words().to_owned()];
        Self { resource: left.resource.clone(), kind: left.kind.clone(), reasons, command: None }
    }
}

/// A resource in a heading.
pub(super) fn title(kind: &str, resource: &str) -> String {
    one_line(&format!("{kind} {resource}"))
}
