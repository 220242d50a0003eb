//! The commands that bring one resource back: what a run sends, as AWS CLI writes it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::names::Names;
use crate::model::region::Region;
use crate::model::settings::Settings;
use crate::recovery::identity::token;
use crate::recovery::source::Metadata;
use crate::recovery::translate::{Finish, TagCopy};
use crate::report::runbook::shell::{json_map, quoted, word};
use crate::restores::{Item, RECOVERED_FROM, copies_tags, recovered_from, writer_name};

/// When a command is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Once, and again in a new shell.
    SetUp,
    /// It changes nothing.
    Check,
    /// It starts a restore job.
    Start,
    /// Only where a job failed because a zone lacks capacity.
    OtherZone,
    /// It waits for a restore job.
    Wait,
    /// It makes what the restored resource needs, or tags it.
    Finish,
}

/// One command, for a POSIX shell with AWS CLI.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(super) struct Command {
    pub(super) step: Step,
    /// ARN of the resource that it brings back; `null` where it is for all of them.
    pub(super) resource: Option<String>,
    pub(super) command: String,
}

/// What the commands of all resources have in common.
pub(crate) struct RunbookScope<'a> {
    pub(crate) names: &'a Names,
    pub(crate) settings: &'a Settings,
    pub(crate) region: &'a Region,
    /// Whether what is restored gets the select tags.
    pub(crate) protects: bool,
    /// Restores running at once of one type.
    pub(crate) parallel: usize,
}

/// The commands of one resource. Its job's id and what the job made are kept in files of its number, which a new shell still has.
pub(super) struct Steps<'a> {
    scope: &'a RunbookScope<'a>,
    item: &'a Item,
    number: usize,
}

/// Keys of restore metadata that hold what people wrote for a machine, and may hold secrets.
const PRIVATE: &str = "UserData";

impl<'a> Steps<'a> {
    pub(super) fn new(scope: &'a RunbookScope<'a>, item: &'a Item, number: usize) -> Self {
        Self { scope, item, number }
    }

    /// The check and the start.
    pub(super) fn start(&self) -> Vec<Command> {
        let number = self.number;
        if let Some(job) = &self.item.earlier {
            let id = word(&job.id);
            return vec![self.command(Step::Start, format!("printf '%s\\n' {id} > job-{number}"))];
        }
        let vault = self.scope.names.vault(&self.scope.settings.vault_in(self.scope.region));
        let check = format!(
            "{} --backup-vault-name {} --recovery-point-arn {} --query Status --output text",
            self.aws("backup describe-recovery-point"),
            word(&vault),
            self.point()
        );
        let mut commands = vec![self.command(Step::Check, check)];
        commands.extend(self.item.translation.tries.first().map(|map| {
            let start = self.start_with(map, self.item.attempts);
            self.command(Step::Start, format!("test -s job-{number} || {start}"))
        }));
        commands
    }

    /// The same in other zones, each with a token of its own as in a run.
    pub(super) fn other_zones(&self) -> Vec<Command> {
        if self.item.is_adopted() {
            return Vec::new();
        }
        let tries = self.item.translation.tries.iter().enumerate().skip(1);
        let start = |(at, map)| self.start_with(map, self.item.attempts + at);
        tries.map(|at| self.command(Step::OtherZone, start(at))).collect()
    }

    fn start_with(&self, map: &Metadata, attempt: usize) -> String {
        let map: Metadata = map
            .iter()
            .filter(|(key, _)| !key.eq_ignore_ascii_case(PRIVATE))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let source = &self.item.source;
        // The model takes no blanks, and the member is optional.
        let kind = Some(&source.kind).filter(|kind| !kind.contains(' '));
        let kind = kind.map(|kind| format!(" --resource-type {}", word(kind))).unwrap_or_default();
        let no = if copies_tags(self.item, self.scope.protects) { "" } else { "no-" };
        format!(
            "{} --recovery-point-arn {} --iam-role-arn {} --idempotency-token {}{kind} --{no}copy-source-tags-to-restored-resource --metadata {} --query RestoreJobId --output text > job-{}",
            self.aws("backup start-restore-job"),
            self.point(),
            word(&self.scope.names.role_in_use(self.scope.settings)),
            token(&source.point.arn, &map, attempt),
            quoted(&json_map(&map)),
            self.number
        )
    }

    /// Until the job has ended, and what it made.
    pub(super) fn wait(&self) -> Vec<Command> {
        let number = self.number;
        let job = format!("--restore-job-id \"$(cat job-{number})\"");
        let describe = self.aws("backup describe-restore-job");
        vec![
            self.command(Step::Wait, format!("wait_for {number}")),
            self.command(
                Step::Check,
                format!(
                    "{describe} {job} --query '[Status,StatusMessage,CreatedResourceArn]' --output text"
                ),
            ),
            self.command(
                Step::Check,
                format!("{describe} {job} --query CreatedResourceArn --output text > made-{number}"),
            ),
        ]
    }

    /// Tags, and what the resource is reached by.
    pub(super) fn finish(&self) -> Vec<Command> {
        let mut commands = self.tags();
        for finish in &self.item.translation.finish {
            commands.extend(match finish {
                Finish::Writer { class, engine } => self.writer(class, engine),
                Finish::MountTargets { subnets, security_groups } => {
                    self.mount_targets(subnets, security_groups)
                }
            });
        }
        commands
    }

    fn tags(&self) -> Vec<Command> {
        let RunbookScope { settings, protects, .. } = self.scope;
        let mut commands = Vec::new();
        let mut ours = Metadata::new();
        if *protects {
            ours.extend(settings.tags_to_put());
        }
        ours.insert(RECOVERED_FROM.to_owned(), recovered_from(self.item));
        let ours = json_map(&ours);
        let tags = if *protects && self.item.translation.tags == TagCopy::Afterwards {
            commands.push(self.command(Step::Check, self.source_tags()));
            // What was read ends with a comma, and ours is the rest of the object.
            format!("\"{{$(cat tags-{})\"{}", self.number, quoted(&ours[1..]))
        } else {
            quoted(&ours)
        };
        let made = format!("--resource-arn-list \"$(cat made-{})\"", self.number);
        let put = self.aws("resourcegroupstaggingapi tag-resources");
        commands.push(self.command(Step::Finish, format!("{put} {made} --tags {tags}")));
        if !protects && self.item.translation.tags == TagCopy::Always {
            let take = self.aws("resourcegroupstaggingapi untag-resources");
            let keys: Vec<String> = settings.selecting_keys().iter().map(|key| word(key)).collect();
            let untag = format!("{take} {made} --tag-keys {}", keys.join(" "));
            commands.push(self.command(Step::Finish, untag));
        }
        commands
    }

    /// The source's own tags, as AWS Backup keeps them: one a line, with a comma, without AWS's, ours, and those that the rules
    /// give recovery points.
    fn source_tags(&self) -> String {
        let rules = self.scope.settings.all_rules();
        let of_rules = rules.iter().flat_map(|rule| &rule.recovery_point_tags);
        let line = |key: &str| serde_json::Value::from(key).to_string();
        let lines = of_rules.map(|(key, value)| {
            format!(" -e {}", quoted(&format!("{}: {},", line(key), line(value))))
        });
        let lines: std::collections::BTreeSet<String> = lines.collect();
        let of_rules = if lines.is_empty() {
            String::new()
        } else {
            format!(" | grep -v -x -F{}", lines.into_iter().collect::<String>())
        };
        format!(
            "{} --resource-arn {} --query Tags --output json | sed -n 's/^ *\\(\"[^\"]*\": \".*\"\\),\\{{0,1\\}}$/\\1,/p' | grep -v -e '^\"aws:' -e '^\"mrbackup:'{of_rules} > tags-{} || true",
            self.aws("backup list-tags"),
            self.point(),
            self.number
        )
    }

    fn writer(&self, class: &str, engine: &str) -> Vec<Command> {
        let cluster = self.item.translation.target.as_deref().unwrap_or_default();
        let instance = word(&writer_name(cluster));
        let make = format!(
            "{} --db-instance-identifier {instance} --db-cluster-identifier {} --engine {} --db-instance-class {}",
            self.aws("rds create-db-instance"),
            word(cluster),
            word(engine),
            word(class)
        );
        let check = format!(
            "{} --db-instance-identifier {instance} --query 'DBInstances[0].[DBInstanceStatus,Endpoint.Address]' --output text",
            self.aws("rds describe-db-instances")
        );
        vec![self.command(Step::Finish, make), self.command(Step::Check, check)]
    }

    fn mount_targets(&self, subnets: &[String], groups: &[String]) -> Vec<Command> {
        let system = format!("--file-system-id \"$(sed 's|.*/||' made-{})\"", self.number);
        let groups: Vec<String> = groups.iter().map(|group| word(group)).collect();
        let groups = if groups.is_empty() {
            String::new()
        } else {
            format!(" --security-groups {}", groups.join(" "))
        };
        let make = |subnet: &String| {
            let create = self.aws("efs create-mount-target");
            let line = format!("{create} {system} --subnet-id {}{groups}", word(subnet));
            self.command(Step::Finish, line)
        };
        let mut commands: Vec<Command> = subnets.iter().map(make).collect();
        let check = format!(
            "{} {system} --query 'MountTargets[].[SubnetId,LifeCycleState]' --output text",
            self.aws("efs describe-mount-targets")
        );
        commands.push(self.command(Step::Check, check));
        commands
    }

    fn aws(&self, operation: &str) -> String {
        format!("aws {operation} --region {}", self.scope.region)
    }

    fn point(&self) -> String {
        word(&self.item.source.point.arn)
    }

    fn command(&self, step: Step, command: String) -> Command {
        Command { step, resource: Some(self.item.source.resource.clone()), command }
    }

    /// Whether the run gives the resource what is not in the runbook.
    pub(super) fn leaves_out_user_data(&self) -> bool {
        let has = |map: &Metadata| map.keys().any(|key| key.eq_ignore_ascii_case(PRIVATE));
        self.item.translation.tries.iter().any(has)
    }
}
