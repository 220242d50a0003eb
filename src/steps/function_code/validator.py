"""Turns AWS Backup's events (jobs that ended, settings and vaults that changed, recovery points that were deleted) into alarms
a person can act on, and is silent while all is well."""

import contextlib
import functools
import hashlib
import itertools
import json
import os
import random
import re
import time
from collections import Counter
from datetime import datetime, timezone
from typing import NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

DEPLOYMENT = os.environ.get("DEPLOYMENT", "default")
HERE = os.environ.get("AWS_REGION", "")
KINDS = {"Backup Job State Change": "backup", "Copy Job State Change": "copy", "Restore Job State Change": "restore"}
BAD_STATES = ("FAILED", "ABORTED", "EXPIRED", "PARTIAL")
PASSING_STATES = ("CREATED", "PENDING", "RUNNING", "ABORTING")
# AVAILABLE is a continuous backup's good status; one whose first job has just ended may still be CREATING.
GOOD_STATUSES = ("COMPLETED", "AVAILABLE", "CREATING")
# Of a recovery point that is deleted. The developer guide's list of its events has DELETING and no DELETED, which others listen to.
GOING = {"DELETING": "is being DELETED", "DELETED": "was DELETED"}
# The rest of that list. An EXPIRED one is still there: AWS Backup could not delete it.
STAYING = ("CREATING", "COMPLETED", "PARTIAL", "AVAILABLE", "STOPPED", "EXPIRED")
ENCRYPTED_COPIES = ("EBS", "RDS")  # types whose copies are encrypted though their source is not
THROTTLED = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|ServiceUnavailable|DependencyFailure|SlowDown")
SCHEMA = "mrbackup.alarm/1"
SEPARATOR = "----- for machines -----"
DRILL = "mrbackup-drill"  # no event of AWS has this member: who invokes the function puts it there
JUDGE = "mrbackup-judge"  # nor this one: a drill has what it restored judged
TESTS = "mrbackup_" + DEPLOYMENT.replace("-", "_")  # the deployment's restore testing plan: its names have no hyphens
VERDICTS = ("SUCCESSFUL", "FAILED", "TIMED_OUT")  # which cannot be changed; VALIDATING, until there is one, is none
METRICS = "mrbackup"
PATIENCE, PAUSE = 300, 30  # seconds: how long what was restored may take to be ready, and between two looks
GLANCE = 80  # characters of the first line that a telephone shows under the subject
# Vaults that were there before the deployment, by region: others use them too. What plans (by name or id) make there is the
# deployment's, and what these roles make on demand.
GIVEN = dict(each.partition("=")[::2] for each in (os.environ.get("GIVEN_VAULTS") or "").split())
PLANS, ROLES = ((os.environ.get(name) or "").split() for name in ("PLANS", "ROLES"))
PAGES = 50  # of 1000 jobs: more than one vault sees in a day
LOOKS = 100  # at recovery points of other jobs: more would not end in time
MOMENT = 60  # seconds that a message takes to be sent, at most
ANY_RULE = "?"  # no name of a rule: only its plan is told
HOUR, DAY = 3600, 86400

DENIED = r"access ?denied|not authori[sz]ed|unauthori[sz]ed|insufficient privileges|permission"
KEY = r"\bkms\b|\bcmk\b|encryption key|\bkey id\b"
BUSY = r"throttl|rate exceeded|too many|concurrent|in-progress"  # too much at once
FULL = r"limit|quota|cannot create more than|can have at most|maximum allowed"  # too much for good
# What AWS Backup says, after the job's state; the probable cause; what to do. The first that matches counts: the state comes
# first, as it says what happened whatever the words are, and of the words the specific ones: a KMS failure also says "access
# denied". AWS's own words are of its developer guide, "Reasons for problematic jobs".
ADVICE = (
    (r"^EXPIRED.*running job for the same resource", "Another job for this resource was still running when this job's window closed.",
     "See what else backs it up: `aws backup list-backup-jobs --by-resource-arn {resource} --region {here}`."),
    (r"^EXPIRED", "The job did not start, or did not finish, within its window.",
     "See what else ran late with `aws backup list-{kind}-jobs --by-state {state} --region {here}`. If this was not a single "
     "bad night, widen the rule's windows or move its schedule, and run `mrbackup up --name {deployment}`."),
    (r"^ABORTED", "A person or a script stopped the job.",
     "Look in CloudTrail for StopBackupJob to see who. If it was a mistake, start a new backup of the resource."),
    (r"^PARTIAL", "The resource was saved in part.",
     "See which: `aws backup list-{kind}-jobs --by-parent-job-id {id} --region {here}`."),
    (r"target option group", "A database's option group is of its own region: AWS cannot copy it, so each copy of this database fails.",
     "Make an option group with these options in {there}, or take them off the database, as AWS's developer guide has it "
     "(\"Cross-Region backup\"). Copy then with `mrbackup repair --name {deployment}`."),
    (r"vault\b.*(does not exist|not found)", "The backup vault is gone.",
     "Run `mrbackup up --name {deployment}`: it makes what is missing again."),
    (r"(cannot|can't|could not|unable to) be assumed|(unable|failed) to assume|role\b.*(does not exist|not found)",
     "AWS Backup cannot use its service role: the role is gone, or its trust policy was changed.",
     "Run `mrbackup up --name {deployment}`: it restores the role and its trust policy."),
    # AWS documents no wording for this one: mostly such a resource is skipped in silence, and only some requests fail.
    (r"\bopt(ed|ing)?[- ]?in\b(?! regions?\b)|\bopt(ed|ing)?[- ]?out\b|resource type\b.*\bnot enabled",
     "AWS Backup is not turned on for resources of this type in this region (service opt-in).",
     "See which types are off with `aws backup describe-region-settings --region {here}`; turn this one on with `aws backup "
     "update-region-settings --resource-type-opt-in-preference '{{\"{type}\": true}}' --region {here}`."),
    (r"(service|aws|backup) managed key|default key cannot be shared|user-created backup vault",
     "What is copied, or the vault it is to go to, is under a key that AWS manages, and this copy takes one of yours.",
     "Give the vault a KMS key of its own ([kms_keys] in mrbackup.toml) and run `mrbackup up --name {deployment}`; a resource "
     "under such a key has to be encrypted anew with one of yours."),
    (KEY,
     "The key of the resource or of the vault is disabled, deleted or closed to the service role; or this is a copy of a type "
     "that AWS Backup does not fully manage (EC2, EBS, RDS, ...) into a vault with the key aws/backup.",
     "Find the vault's key with `aws backup describe-backup-vault {place}`, then check the "
     "key's state and policy."),
    (r"retention\b.*\bnot within the range|lifecycle is outside the valid range",
     "The vault's lock takes no recovery point that is kept so short, or so long.",
     "See its limits with `aws backup describe-backup-vault {place}`, change the rule's delete_after_days, and run "
     "`mrbackup up --name {deployment}`."),
    (r"bucket versioning", "AWS Backup cannot read the bucket's versioning: a bucket needs it on, and a policy may deny the read.",
     "See it with `aws s3api get-bucket-versioning --bucket NAME`, and the bucket's policy; `mrbackup up --name {deployment}` "
     "restores the role."),
    (DENIED,
     "The service role lacks a permission, or a policy denies it (SCP, permissions boundary, vault, bucket or key policy).",
     "Run `mrbackup status --name {deployment}` to see what is missing; `mrbackup up --name {deployment}` restores the role."),
    (r"running job for the same resource", "Another job for this resource was still running when this one was to start.",
     "See what else backs it up: `aws backup list-backup-jobs --by-resource-arn {resource} --region {here}`."),
    (r"(maintenance|backup) window", "The job was to start in, or too close to, the resource's own maintenance or backup window.",
     "See that window in the resource's settings; move it, or move the rule's schedule an hour away from it, and run "
     "`mrbackup up --name {deployment}`."),
    (r"not supported|unsupported|\bnot valid for\b", "AWS Backup cannot do this for this type of resource, or with its present settings.",
     "Back it up in another way, and take it out with `mrbackup untag {resource}`, or leave out the copies that it cannot have."),
    (r"more than 50 (user )?tags|more than 50 tags|tag set must not", "The resource has more tags than a recovery point can have (50).",
     "See them with `aws resourcegroupstaggingapi get-resources --resource-arn-list {resource} --region {here}`, and take some off."),
    (BUSY, "AWS Backup, or the resource's own service, had too much at once.",
     "The next scheduled job tries again. If it fails too, spread the schedules or ask for a higher quota."),
    (FULL, "A quota of AWS Backup, or of the resource's own service, is used up.",
     "See it with `aws service-quotas list-service-quotas --service-code SERVICE --region {here}`. Until it is raised, or old "
     "snapshots are deleted, each job can fail like this one."),
    (r"\bnot found|does not exist|could not find|no longer available|cannot find", "What was to be backed up or copied is gone.",
     "If it was deleted on purpose, its next jobs do not come. Else see with `mrbackup status --name {deployment}` what is still "
     "there of it."),
    (r"not in (the |an )?(available )?state|cannot snapshot", "The resource was not in a state in which it can be backed up.",
     "See whether it was stopped, or being changed, and how its other jobs went: `aws backup list-backup-jobs --by-resource-arn "
     "{resource} --region {here}`."),
    (r"stopped by|cancell?ed", "A person or a script stopped the job.",
     "Look in CloudTrail for StopBackupJob to see who. If it was a mistake, start a new backup of the resource."),
    (r"internal (error|failure)|fatal error", "A failure inside AWS.",
     "See with `mrbackup status --name {deployment}` whether the next job succeeds. If it does not, ask AWS Support with the job's id."),
    (r"", "Not a known one; AWS's own words above are all there is.",
     "Read the job's details with the command below. If the next job fails with the same words, so will those after it: ask AWS "
     "Support with the job's id."))
# What a job that completed "with issues" left out.
ISSUES = (
    (r"\bvss\b", "Windows could not hold its applications still (VSS), so what was saved is as after a power cut.",
     "See whether the instance's SSM agent and its VSS components work, and may: `aws ssm describe-instance-information "
     "--region {here}`."),
    (r"\btags\b", "The recovery point lacks tags of the resource.",
     "See which it has: `aws backup list-tags --resource-arn {point} --region {there}`."),
    (r"metadata", "The recovery point lacks some settings of the resource: a restore has to be given them.",
     "See what it has: `aws backup get-recovery-point-restore-metadata {place} --recovery-point-arn {point}`."),
    (f"object|bucket|{KEY}|{DENIED}", "Something was left out, as AWS Backup could not read it: the data or its key is closed to "
     "the service role, or is of a class that cannot be backed up, as archived objects of S3.",
     "See that the service role may read it and use its key: `mrbackup status --name {deployment}`, the bucket's and the key's "
     "policy. The next job tries what was left out."),
    (r"", "Something is missing from the recovery point.",
     "Read the job's details with the command below, and do not count on a whole restore from it."))
# No schedule tries a restore again.
RESTORE_ADVICE = (
    (r"^ABORTED", "The restore was stopped before it ended.",
     "Look in CloudTrail for what its role and its caller did at that time, and start the restore again."),
    (r"target option group", "The snapshot has options of an option group, and the restore gives it none that has them.",
     "Make an option group with these options in {there}, and start the restore again with its name. Read what the backup has: "
     "`aws backup get-recovery-point-restore-metadata {place} --recovery-point-arn {point}`."),
    (r"default VPC|default subnet|no subnets found", "The restore was given no network, and the region has no default one.",
     "Start the restore again with a subnet, or a DB subnet group, of {there}: `aws ec2 describe-subnets --region {there}`."),
    (r"instance profile", "The restore was to give the instance another profile than it had when it was backed up.",
     "Start it again with the backed-up profile, or with none, and attach the other one afterwards."),
    (KEY,
     "The key of the backup, or the one given for the restored resource, is disabled, deleted or closed to the restore's role.",
     "Find the vault's key with `aws backup describe-backup-vault {place}`, check the key's state and policy, and start the "
     "restore again."),
    (DENIED,
     "The role given to the restore lacks a permission (an instance with a profile needs iam:PassRole), or a policy denies it.",
     "`mrbackup up --name {deployment}` puts AWS's policies for restores back on the deployment's service role. Start the "
     "restore again with that role, or add to the given one what it lacks."),
    (r"aborted|cancell?ed", "The restore was stopped before it ended.",
     "Look in CloudTrail for what its role and its caller did at that time, and start the restore again."),
    (f"{BUSY}|{FULL}", "A quota of AWS Backup, or of the resource's own service, was reached.",
     "Ask for a higher quota, or free some of it, and start the restore again."),
    (r"already exists|not available|invalid|does not exist|not found", "The restore's settings do not fit what is there now.",
     "Compare them with `aws backup get-recovery-point-restore-metadata {place} --recovery-point-arn {point}`, and start the "
     "restore again."),
    (r"", "Not a known one; AWS's own words above are all there is.",
     "Read the job's details with the command below, and start the restore again once that is repaired."))


class Job(NamedTuple):
    """A backup, copy or restore job as events and the API both tell it, or a change; what is unknown or of no use is empty."""
    kind: str
    id: str
    state: str
    reason: str
    resource: str
    type: str
    source: str  # the vault copied from; empty for a backup
    vault: str  # the vault written to, or restored from: an ARN, or at least a name
    point: str  # the recovery point written, or restored
    ended: float
    testing: str = ""  # the restore testing plan that started it
    rule: str = ""  # the rule that started it
    category: str = ""  # of its message, as AWS files it: SUCCESS, or what kind of trouble
    region: str = ""  # whose AWS Backup tells of it: the function's own, or one that forwards its events
    plan: str = ""  # the id of the plan that started it
    plan_name: str = ""
    role: str = ""  # with which AWS Backup made it

    def filled_from(self, other):
        return Job(*(mine or theirs for mine, theirs in zip(self, other)))

    def cause(self):
        return self.kind, self.state, name_of(self.vault), self.there(), essence(self.reason)

    def direction(self):
        way = {"copy": "to", "restore": "from"}.get(self.kind, "in")
        unknown = "an unknown vault" + (f" in {self.here()}" if self.here() != HERE else "")
        return f"{way} {self.there() if self.vault else unknown}"

    def foreign(self):
        """Whether it is known to be about a vault of somebody else."""
        return ":backup-vault:" in self.vault and not ours(self.vault, self.here())

    def shared(self):
        """Whether it is of a given vault, from which copies start and into which backups are made."""
        return is_given(self.source if self.kind == "copy" else self.vault, self.here())

    def facts(self):
        restore = self.kind == "restore"
        places = [("From", self.source)] * (self.kind == "copy") + [("From" if restore else "To", self.vault)]
        return [("Resource", f"{self.resource or 'not named'} ({self.type or 'type unknown'})"),
                *((label, f"vault {name_of(vault)} in {region_of(vault, self.here())}" if vault else "not named") for label, vault in places),
                *[("Point", self.point or "not named")] * restore, *[("Test", self.testing)] * bool(self.testing),
                ("When", utc(self.ended)), ("Job", self.id or "not named")]

    def here(self):
        return self.region or HERE

    def there(self):
        return region_of(self.vault, self.here())

    def place(self):
        return f"--backup-vault-name {name_of(self.vault) or 'VAULT'} --region {self.there()}"

    def describe(self):
        return f"aws backup describe-{self.kind}-job --{self.kind}-job-id {self.id or 'JOB_ID'} --region {self.here()}"

    def issue(self):
        """What AWS Backup says of a job that it completed "with issues"; nothing if all is well."""
        category = "" if self.category.upper() == "SUCCESS" else f"category {self.category}" if self.category else ""
        said = f"{self.reason} ({category})" if self.reason and category else self.reason or category
        return said if self.state == "COMPLETED" else ""

    def advice(self):
        words = {"deployment": DEPLOYMENT, "here": self.here(), "kind": self.kind, "id": self.id or "JOB_ID", "state": self.state,
                 "place": self.place(), "there": self.there(), "resource": self.resource or "RESOURCE_ARN", "type": self.type or "TYPE",
                 "point": self.point or "RECOVERY_POINT_ARN"}
        advice = ISSUES if self.state == "COMPLETED" else RESTORE_ADVICE if self.kind == "restore" else ADVICE
        said = f"{self.state}: {self.issue() or self.reason}"
        return next((why, step.format(**words)) for known, why, step in advice if re.search(f"(?is){known}", said))


class NotJudged(Exception):
    """A restore test is without a verdict, for what it was to be judged by could not be read."""


def handler(event, context):
    """Judges one event. What could not be published, or is a restore test and could not be judged, is an error: Lambda then hands
    the event in again."""
    left = context.get_remaining_time_in_millis() / 1000 if hasattr(context, "get_remaining_time_in_millis") else 60
    end = time.time() + left - 30
    if isinstance(event, dict) and JUDGE in event:
        return judged_for_drill(event[JUDGE], end)
    try:
        verdict = judge(event, end)
    except NotJudged as error:
        print(json.dumps({"level": "ERROR", "deployment": DEPLOYMENT, "outcome": "not_judged", "error": str(error)}))
        raise
    except Exception as error:  # whatever it is, somebody must hear of it
        verdict = not_understood(event, explain(error))
    return deliver(as_drill(verdict, event[DRILL]) if is_drill(event) else verdict)


def is_drill(event):
    return isinstance(event, dict) and DRILL in event


def judge(event, end):
    """What to tell of this event, known by the time `end`."""
    detail = event.get("detail") if isinstance(event, dict) else None
    type_ = text(event.get("detail-type")) if isinstance(detail, dict) else ""
    if type_ == "Region Setting State Change":
        return settings_changed(event, detail)
    if type_ == "Backup Vault State Change":
        return vault_changed(event, detail)
    if type_ == "Recovery Point State Change":
        return point_changed(event, detail, end)
    kind = KINDS.get(type_)
    if kind is None:
        return not_understood(event, "it is not a state change of a job, a vault, a recovery point or a region's settings")
    job = job_from(kind, detail)
    # Many events of backup and restore jobs name the recovery point here and nowhere else; a copy job's names the source's one.
    job = job._replace(point=job.point or (first_resource(event) if kind != "copy" else ""),
                       ended=job.ended or seconds(event.get("time")) or time.time(), region=region_told(event))
    if is_drill(event):  # there is no such job, so there is nothing to look up and no storm
        return failure(job if job.state in BAD_STATES else job._replace(state="FAILED"))
    why = ""
    if not job.state:
        job, why = look_up(job, end)
    if kind != "restore" and job.state in ("COMPLETED", *BAD_STATES) and job.shared() and made_by_others(job, end):
        return verdict_on(job, "ignored")
    if job.state == "COMPLETED":
        return completed(job, end) if kind != "restore" else restored(job, end)
    if job.state in BAD_STATES:
        return ended_badly(job, end)
    if job.state in PASSING_STATES:
        return verdict_on(job, "ignored")
    unknown = f"not named, and could not be looked up ({why})" if why and job.id else "missing"
    return not_understood(event, f"its state is {job.state or unknown}")


def job_from(kind, record):
    """Events say `resourceArn` where the API says `ResourceArn`; otherwise the names are the same. Any may be missing."""
    def field(name, record=record):
        return record.get(name) or record.get(name[:1].upper() + name[1:])
    names = (("copyJobId", "sourceBackupVaultArn", "destinationBackupVaultArn", "destinationRecoveryPointArn") if kind == "copy"
             else (f"{kind}JobId", "", "backupVaultArn", "recoveryPointArn"))
    names += "statusMessage", "sourceResourceArn" if kind == "restore" else "resourceArn", "resourceType"
    identity, source, vault, point, reason, resource, type_ = (text(field(name)) for name in names)
    state, vault = text(field("state")) or text(field("status")), vault or text(field("backupVaultName"))
    creator = field("createdBy") if isinstance(field("createdBy"), dict) else {}
    testing = text(field("restoreTestingPlanArn") or field("restoreTestingPlanArn", creator))
    return Job(kind, identity, state, reason, resource, type_, source, vault, point, seconds(field("completionDate")), testing,
               rule_of(creator), text(field("messageCategory")), "", *(text(field(name, creator)) for name in ("backupPlanId", "backupPlanName")),
               text(field("iamRoleArn")))


def rule_of(creator):
    """The name of the rule that made it. Events, and older answers of the API, tell only its id, which AWS draws."""
    creator = {name[:1].lower() + name[1:]: value for name, value in creator.items()}
    return text(creator.get("backupRuleName")) or (ANY_RULE if text(creator.get("backupPlanId")) else "")


def region_told(event):
    """Where it happened: a forwarded event keeps its region."""
    return text(event.get("region")) or HERE


def first_resource(event):
    resources = event.get("resources")
    return text(resources[0]) if isinstance(resources, list) and resources else ""


def flag(value):
    """Events say `"true"` where the API says `true`; None where neither is said."""
    return {"true": True, "false": False}.get(str(value).lower())


def text(value):
    """AWS Backup's status messages carry literal quotes, and an ARN that is not known yet is the object `{}`."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    value = str(value).strip()[:2000]
    return value[1:-1].strip() if len(value) > 1 and value[0] == value[-1] == '"' else value


def seconds(value):
    """Since 1970, from an event's ISO string or the API's datetime; 0 if it is neither."""
    try:
        value = value if isinstance(value, datetime) else datetime.fromisoformat(value.replace("Z", "+00:00"))
        return (value if value.tzinfo else value.replace(tzinfo=timezone.utc)).timestamp()
    except (AttributeError, TypeError, ValueError, OverflowError):
        return 0.0


def utc(moment, form="%Y-%m-%d %H:%M UTC"):
    return datetime.fromtimestamp(moment, timezone.utc).strftime(form)


def name_of(vault):
    return vault.rsplit(":", 1)[-1]


def is_given(vault, here):
    return bool(vault) and GIVEN.get(region_of(vault, here)) == name_of(vault)


def ours(vault, here):
    """A vault with a key of its own has a hash after an underscore, which is in no deployment's name."""
    return is_given(vault, here) or re.fullmatch(rf"mrbackup-{re.escape(DEPLOYMENT)}(_.*)?", name_of(vault)) is not None


def is_made_by_us(made):
    """Whether the deployment made it; None if that is not known. Events tell only the id of a plan, which AWS draws."""
    if made.plan:
        # Behind an underscore stands the name that a further plan has in the settings.
        return True if {made.plan, made.plan_name.partition("_")[0]} & set(PLANS) else False if made.plan_name else None
    return made.role in ROLES if made.role else None


def made_by_others(job, end):
    """Whether a job or a point of a given vault is not the deployment's. One of which that cannot be found out counts as its own."""
    known = None if job.kind == "restore" else is_made_by_us(job)  # a restore is of whoever made its point
    if known is None and job.kind in ("restore", "point"):
        with contextlib.suppress(Exception):
            known = is_made_by_us(job_from("point", ask(end, "describe_recovery_point", job.there(),
                                                        BackupVaultName=name_of(job.vault), RecoveryPointArn=job.point)))
    elif known is None:
        known = is_made_by_us(look_up(job, end)[0])
    return known is False


def counts_with(job, other):
    """Whether another job in AWS Backup's list is known to be the deployment's as well: those of others count for nothing."""
    if other.id == job.id:
        return True
    if job.kind == "copy" and is_given(job.vault, job.here()) and other.source != job.source:
        return False
    return not job.shared() or job.kind != "restore" and is_made_by_us(other) is True


def region_of(vault, here):
    return (vault.split(":") + [""] * 4)[3] or here


@functools.lru_cache(maxsize=None)
def client(service, region):
    return boto3.client(service, region_name=region or None, config=Config(
        retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=10))


def ask(end, operation, region, **query):
    """A read of AWS Backup. A storm throttles the very reads that are to calm it, so these outlast boto3's own retries."""
    for attempt in itertools.count():
        try:
            return getattr(client("backup", region), operation)(**query)
        except (ClientError, ConnectionError, HTTPClientError) as error:
            pause = random.uniform(1, min(90, 10 * 2 ** min(attempt, 5)))
            # A read that hangs takes 90 s, and one event may need two reads after the last repetition.
            if not transient(error) or time.time() + pause > end - 270:
                raise
        time.sleep(pause)


def transient(error):
    answer = getattr(error, "response", None)
    if not answer:  # a timeout, or a lost connection
        return True
    return answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500 or bool(THROTTLED.search(code(error)))


def code(error):
    return error.response["Error"].get("Code", "") if isinstance(error, ClientError) else type(error).__name__


def explain(error):
    return f"{code(error)}: {error.response['Error'].get('Message', '') if isinstance(error, ClientError) else error}"[:2000]


def look_up(job, end):
    """The job with what its event left out, as far as AWS Backup tells, and why it could not be told."""
    if not job.id:
        return job, "The event has no job id."
    try:
        record = ask(end, f"describe_{job.kind}_job", job.here(), **{f"{job.kind.title()}JobId": job.id})
        if job.kind == "copy":
            record = record.get("CopyJob") or {}  # wrapped, unlike the others
        return job.filled_from(job_from(job.kind, record)), ""
    except Exception as error:  # an alarm without its reason is better than none
        return job, explain(error)


# A job that ended badly: the first of its cause, the second, or one of many


def ended_badly(job, end):
    """The first failure of a cause is told at once, the second as a summary when the window is over, the others not at all."""
    why = ""
    # The documented event of a failed restore names neither the vault nor the resource.
    if not job.reason or job.kind == "restore" and not (job.vault and job.resource):
        job, why = look_up(job, end)
    if job.kind == "restore" and (job.foreign() or job.shared() and made_by_others(job, end)):  # only the vault tells whose a restore is, and the rule cannot always see it
        return verdict_on(job, "ignored")
    if not job.id:
        return failure(job, "Without a job id it cannot be distinguished from like failures, so each is reported by itself.")
    try:
        length = window_length()
        window = window_of(job, end, length, end - 90)
        rank = [other.id for other in window].index(job.id)
    except Exception as error:  # a failure to look must never silence
        note = f"AWS Backup's list of jobs could not be read, so each failure comes by itself ({explain(error)})."
        return failure(job, note, why)
    job, over = window[rank], window[0].ended + length
    if rank == 0:
        return failure(job, f"More failures of the same cause until {utc(over)} will come as one summary.", why)
    if rank > 1:
        return verdict_on(job, "left_to_summary")
    time.sleep(max(0, min(over, end) - time.time()))
    note = ""
    try:  # just at the end, it may be
        window = window_of(job, end, length, end + 15)
    except Exception as error:  # then the summary counts what was seen the first time
        note = ("AWS Backup's list of jobs could not be read again when the window was over "
                f"({explain(error)}), so there may be more of them.")
    return summary(job, window, note)


def window_length():
    return float(os.environ.get("STORM_WINDOW_SECONDS") or 900)


def window_of(job, end, length, last):
    """The jobs of the same cause that share this one's window, in order.

    No state is kept: every event of a storm works the windows out by itself, and all must find the same ones. So they are
    laid from a fixed point, midnight UTC. Laid from some hours before each event, they would move along with it, and in a
    long storm no event would ever be the first."""
    since = (job.ended - 3 * HOUR) // DAY * DAY  # if only the event's time is known, the job itself ended earlier
    jobs = {other.id: other for other in listed(job, since, end, last)}
    job = jobs[job.id] = jobs.get(job.id, job).filled_from(job)
    # A job without a completion date is of no day, so it is left out: that can mean an alarm more, never one less.
    alike = [other for other in jobs.values() if other.ended // DAY == job.ended // DAY and other.cause() == job.cause()]
    window = []
    for other in sorted(alike, key=lambda other: (other.ended, other.id)):
        if window and other.ended >= window[0].ended + length:
            if job in window:
                break
            window = []
        window.append(other)
    return window


@functools.lru_cache(maxsize=10000)
def essence(reason):
    """The reason without what differs from resource to resource: ARNs, quoted names, ids, numbers."""
    reason = re.sub(r"\barn:\S+", "*", reason.lower())
    reason = re.sub(r"(?<!\w)(['\"]).+?\1(?!\w)", "*", reason)
    return re.sub(r"[\w-]*\d[\w-]*", "*", reason)


def listed(job, since, end, last):
    """Jobs of the same kind, state and vault (restores: of any vault); copy jobs are listed in the region they start from.

    No page is asked for after the time `last`."""
    by_vault = {"backup": ("ByBackupVaultName", name_of(job.vault)), "copy": ("ByDestinationVaultArn", job.vault)}
    query = {"ByStatus" if job.kind == "restore" else "ByState": job.state, "MaxResults": 1000,
             "ByCompleteAfter": datetime.fromtimestamp(since, timezone.utc)}
    if job.vault and job.kind in by_vault:
        query.update([by_vault[job.kind]])
    jobs, tokens = [], set()
    while len(tokens) < PAGES:
        if time.time() > last:
            raise RuntimeError("its pages came too slowly")
        page = ask(end, f"list_{job.kind}_jobs", job.here(), **query)
        found = [job_from(job.kind, record)._replace(region=job.region) for record in page.get(f"{job.kind.title()}Jobs") or []]
        jobs += [other for other in found if counts_with(job, other)]
        token = query["NextToken"] = page.get("NextToken")
        if not token:
            return jobs
        if token in tokens:
            raise RuntimeError("it gave the same page token twice")
        tokens.add(token)
    raise RuntimeError(f"it has more than {PAGES} pages")


# A job that completed: is its recovery point sound?


class Flaw(NamedTuple):
    """What is wrong with the recovery points of jobs that completed."""
    verb: str  # of one
    verbs: str  # of many
    problems: list  # each with what to do about it

    def cause(self):
        return self.verb, *(essence(problem) for problem, _ in self.problems)


NOT_SOUND, MISSING, UNKNOWN = (("is not sound", "are not sound"), ("is missing", "are missing"),
                               ("could not be checked", "could not be checked"))
ISSUE = "was made with issues", "were made with issues"


def completed(job, end):
    """Told like failures: the first of a cause at once, the second as a summary when the window is over, the others not at all."""
    why = ""
    if not (job.point and job.vault):
        job, why = look_up(job, end)
    flaw = flaw_of(job, end, why)
    if not flaw:
        return verdict_on(job, "silent")
    if not job.id:
        return unsound(job, flaw, "Without a job id it cannot be distinguished from others, so each is reported by itself.")
    try:
        length = window_length()
        window = window_of(job, end, length, end - 90)
        number, over = [other.id for other in window].index(job.id), window[0].ended + length
        before, all_seen = alike(flaw, window[:number], end - 90, enough=2)
    except Exception as error:  # a failure to look must never silence
        return unsound(job, flaw, f"AWS Backup's list of jobs could not be read, so each comes by itself ({explain(error)}).")
    job = window[number]
    if len(before) > 1:
        return verdict_on(job, "left_to_summary", problems=[problem for problem, _ in flaw.problems])
    if not all_seen:
        return unsound(job, flaw, "More jobs completed before it than could be read, so this may have been reported before.")
    if not before:
        return unsound(job, flaw, f"More of the same until {utc(over)} will come as one summary.")
    time.sleep(max(0, min(over, end - 60) - time.time()))
    after, note = [], ""
    try:
        later = window_of(job, end, length, end - 30)
        after, all_seen = alike(flaw, later[[other.id for other in later].index(job.id) + 1:], end - 15)
        note = "" if all_seen else "Not all of the jobs that completed then could be read, so there may be more of them."
    except Exception as error:
        note = ("AWS Backup's list of jobs could not be read again when the window was over "
                f"({explain(error)}), so there may be more of them.")
    return unsound_many(job, flaw, [*before, job, *after], note)


def alike(flaw, jobs, last, enough=None):
    """Those of the jobs with the same flaw, until there are enough, and whether as many as it takes were looked at.

    Each is asked for once: a storm that throttles is the same flaw for all."""
    found = []
    for looks, job in enumerate(jobs):
        if looks == LOOKS or time.time() > last:
            return found, False
        other = flaw_of(job, 0)
        if other and other.cause() == flaw.cause():
            found.append(job)
            if len(found) == enough:
                break
    return found, True


def flaw_of(job, end, why=""):
    """What is wrong with its recovery point, if anything. `why`: what kept it from being looked up."""
    (means, step), said, flaw = job.advice(), job.issue(), flaw_of_point(job, end, why)
    if not said:
        return flaw
    issue = Flaw(*ISSUE, [(f"AWS Backup reports: {said.rstrip('.')}. {means}", step)])
    return flaw._replace(problems=issue.problems + flaw.problems) if flaw else issue


def flaw_of_point(job, end, why):
    if not (job.point and job.vault):
        return Flaw(*UNKNOWN, [(f"AWS Backup did not name which one it is, or where. {why}".strip(),
                                "Read the job's details with the command below.")])
    try:
        problems = list(flaws_of(job, ask(end, "describe_recovery_point", job.there(),
                                          BackupVaultName=name_of(job.vault), RecoveryPointArn=job.point)))
        return Flaw(*NOT_SOUND, problems) if problems else None
    except Exception as error:
        if code(error) == "ResourceNotFoundException":
            return Flaw(*MISSING, [("The vault does not hold it: it was deleted since, or never written.",
                                    "Look in CloudTrail for DeleteRecoveryPoint to see who, and make a new one.")])
        # AWS Backup's answer for a vault that does not exist is "access denied", not "not found".
        step = (f"Either the vault is gone or the validator may not see it. `mrbackup up --name {DEPLOYMENT}` repairs both."
                if code(error).startswith("AccessDenied") else
                "Look yourself with the first command below. The recovery point may be sound; only the check failed.")
        return Flaw(*UNKNOWN, [(explain(error), step)])


def meant_for_ever(job, point):
    """Whether the rule that made it gives no end to what it puts into that region."""
    creator = point.get("CreatedBy")
    rule = best_name(rule_of(creator) if isinstance(creator, dict) else "", job.rule)
    return bool(kept_for_ever(job.there()) if rule == ANY_RULE else rule in kept_for_ever(job.there()))


def best_name(*rules):
    return next((rule for rule in rules if rule not in ("", ANY_RULE)), next(filter(None, rules), ""))


def kept_for_ever(region):
    """The rules that give no end to what they put into the region."""
    kept = dict(entry.partition(":")[::2] for entry in (os.environ.get("KEPT_FOR_EVER") or "").split())
    return [rule for rule, regions in kept.items() if region in regions.split(",")]


def flaws_of(job, point):
    """What is wrong with a recovery point, and what to do about it."""
    status, lifecycle = text(point.get("Status")), point.get("Lifecycle") or {}
    if status not in GOOD_STATUSES:
        yield (f"Its status is {status or 'unknown'}. {text(point.get('StatusMessage'))}".strip(),
               "Do not count on restoring from it; make a new one.")
    endless = (lifecycle.get("DeleteAfterDays") or -1) < 1 and not lifecycle.get("DeleteAfterEvent")
    if endless and not meant_for_ever(job, point):
        yield ("It has no expiry: it is kept, and paid for, until it is deleted.",
               f"Give it one: `aws backup update-recovery-point-lifecycle {job.place()} --recovery-point-arn {job.point} "
               "--lifecycle DeleteAfterDays=DAYS`, and also the rule or command that made it.")
    # A backup of a type that AWS Backup does not fully manage inherits its source's encryption, as copies of clusters do; theirs
    # would alarm every day. Copies of volumes and databases are encrypted, in a vault on AWS's own key with their service's.
    managed, copied = job.point.split(":")[2:3] == ["backup"], job.kind == "copy"
    if point.get("IsEncrypted") is False:
        if managed or copied and job.type in ENCRYPTED_COPIES:
            yield ("It is not encrypted, though the vault's key should have seen to that." if managed else
                   "It is not encrypted, though AWS Backup encrypts copies of this type whatever their source is.",
                   f"Check the vault's key: `aws backup describe-backup-vault {job.place()}`.")
    elif (managed or copied) and not is_given(job.vault, job.here()) and under_another_key(job.vault, text(point.get("EncryptionKeyArn"))):
        yield (f"It is under another key than its vault: {text(point.get('EncryptionKeyArn'))}.",
               f"Check the vault's key, `aws backup describe-backup-vault {job.place()}`, and see that this one exists as long as the "
               "recovery point.")


def under_another_key(vault, key):
    """Whether a key is not the one that a vault was made with: its name has that key's hash. One on AWS's own key has none, and
    takes what AWS's own keys of the services encrypt."""
    made_with = name_of(vault).partition("_")[2]
    return bool(made_with and key) and hashlib.sha256(key.encode()).hexdigest()[:len(made_with)] != made_with


# A restore that completed: did it bring what was backed up? The evidence is in judge.py, which is loaded for these alone.


def restored(job, end):
    """Judged, if it is a test of this deployment in this region: a person's own restore is theirs to look into."""
    plan = job.testing.split(":restore-testing-plan:")
    ours = plan[-1].partition("-")[0] == TESTS and region_of(job.testing, "") == HERE == job.here()
    return tested(job, end) if len(plan) == 2 and ours else verdict_on(job, "silent")


def tested(job, end):
    """What is to be told of it, measured; the verdict is put on the job by `deliver`, after what is told with it."""
    try:
        record, answer = judged(job, end)
        if not answer:
            return {**verdict_on(job, "silent"), "validation": text(record.get("ValidationStatus"))}
        job = job.filled_from(job_from("restore", record))
        measure(job, record, answer)
    except Exception as error:
        raise NotJudged(f"the restore test {job.id or 'without an id'} has no verdict yet: {explain(error)}") from error
    outcome = misrestored(job, record, answer) if answer.verdict == "FAILED" else verdict_on(job, "silent")
    final = answer.verdict in VERDICTS
    return {**outcome, "validation": answer.verdict, "found": answer.found, "stamp": (lambda: stamp(job, answer)) if final else None}


def judged(job, end):
    """The job as AWS Backup has it and the verdict on it, which is nothing where it has one: events come twice.

    Waits for what was made to be ready, and raises where that takes too long."""
    import judge as evidence
    last = min(time.time() + PATIENCE, end - PAUSE)
    while True:
        record = ask(end, "describe_restore_job", HERE, RestoreJobId=job.id)
        if text(record.get("ValidationStatus")) in VERDICTS:
            return record, None
        answer = evidence.judge(record, client, HERE, end)
        if not answer.again:
            return record, answer
        if time.time() + PAUSE > last:
            raise RuntimeError(answer.found)
        time.sleep(PAUSE)


def judged_for_drill(asked, end):
    """The verdict on any restore job, for who invokes the function: it stays with them, and no job is stamped."""
    import judge as evidence
    job = text(asked.get("job")) if isinstance(asked, dict) else ""
    line = {"level": "INFO", "deployment": DEPLOYMENT, "outcome": "judged", "job": job}
    try:
        answer = evidence.judge(client("backup", HERE).describe_restore_job(RestoreJobId=job), client, HERE, end)
    except Exception as error:
        print(json.dumps({**line, "level": "ERROR", "outcome": "not_judged", "error": explain(error)}))
        raise
    told = {"verdict": answer.verdict, "proves": answer.proves, "found": answer.found}
    print(json.dumps({**line, **told}))
    return told


def measure(job, record, answer):
    """Metrics of a test: put before its verdict, after which no event is judged again. Those of one moment count once."""
    begun, ended, backed_up = (seconds(record.get(name)) for name in ("CreationDate", "CompletionDate", "RecoveryPointCreationDate"))
    values = {"RestoreMinutes": (ended - begun) / 60 if begun and ended else None,
              "RestoreDataAgeMinutes": (begun - backed_up) / 60 if begun and backed_up else None,
              "RestoreProved": {"SUCCESSFUL": 1, "FAILED": 0}.get(answer.verdict)}
    dimensions = [{"Name": "Deployment", "Value": DEPLOYMENT}, {"Name": "Region", "Value": HERE},
                  {"Name": "ResourceType", "Value": job.type or "unknown"}]
    data = [{"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": "None",
             "Timestamp": datetime.fromtimestamp(ended or time.time(), timezone.utc)}
            for name, value in values.items() if value is not None]
    if data:
        client("cloudwatch", HERE).put_metric_data(Namespace=METRICS, MetricData=data)


def stamp(job, answer):
    """AWS Backup takes one verdict for a job and then deletes what was restored."""
    words = re.sub(r"[^\t\n -\ud7ff\ue000-\ufffd]", "?", answer.found)[:1024]
    try:
        client("backup", HERE).put_restore_validation_result(
            RestoreJobId=job.id, ValidationStatus=answer.verdict, ValidationStatusMessage=words)
    except ClientError as error:
        record = ask(0, "describe_restore_job", HERE, RestoreJobId=job.id) if code(error).startswith("Invalid") else {}
        if text(record.get("ValidationStatus")) not in VERDICTS:  # else the same event was judged beside this one, or too late
            raise


def misrestored(job, record, answer):
    made, place = text(record.get("CreatedResourceArn")), f"--restore-job-id {job.id} --region {HERE}"
    step = (f"Do not count on this recovery point. Make a new one with `mrbackup drill backup {job.resource or 'RESOURCE_ARN'} "
            f"--name {DEPLOYMENT}`, and restore the one before it on trial. AWS Backup deletes what the test made: check it before that.")
    return verdict_on(job, "alarm", f"restore test found wrong data in {HERE} ({job.type or 'type unknown'})", letter(
        glance(job.resource, job.ended),
        f'A restore test in {HERE} of deployment "{DEPLOYMENT}" COMPLETED, but what it restored is not what was backed up.\n'
        "A restore in earnest may end the same way.",
        job.facts() + [("Made", made or "not named"), ("Found", answer.found)],
        [("The recovery point, or what AWS Backup makes of it, is not whole: the restore itself reported no failure.", step)],
        [f"aws backup describe-restore-job {place}", f"aws backup get-restore-job-metadata {place}"]),
        validation=answer.verdict, proves=answer.proves, found=answer.found, made=made)


# A change of a setting or of a vault. Its event does not say who made it.


def change_of(kind, event, detail, vault=""):
    when = seconds(detail.get("modifiedAt")) or seconds(event.get("time")) or time.time()
    return Job(kind, "", text(detail.get("state")), "", "", "", "", vault, "", when, region=region_told(event))


def settings_changed(event, detail):
    change, region = change_of("settings", event, detail), region_told(event)
    told = detail.get("ResourceTypeOptInPreference")
    types = {name: flag(on) for name, on in told.items() if flag(on) is not None} if isinstance(told, dict) else {}
    off, on = ([name for name in sorted(types) if types[name] is state] for state in (False, True))
    step = "See with the first command below which types are off, and turn on what should be on."
    if off:
        step = (f"If that was not intended, turn on again what is off: `aws backup update-region-settings --region {region} "
                f"--resource-type-opt-in-preference '{json.dumps(dict.fromkeys(off, True))}'`.")
    elif on:
        step = f"From now on, tagged resources of the types that are on are backed up too, and paid for. {step}"
    sides = "; ".join(f"{label} {', '.join(names)}" for label, names in (("off:", off), ("on:", on)) if names)
    return verdict_on(change, "alarm", f"AWS Backup opt-in changed in {region}; {sides or 'types not named'}", letter(
        glance(region, change.ended),
        f"The resource types that AWS Backup protects in {region} were changed, for the whole account.\n"
        "The event names the types below, and no others.",
        [("Off now", ", ".join(off) or "none named"), ("On now", ", ".join(on) or "none named"), ("When", utc(change.ended)),
         who("UpdateRegionSettings")],
        [("A type that is off is skipped in silence: a selection by tags leaves its resources out, so no job starts, none "
          "fails, and no alarm comes.", step)],
        [f"aws backup describe-region-settings --region {region}", trail("UpdateRegionSettings", region)],
        "Where CloudTrail has no such call: AWS itself turns types on when an account first uses AWS Backup in a region.",
        cause_is="What it means"), types=types)


LOCKED = (
    "While it is locked, no one can delete its backups or shorten their lifecycle, and jobs whose retention is outside the lock's "
    "limits fail. After the LockDate, if it has one, no one can take the lock off, AWS included.",
    "See the limits and the LockDate with the first command below. If that was not intended, take the lock off while that can be done: "
    "`aws backup delete-backup-vault-lock-configuration {place}`.")
UNLOCKED = (
    "No lock holds its backups now: everyone who may delete recovery points, or shorten their lifecycle, can do so at once.",
    "If that was not intended, lock it again: `aws backup put-backup-vault-lock-configuration {place} --min-retention-days DAYS`.")
DELETED = (
    "Every job that is to write into it fails until it is there again. AWS Backup deletes only empty vaults, so whatever it held "
    "had been deleted, or had expired, before.",
    "Run `mrbackup up --name {deployment}`: it makes a missing vault again. If that was not intended, check CloudTrail for "
    "DeleteRecoveryPoint too.")
GIVEN_DELETED = (
    DELETED[0], "Create it again, or name another: `mrbackup up --name {deployment} --set vault.{region}=NAME`. If that was not intended, "
    "check CloudTrail for DeleteRecoveryPoint too.")
LOCK_CALLS = ("PutBackupVaultLockConfiguration", "DeleteBackupVaultLockConfiguration")


def vault_changed(event, detail):
    known = [vault for vault in (first_resource(event), text(detail.get("backupVaultName"))) if vault]
    region = region_told(event)
    change = change_of("vault", event, detail, next((vault for vault in known if ours(vault, region)), "".join(known[:1])))
    locked = flag(detail.get("isLocked"))
    if change.state not in ("CREATED", "MODIFIED", "DELETED"):
        return not_understood(event, f"its state is {change.state or 'missing'}")
    if known and not ours(change.vault, region) or change.state == "CREATED" or change.state == "MODIFIED" and "isLocked" not in detail:
        return verdict_on(change, "ignored")
    happened, (means, step), calls = (
        ("was DELETED", GIVEN_DELETED if is_given(change.vault, region) else DELETED, ("DeleteBackupVault",)) if change.state == "DELETED" else
        ("is UNLOCKED now", UNLOCKED, LOCK_CALLS) if locked is False else
        ("is LOCKED now" if locked else "had its lock CHANGED", LOCKED, LOCK_CALLS))
    name, region, place = name_of(change.vault) or "(name not given)", change.there(), change.place()
    return verdict_on(change, "alarm", f"vault {name} in {region} {happened}", letter(
        glance(name_of(change.vault), change.ended, [(means, step)]),
        f'The vault {name} in {region} of deployment "{DEPLOYMENT}" {happened}.',
        [("Vault", change.vault or "not named"), ("When", utc(change.ended)), who(*calls)],
        [(means, step.format(place=place, deployment=DEPLOYMENT, region=region))],
        [f"aws backup describe-backup-vault {place}", *(trail(call, region) for call in calls)], cause_is="What it means"),
        locked=locked)


# A recovery point that is deleted before its time


def point_changed(event, detail, end):
    """Told at once, where it is known that AWS Backup did not let it expire; of a vault's deletions within an hour the first.

    One whose expiry is unknown may have expired. AWS documents no sample of such events: if they all lacked it, a message would
    come each night, which is worse than an hour's wait for the watchdog's count. That alone sees, too, who has an expiry moved to
    an earlier day and waits for it."""
    known = [vault for vault in (text(detail.get("backupVaultArn")), text(detail.get("backupVaultName"))) if vault]
    point = job_from("point", detail)
    region = region_told(event)
    point = point._replace(vault=next((vault for vault in known if ours(vault, region)), "".join(known[:1])),
                           point=point.point or first_resource(event), ended=seconds(event.get("time")) or time.time(), region=region)
    if point.state not in (*GOING, *STAYING):
        return not_understood(event, f"its status is {point.state or 'missing'}")
    if known and not ours(point.vault, region) or point.state in STAYING:
        return verdict_on(point, "ignored")
    if point.shared() and not is_drill(event) and made_by_others(point, end):
        return verdict_on(point, "ignored")
    expiry, why = expiry_of(detail), ""
    if expiry is None and not is_drill(event):
        point, expiry, why = look_up_point(point, end)
    if expiry is None and point.rule in kept_for_ever(point.there()):  # not ANY_RULE, which may give an end
        expiry = float("inf")
    if expiry is None:
        return verdict_on(point, "silent", problems=[
            f"its expiry is unknown{f' ({why})' if why else ''}, so it may have expired; the watchdog counts what the vault holds"])
    if expiry <= point.ended + DAY:  # AWS Backup deletes late, never early
        return verdict_on(point, "silent")
    now = time.time()
    stream = re.sub(r"[^\w/-]", "-", f"deleted-points/{point.there()}/{name_of(point.vault)}"[:400], flags=re.ASCII)
    stream += utc(now, "/%Y-%m-%dT%H")
    if not is_drill(event) and sent_before(stream, point, expiry, min(now + MOMENT, end)):
        return verdict_on(point, "left_to_watchdog")
    return {**deletion(point, expiry, stream, now // HOUR * HOUR + HOUR), "stream": stream}


def expiry_of(record):
    """When AWS Backup deletes a recovery point by itself: never is infinity, and None is not known.

    AWS's sample of the event writes `calculatedLifeCycle`, its API `CalculatedLifecycle`."""
    fields = {name.lower(): value for name, value in record.items()}
    calculated, lifecycle = ({name.lower(): value for name, value in value.items()} if isinstance(value, dict) else None
                             for value in (fields.get("calculatedlifecycle"), fields.get("lifecycle")))
    at, created = seconds((calculated or {}).get("deleteat")), seconds(fields.get("creationdate"))
    told = text((lifecycle or {}).get("deleteafterdays"))
    days, endless = re.fullmatch(r"[1-9]\d{0,5}", told), re.fullmatch(r"(-\d+|0*)", told)
    if at or text((lifecycle or {}).get("deleteafterevent")):  # after a copy of it was made, which AWS Backup alone sees
        return at
    if days:
        return created + int(days[0]) * DAY if created else None
    # Not of a lifecycle that is not there, or whose end could not be read.
    return float("inf") if lifecycle is not None and endless and "deleteat" not in (calculated or {}) else None


def look_up_point(point, end):
    """The point with what its event left out, its expiry, and why that could not be found out. It is there while it is DELETING."""
    try:
        record = ask(end, "describe_recovery_point", point.there(),
                     BackupVaultName=name_of(point.vault), RecoveryPointArn=point.point)
        found = job_from("point", record)
        rule = best_name(found.rule, point.rule)
        return point.filled_from(found)._replace(rule=rule), expiry_of(record), "AWS Backup does not name one"
    except Exception as error:
        return point, None, explain(error)


# AWS has no list of deleted recovery points that a storm could be counted from, and each of 300 events may come to a copy of the
# function of its own. All that these share is their log group, where they may make a log stream and write to it, not read. So a
# message that was sent makes a stream of the vault and the hour, and who can write to that has been told that it was sent. A stream
# more, which only one can make, says whose message it is to be: the others wait a moment for it, then send their own.
# Whatever fails here, a message too many comes of it, never one too few. A deletion that goes on over the hour is told twice.


def sent_before(stream, point, expiry, last):
    """Whether another deletion of this vault and hour was told of. Then this one is written to the log."""
    line = {"level": "WARNING", "deployment": DEPLOYMENT, "withheld": True, "state": point.state, "vault": point.vault,
            "point": point.point, "resource": point.resource, "expires": told_expiry(expiry)}
    if noted(stream, line):
        return True
    if made(f"{stream}/begun"):
        return False
    while time.time() < last:
        time.sleep(random.uniform(1, 6))
        if noted(stream, line):
            return True
    return False


def log_group():
    return os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME") or f"/aws/lambda/{os.environ['AWS_LAMBDA_FUNCTION_NAME']}"


def made(stream):
    try:
        client("logs", HERE).create_log_stream(logGroupName=log_group(), logStreamName=stream)
        return True
    except Exception:  # it is there, or cannot be made: either way nobody is to rely on this one
        return False


def noted(stream, line):
    entry = {"timestamp": int(time.time() * 1000), "message": json.dumps(line)}
    try:
        client("logs", HERE).put_log_events(logGroupName=log_group(), logStreamName=stream, logEvents=[entry])
        return True
    except Exception:  # it is not there, or takes nothing
        return False


def told_expiry(expiry):
    return utc(expiry, "%Y-%m-%dT%H:%M:%SZ") if expiry != float("inf") else None


def deletion(point, expiry, stream, over):
    happened, region = GOING[point.state], point.there()
    means = ("A person or a script deleted it: AWS Backup itself deletes a recovery point only when it expires. No restore can "
             "use it.")
    if expiry == float("inf"):
        early, end = ", though it was to be kept permanently", "none"
    else:
        days = max(1, round((expiry - point.ended) / DAY))
        early, end = f", {days} day{'s' * (days > 1)} before its expiry", utc(expiry)
    step = (f"See what is left of this resource's backups with `mrbackup status --name {DEPLOYMENT}`. If this was not intended, take "
            "backup:DeleteRecoveryPoint from the role or user that CloudTrail names; a vault lock denies it to all.")
    vault = f"vault {name_of(point.vault)} in {region}" if point.vault else "not named"
    return verdict_on(point, "alarm", f"recovery point in {region} {happened} ({point.type or 'type unknown'})", letter(
        glance(point.resource, point.ended),
        f'A recovery point in {region} of deployment "{DEPLOYMENT}" {happened}{early}.',
        [point.facts()[0], ("Vault", vault), ("Point", point.point or "not named"), ("Expiry", end), ("When", utc(point.ended)),
         who("DeleteRecoveryPoint")],
        [(means, step)],
        [trail("DeleteRecoveryPoint", region),
         f"aws logs filter-log-events --log-group-name {log_group()} --log-stream-names {stream} --region {HERE}"],
        f"Further deletions in this vault send no message until {utc(over)}; the second command above lists those that EventBridge "
        "delivered. " + ("It is a given vault, whose recovery points the watchdog does not count." if point.shared() else
                         "The watchdog counts the vault's recovery points, and sends a message where they are fewer than expiry explains."),
        cause_is="What it means"), expires=told_expiry(expiry))


def who(*calls):
    return "Who", f"the event does not name it; check CloudTrail for {' or '.join(calls)}"


def trail(call, region):
    return f"aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue={call} --region {region}"


# What is told


def failure(job, note="", unasked=""):
    """`unasked`: why what its event left out could not be looked up, if so."""
    lost = f"Until a later {job.kind} succeeds, the newest complete one there is the one before."
    if job.kind == "restore":
        lost = ("It was a restore test: a restore in earnest may fail in the same way." if job.testing else
                "The backup is as it was. Nothing starts the restore again by itself.")
        lost += "" if job.vault else "\nIts vault could not be found out, so it may be no restore of this deployment at all."
    return verdict_on(job, "alarm", f"{job.kind} job {job.state} {job.direction()} ({job.type or 'type unknown'})", letter(
        glance(job.resource, job.ended, [job.advice()]),
        f'A {job.kind} job {job.direction()} of deployment "{DEPLOYMENT}" ended as {job.state}.\n{lost}',
        job.facts() + [("Why", job.reason or (f"not looked up ({unasked})" if unasked else "AWS Backup gave no reason."))],
        [job.advice()], [job.describe()], note))


def summary(job, window, note=""):
    told, more = told_of_many(job, window)
    return verdict_on(job, "summary", f"{len(window)} {job.kind} jobs {job.state} {job.direction()}, same cause", letter(
        glance_at_many(window, [job.advice()]),
        f'{len(window)} {job.kind} jobs {job.direction()} of deployment "{DEPLOYMENT}" ended as {job.state}, for one reason.\n'
        "The first was reported by itself; single alarms for the others were withheld.",
        [*told, ("Why", f"{window[0].reason or 'AWS Backup gave no reason.'} (of the first)")], [job.advice()],
        [list_of_many(job, window)], note), **more)


def told_of_many(job, jobs):
    """What a letter says of them, and what its part for machines does."""
    types = Counter(other.type or "type unknown" for other in jobs)
    resources = list(dict.fromkeys(other.resource or "not named" for other in jobs))
    shown = resources[:5] + ([f"and {len(resources) - 5} more"] if len(resources) > 5 else [])
    return [("Resources", ("\n" + " " * 11).join(shown)), ("Types", ", ".join(f"{n} {name}" for name, n in types.most_common())),
            *(fact for fact in job.facts() if fact[0] in ("From", "To")),
            ("When", f"{utc(jobs[0].ended)} to {utc(jobs[-1].ended)}")], {"count": len(jobs), "types": types}


def list_of_many(job, jobs):
    by_vault = {"backup": f" --by-backup-vault-name {name_of(job.vault)}", "copy": f" --by-destination-vault-arn {job.vault}"}
    by_state = f"--by-{'status' if job.kind == 'restore' else 'state'} {job.state}"
    return (f"aws backup list-{job.kind}-jobs {by_state}{by_vault.get(job.kind, '') if job.vault else ''} --by-complete-after "
            f"{utc(jobs[0].ended, '%Y-%m-%dT%H:%M:%SZ')} --region {job.here()}")


def unsound(job, flaw, note=""):
    known = bool(job.point and job.vault)
    look = [f"aws backup describe-recovery-point {job.place()} --recovery-point-arn {job.point}"] if known else []
    return verdict_on(job, "alarm", f"recovery point {job.direction()} {flaw.verb} ({job.type or 'type unknown'})", letter(
        glance(job.resource, job.ended, flaw.problems),
        f'A {job.kind} job {job.direction()} of deployment "{DEPLOYMENT}" COMPLETED, but its recovery point {flaw.verb}.',
        job.facts() + [("Point", job.point or "not named")], flaw.problems, look + [job.describe()], note, cause_is="Problem"),
        problems=[problem for problem, _ in flaw.problems])


def unsound_many(job, flaw, jobs, note):
    told, more = told_of_many(job, jobs)
    return verdict_on(job, "summary", f"{len(jobs)} recovery points {job.direction()} {flaw.verbs}, same cause", letter(
        glance_at_many(jobs, flaw.problems),
        f'{len(jobs)} {job.kind} jobs {job.direction()} of deployment "{DEPLOYMENT}" COMPLETED, but their recovery points '
        f"{flaw.verbs}, for one reason.\nThe first was reported by itself; single alarms for the others were withheld.",
        told, flaw.problems, [list_of_many(job, jobs)], note, cause_is="Problem"), **more,
        problems=[problem for problem, _ in flaw.problems])


def not_understood(event, why):
    try:
        raw = json.dumps(event, default=str)[:4000]
    except Exception:  # nested too deeply, or no JSON at all
        raw = str(type(event))
    return {"outcome": "alarm", "reason": why, "subject": "an event could not be understood", "told": raw, "letter": (
        f"{glance('an event of AWS Backup', time.time())}\n"
        f'The validator of deployment "{DEPLOYMENT}" was handed an event that it cannot understand: {why}.\n'
        f"A failed backup or copy may be behind it, so look:\n\n  mrbackup status --name {DEPLOYMENT}")}


def short(resource):
    """What people call it: of an ARN, all behind the account."""
    return resource.split(":", 5)[-1] if resource.startswith("arn:") else resource


def glance(what, moment, guidance=(), since=False):
    """The first line, for a telephone: to what it happened (or the first of several words for it that fits), when, and the one
    command."""
    up = any(step.startswith("Run `mrbackup up ") for _, step in guidance)
    run = f"mrbackup {'up' if up else 'status'}" + (f" --name {DEPLOYMENT}" if DEPLOYMENT != "default" else "")
    rest = f", {'since ' * since}{utc(moment, '%d %b %H:%M UTC')}. Run: {run}"
    whats, room = [short(each) or "not named" for each in ([what] if isinstance(what, str) else what)], GLANCE - len(rest)
    return next((each for each in whats if len(each) <= room), f"{whats[-1][:room - 3]}...") + rest


def glance_at_many(jobs, guidance):
    resources = list(dict.fromkeys(job.resource for job in jobs))
    number = f"{len(resources)} resources"
    what = [f"{number}, as {short(resources[0])}", number, str(len(resources))] if len(resources) > 1 else resources[0]
    return glance(what, jobs[0].ended, guidance, since=True)


def letter(first, lead, told, guidance, commands, note="", cause_is="Probable cause"):
    lines = [first, lead, "", *(f"{label + ':':<11}{value}" for label, value in told), ""]
    for why, step in guidance:
        lines += [f"{cause_is}: {why}", f"What to do: {step}", ""]
    lines += ["Look closer:", *(f"  {command}" for command in commands), f"  mrbackup status --name {DEPLOYMENT}"]
    return "\n".join(lines + (["", note] if note else []))


def verdict_on(job, outcome, subject="", body="", **more):
    untold = "rule", "plan", "plan_name", "role"
    known = {name: value for name, value in job._asdict().items() if name not in untold and (value or name != "category")}
    told = {"schema": SCHEMA, "outcome": outcome, "deployment": DEPLOYMENT, **known,
            "ended": utc(job.ended, "%Y-%m-%dT%H:%M:%SZ"), **more}
    return {"outcome": outcome, "job": job.id, "state": job.state, "resource": job.resource, "vault": job.vault,
            "reason": "; ".join(more.get("problems", [])) or job.reason,
            "subject": subject, "letter": body, "told": told}


def as_drill(verdict, drill):
    """The same message, which says before anything else that it is none to act on."""
    drill, told = re.sub(r"[^ -~]", "?", text(drill))[:200] or "not named", verdict["told"]
    told = told if isinstance(told, dict) else {"schema": SCHEMA, "deployment": DEPLOYMENT, "event": told}
    return {**verdict, "outcome": "drill", "drill": drill, "stream": None, "told": {**told, "outcome": "drill", "drill": drill},
            "subject": f"DRILL, no one needs to act: {verdict['subject'] or 'an event that alone raises no alarm'}", "letter": (
        f'This is a drill: nothing has failed, and no one needs to act. It shows that the alarms of deployment "{DEPLOYMENT}" arrive.\n'
        f"Who started it is not known here. Drill id: {drill}\n\n"
        f"A real message would read:\n\n{verdict['letter'] or '(An event like this raises no alarm.)'}")}


def deliver(verdict):
    """Publishes what is to be told, and writes the one log line of this event."""
    letter, told, stream, stamp = verdict.pop("letter"), verdict.pop("told"), verdict.pop("stream", None), verdict.pop("stamp", None)
    subject = verdict["subject"] and f"mrbackup {DEPLOYMENT}: {verdict['subject']}"
    loud = subject and verdict["outcome"] != "drill"
    line = {"level": "WARNING" if loud else "INFO", "deployment": DEPLOYMENT, **verdict, "subject": subject}
    answer = {"outcome": verdict["outcome"]}
    try:
        if subject:
            body = f"{letter}\n\n{SEPARATOR}\n{told if isinstance(told, str) else json.dumps(told)}\n"
            # SNS takes subjects of up to 100 printable ASCII characters, messages of up to 256 KiB of UTF-8 that XML can carry.
            subject = re.sub(r"[^ -~]+", "?", subject)[:100].rstrip()
            message = re.sub(r"[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", body)
            message = message.encode()[:262144].decode(errors="ignore")
            sent = client("sns", HERE).publish(TopicArn=os.environ["TOPIC_ARN"], Subject=subject, Message=message)
            answer["message_id"] = line["message_id"] = text(sent.get("MessageId"))
    except Exception as error:
        print(json.dumps({**line, "level": "ERROR", "outcome": "not_published", "error": explain(error)}))
        raise
    if stream:  # only now: a message that was not sent counts for nothing
        made(stream)
    try:
        if stamp:  # only now too: an event whose job has its verdict is not told again
            stamp()
    except Exception as error:
        print(json.dumps({**line, "level": "ERROR", "outcome": "not_stamped", "error": explain(error)}))
        raise
    print(json.dumps(line))
    return answer
