"""Turns AWS Backup's events (jobs that ended, settings and vaults that changed) into alarms a person can act on, and is silent
while all is well."""

import functools
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
THROTTLED = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|ServiceUnavailable|DependencyFailure|SlowDown")
SCHEMA = "mrbackup.alarm/1"
SEPARATOR = "----- for machines -----"
DRILL = "mrbackup-drill"  # no event of AWS has this member: who invokes the function puts it there
PAGES = 50  # of 1000 jobs: more than one vault sees in a day
HOUR, DAY = 3600, 86400

DENIED = r"access ?denied|not authori[sz]ed|unauthori[sz]ed|insufficient privileges|permission"
KEY = r"\bkms\b|\bcmk\b|encryption key"
QUOTA = r"limit|quota|throttl|too many|rate exceeded"
# What AWS Backup says, after the job's state; the probable cause; what to do. The first that matches counts, so the specific
# ones come first: a KMS failure also says "access denied".
ADVICE = (
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
    (KEY,
     "The key of the resource or of the vault is disabled, deleted or closed to the service role; or this is a copy of a type "
     "that AWS Backup does not fully manage (EC2, EBS, RDS, ...) into a vault with the key aws/backup.",
     "Find the vault's key with `aws backup describe-backup-vault {place}`, then check the "
     "key's state and policy."),
    (DENIED,
     "The service role lacks a permission, or a policy denies it (SCP, permissions boundary, vault, bucket or key policy).",
     "Run `mrbackup status --name {deployment}` to see what is missing; `mrbackup up --name {deployment}` restores the role."),
    (r"running job for the same resource", "Another job for this resource was still running when this job's window closed.",
     "See what else backs it up: `aws backup list-backup-jobs --by-resource-arn {resource} --region {here}`."),
    (r"^ABORTED|stopped by|aborted|cancell?ed", "Somebody, or some script, stopped the job.",
     "Look in CloudTrail for StopBackupJob to see who. If it was a mistake, start a new backup of the resource."),
    (r"^EXPIRED|\bwindow\b", "The job did not start, or did not finish, within its window.",
     "See what else ran late with `aws backup list-{kind}-jobs --by-state {state} --region {here}`. If this was not a single "
     "bad night, widen the rule's windows or move its schedule, and run `mrbackup up --name {deployment}`."),
    (QUOTA, "A quota of AWS Backup, or of the resource's own service, was reached.",
     "The next scheduled job tries again. If it fails too, ask for a higher quota or spread the schedules."),
    (r"^PARTIAL", "Some parts of the resource were saved, others were not.",
     "See which: `aws backup list-{kind}-jobs --by-parent-job-id {id} --region {here}`."),
    (r"", "Not a known one; AWS's own words above are all there is.",
     "Read the job's details with the command below. The next scheduled job tries again by itself."))
# No schedule tries a restore again.
RESTORE_ADVICE = (
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
    (r"^ABORTED|aborted|cancell?ed", "The restore was stopped before it ended.",
     "Look in CloudTrail for what its role and its caller did at that time, and start the restore again."),
    (QUOTA, "A quota of AWS Backup, or of the resource's own service, was reached.",
     "Ask for a higher quota, or free some of it, and start the restore again."),
    (r"already exists|not available|invalid|does not exist|not found", "The restore's settings do not fit what is there now.",
     "Compare them with `aws backup get-recovery-point-restore-metadata {place} --recovery-point-arn {point}`, and start the "
     "restore again."),
    (r"", "Not a known one; AWS's own words above are all there is.",
     "Read the job's details with the command below, and start the restore again once that is mended."))


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

    def filled_from(self, other):
        return Job(*(mine or theirs for mine, theirs in zip(self, other)))

    def cause(self):
        return self.kind, self.state, name_of(self.vault), region_of(self.vault), essence(self.reason)

    def direction(self):
        way = {"copy": "to", "restore": "from"}.get(self.kind, "in")
        return f"{way} {region_of(self.vault) if self.vault else 'an unknown vault'}"

    def foreign(self):
        """Whether it is known to be about a vault of somebody else."""
        return ":backup-vault:" in self.vault and not ours(self.vault)

    def facts(self):
        restore = self.kind == "restore"
        places = [("From", self.source)] * (self.kind == "copy") + [("From" if restore else "To", self.vault)]
        return [("Resource", f"{self.resource or 'not told'} ({self.type or 'type unknown'})"),
                *((label, f"vault {name_of(vault)} in {region_of(vault)}" if vault else "not told") for label, vault in places),
                *[("Point", self.point or "not told")] * restore, *[("Test", self.testing)] * bool(self.testing),
                ("When", utc(self.ended)), ("Job", self.id or "not told")]

    def place(self):
        return f"--backup-vault-name {name_of(self.vault) or 'VAULT'} --region {region_of(self.vault)}"

    def describe(self):
        return f"aws backup describe-{self.kind}-job --{self.kind}-job-id {self.id or 'JOB_ID'} --region {HERE}"

    def advice(self):
        words = {"deployment": DEPLOYMENT, "here": HERE, "kind": self.kind, "id": self.id or "JOB_ID", "state": self.state,
                 "place": self.place(), "resource": self.resource or "RESOURCE_ARN", "type": self.type or "TYPE",
                 "point": self.point or "RECOVERY_POINT_ARN"}
        advice, said = RESTORE_ADVICE if self.kind == "restore" else ADVICE, f"{self.state}: {self.reason}"
        return next((why, step.format(**words)) for known, why, step in advice if re.search(f"(?is){known}", said))


def handler(event, context):
    """Judges one event. Only a message that could not be published is an error: Lambda then hands the event in again."""
    try:
        left = context.get_remaining_time_in_millis() / 1000 if hasattr(context, "get_remaining_time_in_millis") else 60
        verdict = judge(event, time.time() + left - 30)
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
    kind = KINDS.get(type_)
    if kind is None:
        return not_understood(event, "it is not a state change of a job, a vault or a region's settings")
    job = job_from(kind, detail)
    # Many events of backup and restore jobs name the recovery point here and nowhere else; a copy job's names the source's one.
    job = job._replace(point=job.point or (first_resource(event) if kind != "copy" else ""),
                       ended=job.ended or seconds(event.get("time")) or time.time())
    if is_drill(event):  # there is no such job, so there is nothing to look up and no storm
        return failure(job if job.state in BAD_STATES else job._replace(state="FAILED"))
    why = ""
    if not job.state:
        job, why = look_up(job, end)
    if job.state == "COMPLETED":
        return completed(job, end) if kind != "restore" else verdict_on(job, "silent")
    if job.state in BAD_STATES:
        return ended_badly(job, end)
    if job.state in PASSING_STATES:
        return verdict_on(job, "ignored")
    unknown = f"not told, and could not be looked up ({why})" if why and job.id else "missing"
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
    return Job(kind, identity, state, reason, resource, type_, source, vault, point, seconds(field("completionDate")), testing)


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


def ours(vault):
    """A vault with a key of its own has a hash after an underscore, which is in no deployment's name."""
    return re.fullmatch(rf"mrbackup-{re.escape(DEPLOYMENT)}(_.*)?", name_of(vault)) is not None


def region_of(vault):
    return (vault.split(":") + [""] * 4)[3] or HERE


@functools.lru_cache(maxsize=None)
def client(service, region):
    return boto3.client(service, region_name=region or None, config=Config(
        retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=10))


def ask(end, operation, region="", **query):
    """A read of AWS Backup. A storm throttles the very reads that are to calm it, so these outlast boto3's own retries."""
    for attempt in itertools.count():
        try:
            return getattr(client("backup", region or HERE), operation)(**query)
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
        return job, "The event carries no job id."
    try:
        record = ask(end, f"describe_{job.kind}_job", **{f"{job.kind.title()}JobId": job.id})
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
    if job.kind == "restore" and job.foreign():  # only the vault tells whose a restore is, and the rule cannot always see it
        return verdict_on(job, "ignored")
    if not job.id:
        return failure(job, "Without a job id it cannot be told apart from like failures, so each is reported by itself.")
    try:
        length = float(os.environ.get("STORM_WINDOW_SECONDS") or 900)
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
        page = ask(end, f"list_{job.kind}_jobs", **query)
        jobs += [job_from(job.kind, record) for record in page.get(f"{job.kind.title()}Jobs") or []]
        token = query["NextToken"] = page.get("NextToken")
        if not token:
            return jobs
        if token in tokens:
            raise RuntimeError("it gave the same page token twice")
        tokens.add(token)
    raise RuntimeError(f"it has more than {PAGES} pages")


# A job that completed: is its recovery point sound?


def completed(job, end):
    why = ""
    if not (job.point and job.vault):
        job, why = look_up(job, end)
    if not (job.point and job.vault):
        return unsound(job, "could not be checked", [(f"AWS Backup did not say which one it is, or where. {why}".strip(),
                                                      "Read the job's details with the command below.")])
    try:
        flaws = list(flaws_of(job, ask(end, "describe_recovery_point", region_of(job.vault),
                                       BackupVaultName=name_of(job.vault), RecoveryPointArn=job.point)))
        return unsound(job, "is not sound", flaws) if flaws else verdict_on(job, "silent")
    except Exception as error:
        if code(error) == "ResourceNotFoundException":
            return unsound(job, "is missing", [("The vault does not hold it: it was deleted since, or never written.",
                                                "Look in CloudTrail for DeleteRecoveryPoint to see who, and make a new one.")])
        # AWS Backup's answer for a vault that does not exist is "access denied", not "not found".
        step = (f"Either the vault is gone or the validator may not see it. `mrbackup up --name {DEPLOYMENT}` repairs both."
                if code(error).startswith("AccessDenied") else
                "Look yourself with the first command below. The recovery point may be sound; only the check failed.")
        return unsound(job, "could not be checked", [(explain(error), step)])


def flaws_of(job, point):
    """What is wrong with a recovery point, and what to do about it."""
    status, lifecycle = text(point.get("Status")), point.get("Lifecycle") or {}
    if status not in GOOD_STATUSES:
        yield (f"Its status is {status or 'unknown'}. {text(point.get('StatusMessage'))}".strip(),
               "Do not count on restoring from it; make a new one.")
    if (lifecycle.get("DeleteAfterDays") or -1) < 1 and not lifecycle.get("DeleteAfterEvent"):
        yield ("It has no expiry: it is kept, and paid for, until somebody deletes it.",
               f"Give it one: `aws backup update-recovery-point-lifecycle {job.place()} --recovery-point-arn {job.point} "
               "--lifecycle DeleteAfterDays=DAYS`, and also the rule or command that made it.")
    # Types that AWS Backup does not fully manage inherit their source's encryption; theirs would alarm every day.
    if point.get("IsEncrypted") is False and job.point.split(":")[2:3] == ["backup"]:
        yield ("It is not encrypted, though the vault's key should have seen to that.",
               f"Look at the vault's key: `aws backup describe-backup-vault {job.place()}`.")


# A change of a setting or of a vault. Its event does not say who made it.


def change_of(kind, event, detail, vault=""):
    when = seconds(detail.get("modifiedAt")) or seconds(event.get("time")) or time.time()
    return Job(kind, "", text(detail.get("state")), "", "", "", "", vault, "", when)


def settings_changed(event, detail):
    change, region = change_of("settings", event, detail), text(event.get("region")) or HERE
    told = detail.get("ResourceTypeOptInPreference")
    types = {name: flag(on) for name, on in told.items() if flag(on) is not None} if isinstance(told, dict) else {}
    off, on = ([name for name in sorted(types) if types[name] is state] for state in (False, True))
    step = "See with the first command below which types are off, and turn on what should be on."
    if off:
        step = (f"If nobody meant it, turn on again what is off: `aws backup update-region-settings --region {region} "
                f"--resource-type-opt-in-preference '{json.dumps(dict.fromkeys(off, True))}'`.")
    elif on:
        step = f"From now on, tagged resources of the types that are on are backed up too, and paid for. {step}"
    sides = "; ".join(f"{label} {', '.join(names)}" for label, names in (("off:", off), ("on:", on)) if names)
    return verdict_on(change, "alarm", f"AWS Backup opt-in changed in {region}; {sides or 'types not told'}", letter(
        f"The resource types that AWS Backup protects in {region} were changed, for the whole account.\n"
        "The event tells of the types below, and of no others.",
        [("Off now", ", ".join(off) or "none told"), ("On now", ", ".join(on) or "none told"), ("When", utc(change.ended)),
         who("UpdateRegionSettings")],
        [("A type that is off is skipped in silence: a selection by tags leaves its resources out, so no job starts, none "
          "fails, and no alarm comes.", step)],
        [f"aws backup describe-region-settings --region {region}", trail("UpdateRegionSettings", region)],
        "Where CloudTrail has no such call: AWS itself turns types on when an account first uses AWS Backup in a region.",
        cause_is="What it means"), types=types)


LOCKED = (
    "While it is locked, nobody can delete its backups or shorten their lifecycle, and jobs whose retention is outside the lock's "
    "limits fail. After the LockDate, if it has one, nobody can take the lock off, AWS included.",
    "See the limits and the LockDate with the first command below. If nobody meant it, take the lock off while that can be done: "
    "`aws backup delete-backup-vault-lock-configuration {place}`.")
UNLOCKED = (
    "No lock holds its backups any more: whoever may delete recovery points, or shorten their lifecycle, can do so at once.",
    "If nobody meant it, lock it again: `aws backup put-backup-vault-lock-configuration {place} --min-retention-days DAYS`.")
DELETED = (
    "Every job that is to write into it fails until it is there again. AWS Backup deletes only empty vaults, so whatever it held "
    "had been deleted, or had expired, before.",
    "Run `mrbackup up --name {deployment}`: it makes a missing vault again. If nobody meant it, look in CloudTrail for "
    "DeleteRecoveryPoint too.")
LOCK_CALLS = ("PutBackupVaultLockConfiguration", "DeleteBackupVaultLockConfiguration")


def vault_changed(event, detail):
    known = [vault for vault in (first_resource(event), text(detail.get("backupVaultName"))) if vault]
    change = change_of("vault", event, detail, next(filter(ours, known), "".join(known[:1])))
    locked = flag(detail.get("isLocked"))
    if change.state not in ("CREATED", "MODIFIED", "DELETED"):
        return not_understood(event, f"its state is {change.state or 'missing'}")
    if known and not ours(change.vault) or change.state == "CREATED" or change.state == "MODIFIED" and "isLocked" not in detail:
        return verdict_on(change, "ignored")
    happened, (means, step), calls = (
        ("was DELETED", DELETED, ("DeleteBackupVault",)) if change.state == "DELETED" else
        ("is UNLOCKED now", UNLOCKED, LOCK_CALLS) if locked is False else
        ("is LOCKED now" if locked else "had its lock CHANGED", LOCKED, LOCK_CALLS))
    name, region, place = name_of(change.vault) or "(name not told)", region_of(change.vault), change.place()
    return verdict_on(change, "alarm", f"vault {name} in {region} {happened}", letter(
        f'The vault {name} in {region} of deployment "{DEPLOYMENT}" {happened}.',
        [("Vault", change.vault or "not told"), ("When", utc(change.ended)), who(*calls)],
        [(means, step.format(place=place, deployment=DEPLOYMENT))],
        [f"aws backup describe-backup-vault {place}", *(trail(call, region) for call in calls)], cause_is="What it means"),
        locked=locked)


def who(*calls):
    return "Who", f"the event does not say; look in CloudTrail for {' or '.join(calls)}"


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
        f'A {job.kind} job {job.direction()} of deployment "{DEPLOYMENT}" ended as {job.state}.\n{lost}',
        job.facts() + [("Why", job.reason or (f"not looked up ({unasked})" if unasked else "AWS Backup gave no reason."))],
        [job.advice()], [job.describe()], note))


def summary(job, window, note=""):
    begun, types = window[0].ended, Counter(other.type or "type unknown" for other in window)
    resources = list(dict.fromkeys(other.resource or "not told" for other in window))
    shown = resources[:5] + ([f"and {len(resources) - 5} more"] if len(resources) > 5 else [])
    by_vault = {"backup": f" --by-backup-vault-name {name_of(job.vault)}", "copy": f" --by-destination-vault-arn {job.vault}"}
    by_state = f"--by-{'status' if job.kind == 'restore' else 'state'} {job.state}"
    return verdict_on(job, "summary", f"{len(window)} {job.kind} jobs {job.state} {job.direction()}, same cause", letter(
        f'{len(window)} {job.kind} jobs {job.direction()} of deployment "{DEPLOYMENT}" ended as {job.state}, for one reason.\n'
        "The first was reported by itself; single alarms for the others were withheld.",
        [("Resources", ("\n" + " " * 11).join(shown)), ("Types", ", ".join(f"{n} {name}" for name, n in types.most_common())),
         *(fact for fact in job.facts() if fact[0] in ("From", "To")), ("When", f"{utc(begun)} to {utc(window[-1].ended)}"),
         ("Why", f"{window[0].reason or 'AWS Backup gave no reason.'} (said of the first)")], [job.advice()],
        [f"aws backup list-{job.kind}-jobs {by_state}{by_vault.get(job.kind, '') if job.vault else ''} --by-complete-after "
         f"{utc(begun, '%Y-%m-%dT%H:%M:%SZ')} --region {HERE}"], note), count=len(window), types=types)


def unsound(job, verb, flaws):
    known = bool(job.point and job.vault)
    look = [f"aws backup describe-recovery-point {job.place()} --recovery-point-arn {job.point}"] if known else []
    return verdict_on(job, "alarm", f"recovery point {job.direction()} {verb} ({job.type or 'type unknown'})", letter(
        f'A {job.kind} job {job.direction()} of deployment "{DEPLOYMENT}" COMPLETED, but its recovery point {verb}.',
        job.facts() + [("Point", job.point or "not told")], flaws, look + [job.describe()], cause_is="Problem"),
        problems=[problem for problem, _ in flaws])


def not_understood(event, why):
    try:
        raw = json.dumps(event, default=str)[:4000]
    except Exception:  # nested too deeply, or no JSON at all
        raw = str(type(event))
    return {"outcome": "alarm", "reason": why, "subject": "an event could not be understood", "told": raw, "letter": (
        f'The validator of deployment "{DEPLOYMENT}" was handed an event that it cannot understand: {why}.\n'
        f"A failed backup or copy may be behind it, so look:\n\n  mrbackup status --name {DEPLOYMENT}")}


def letter(lead, told, guidance, commands, note="", cause_is="Probable cause"):
    lines = [lead, "", *(f"{label + ':':<11}{value}" for label, value in told), ""]
    for why, step in guidance:
        lines += [f"{cause_is}: {why}", f"What to do: {step}", ""]
    lines += ["Look closer:", *(f"  {command}" for command in commands), f"  mrbackup status --name {DEPLOYMENT}"]
    return "\n".join(lines + (["", note] if note else []))


def verdict_on(job, outcome, subject="", body="", **more):
    told = {"schema": SCHEMA, "outcome": outcome, "deployment": DEPLOYMENT, **job._asdict(),
            "ended": utc(job.ended, "%Y-%m-%dT%H:%M:%SZ"), **more}
    return {"outcome": outcome, "job": job.id, "state": job.state, "resource": job.resource, "vault": job.vault,
            "reason": "; ".join(more.get("problems", [])) or job.reason,
            "subject": subject, "letter": body, "told": told}


def as_drill(verdict, drill):
    """The same message, which says before anything else that it is none to act on."""
    drill, told = re.sub(r"[^ -~]", "?", text(drill))[:200] or "not told", verdict["told"]
    told = told if isinstance(told, dict) else {"schema": SCHEMA, "deployment": DEPLOYMENT, "event": told}
    return {**verdict, "outcome": "drill", "drill": drill, "told": {**told, "outcome": "drill", "drill": drill},
            "subject": f"DRILL, nobody need act: {verdict['subject'] or 'an event that alone raises no alarm'}", "letter": (
        f'This is a drill: nothing has failed, and nobody need act. It shows that the alarms of deployment "{DEPLOYMENT}" arrive.\n'
        f"Who started it is not known here. Drill id: {drill}\n\n"
        f"A real message would read:\n\n{verdict['letter'] or '(An event like this raises no alarm.)'}")}


def deliver(verdict):
    """Publishes what is to be told, and writes the one log line of this event."""
    letter, told = verdict.pop("letter"), verdict.pop("told")
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
    print(json.dumps(line))
    return answer
