"""Looks regularly, from the secondary region, at what copies there really are, and tells a person when what it finds changes.

No state is kept but metrics: the last run's findings are known by a digest in CloudWatch."""

import contextlib
import functools
import hashlib
import json
import math
import os
import random
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

DEPLOYMENT = os.environ.get("DEPLOYMENT", "default")
HERE = os.environ.get("AWS_REGION", "")
SCHEMA = "mrbackup.watchdog/1"
NAMESPACE = "mrbackup"
CONTINUOUS = "AVAILABLE"  # the good status of a continuous backup, which keeps the date of its beginning
GOOD_STATUSES = ("COMPLETED", CONTINUOUS)
STOPPED = "STOPPED"  # of a continuous backup that goes on no longer
TELLING_STATUSES = (STOPPED, "PARTIAL", "EXPIRED")  # of points that are no good, and stay
THROTTLED = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|ServiceUnavailable|SlowDown")
CONDITION = "aws:ResourceTag/"  # what the key of a selection's condition on a tag begins with
SEPARATOR = "----- for machines -----"
MINUTES = 60  # from one run to the next at most, where the input does not say
APART = 150  # seconds between two looks at least, where the input does not say: half of the shortest interval
MEMORY = 3  # runs: what is older is forgotten, and told again
WAITING_MEMORY = 86400  # seconds that it is remembered at least what has the tags: the primary may be out of reach for hours
VAULT_MEMORY = 86400  # seconds for which a look at what a vault held counts at least: of what is gone then is told so long
# Seconds: CloudWatch keeps a metric's values by the hour for so long. What expires today may be of a plan and a fleet of long ago.
EXPIRY_MEMORY = 455 * 86400
DELETED_LATE = 3  # days of room: AWS Backup deletes within 8 hours after expiry, by its words, and its count is none to the second
FEW = 5  # points that somebody may delete by hand in a day, or AWS be wrong by, of whatever vault
LEAST_MEMORY = 3 * 3600  # seconds; CloudWatch keeps values by the minute for 15 days, and the longest interval is a day
PATIENCE = 40  # seconds in which a call is made again that AWS throttles or fails: others of the account ask too
HASTE = 5  # seconds of that, once a call of the service has used them up in vain
CALL = 36  # seconds that one call takes at most: two attempts of 5 s to connect and 10 s to read, and 6 s of wait in between
LISTED = 30 * 86400  # seconds; AWS lists the jobs of so long a time
LOOKS = 200  # closer looks, each of its own call: more would not end in time
GLANCE = 80  # characters of the first line that a telephone shows under the subject
NAMED = 5  # resources named of each kind; the others are counted
MACHINE_PART = 150000  # bytes, of the 262144 that SNS takes
TOLD = 2 ** 48  # added to the digest of a region, which is smaller, while it is on record that something there is unchecked
# Types that the input does not name: with another input each deployment would change.
ALSO = {"backup-gateway:vm": "VMware", "dsql:cluster": "Aurora DSQL"}
# The opt-ins of the types that a resource may be of whose ARN says this one, where they are not its name alone.
OPT_INS = {"Aurora": ("Aurora", "DocumentDB", "Neptune"), "VMware": ("VirtualMachine",)}
WITHOUT_FSX = {"me-south-1", "me-central-1"}  # file systems are copied neither from nor to there
LOST = (ConnectionError, HTTPClientError)  # no answer at all
LOCK = threading.Lock()

# Of each kind of finding: its probable cause, and what to do.
ADVICE = {
    "late": ("Backup or copy jobs fail, expire or no longer start; a failed one was reported by itself when it ended.",
             "Check the jobs: `aws backup list-backup-jobs --by-backup-vault-name {source} --region {primary}`, "
             "`aws backup list-copy-jobs --region {primary}`."),
    "never": ("No job for it succeeded yet, though one was due.",
              "Check its jobs: `aws backup list-backup-jobs --by-backup-vault-name {source} --region {primary}`. "
              "If it was tagged less than a day ago, as the first of all, its first backup is still to come."),
    "uncopyable": ("AWS Backup does not copy this type to {region}, or not with the account's settings.",
                   "Tables are copied once AWS Backup's advanced features for DynamoDB are on: `aws backup update-region-settings "
                   "--region {primary} --resource-type-management-preference DynamoDB=true`. What is never copied has no second "
                   "region: copy it by other means, and take it out of the plan with `mrbackup untag`, if that is intended."),
    "stopped": ("What AWS reports above; mostly a permission was taken away, a bucket's versioning or its events were turned off, or the "
                "rule's retention was changed.",
                "Repair what AWS reports: the rule's next run begins another continuous backup. See what can be restored until then with "
                "`aws backup list-recovery-points-by-backup-vault --backup-vault-name {source} --region {primary}`."),
    "opted_out": ("The type was switched off in AWS Backup's settings, or AWS Backup learnt it after the deployment was made.",
                  "Switch it on: `aws backup update-region-settings --region {primary} --resource-type-opt-in-preference "
                  "'{{\"{type}\": true}}'`. That holds for every backup plan of the account in {primary}."),
    "vault_gone": ("The vault was deleted. What it held is gone with it; copies in other regions are not touched.",
                   "Run `mrbackup up --name {deployment}`: it makes it again. CloudTrail's DeleteBackupVault shows who it was."),
    "given_vault_gone": ("The vault, which `[vault]` names, was deleted. What it held is gone with it; copies in other regions are not touched.",
                         "Create it again, or name another: `mrbackup up --name {deployment} --set vault.{region}=NAME`. CloudTrail's "
                         "DeleteBackupVault shows who it was."),
    "points_gone": ("Recovery points were deleted by hand or by a program, or made to expire earlier.",
                    "CloudTrail's DeleteRecoveryPoint and UpdateRecoveryPointLifecycle in {region} show who it was; what it did in one "
                    "region it may do in others. See what is left with `aws backup list-recovery-points-by-backup-vault "
                    "--backup-vault-name {vault} --region {region}`. What {primary} still has `mrbackup repair --name {deployment} "
                    "--since DATE` copies again. What is gone does not come back by itself: a day later this is no longer a finding."),
    "unlocked": ("The vault lock was taken off: everyone who may delete recovery points can delete these now.",
                 "CloudTrail's DeleteBackupVaultLockConfiguration in {region} shows who it was. If that was not intended, put it on again: "
                 "`aws backup put-backup-vault-lock-configuration --backup-vault-name {vault} --region {region}`, with the days it had. "
                 "A day later this is no longer a finding."),
    "plan_gone": ("The backup plan was deleted: no new backup starts.",
                  "Run `mrbackup up --name {deployment}`: it makes it again. CloudTrail's DeleteBackupPlan shows who it was."),
    "plan_changed": ("The plan was edited by hand, or an `up` was interrupted before it reached the watchdog.",
                     "See what differs with `mrbackup plan --name {deployment}`; `mrbackup up --name {deployment}` repairs it."),
    "selection_gone": ("The selection was deleted: the plan runs and backs up nothing.",
                       "Run `mrbackup up --name {deployment}`: it makes it again."),
    "unreachable": ("An outage of AWS in {region}, or of the way there.",
                    "See https://health.aws.amazon.com; `mrbackup status --name {deployment} --region {here}` answers."),
    "unchecked": ("{region} answers, but throttles or fails some of the watchdog's calls, as when something else in the account "
                  "uses up the rate of calls; or there is more to read than one run has time for.",
                  "`mrbackup status --name {deployment}` reads at once, and has more patience. Until the watchdog can read "
                  "again, what is known of {region} counts as it was, and news from there may be late. See in CloudTrail what "
                  "else calls AWS so often in {region}; AWS Support knows whether the rate can be raised."),
    "unreadable": ("The watchdog's role lacks a permission, a policy (SCP, vault) denies it, or {region} is switched off.",
                   "`mrbackup status --name {deployment}` shows what it lacks; `mrbackup up --name {deployment}` restores it."),
    "subscriber_lost": ("It followed an unsubscribe link, was removed, or never confirmed within 48 hours.",
                        "Add it with `mrbackup up --name {deployment} --email ADDRESS`, or `--notify ENDPOINT` where it is a URL, "
                        "the ARN of a queue or a function, or a telephone number; or drop it with `--remove-email` or `--remove-notify`."),
    "nobody_confirmed": ("The link in SNS's e-mail was not followed: alarms of this topic reach no one.",
                         "Follow the link, or have it sent again with `mrbackup up --name {deployment} --email ADDRESS`."),
    "topic_gone": ("The topic was deleted: alarms of {region} reach no one.",
                   "Run `mrbackup up --name {deployment}`: it makes it again; each subscriber then has to confirm again."),
    "given_topic_gone": ("The topic, which `[topic]` names, was deleted: alarms of {region} reach no one.",
                         "Create it again, or name another: `mrbackup up --name {deployment} --set topic.{region}=ARN`."),
    "given_topic_unheard": ("No one has confirmed, or the last one left: alarms of this topic, which `[topic]` names, reach no one.",
                            "Subscribe someone to it, and confirm; mrbackup does not change who subscribes to it.")}
# Of each kind of resource: what shows whether it is there.
EXISTENCE = {
    "backup-gateway:vm": "backup-gateway get-virtual-machine --region {region} --resource-arn {arn}",
    "cloudformation:stack": "cloudformation describe-stacks --region {region} --stack-name {arn}",
    "dsql:cluster": "dsql get-cluster --region {region} --identifier {name}",
    "dynamodb:table": "dynamodb describe-table --region {region} --table-name {arn}",
    "ec2:instance": "ec2 describe-instances --region {region} --instance-ids {name}",
    "ec2:volume": "ec2 describe-volumes --region {region} --volume-ids {name}",
    "eks:cluster": "eks describe-cluster --region {region} --name {name}",
    "elasticfilesystem:file-system": "efs describe-file-systems --region {region} --file-system-id {name}",
    "fsx:file-system": "fsx describe-file-systems --region {region} --file-system-ids {name}",
    "fsx:volume": "fsx describe-volumes --region {region} --volume-ids {name}",
    "rds:cluster": "rds describe-db-clusters --region {region} --db-cluster-identifier {arn}",
    "rds:db": "rds describe-db-instances --region {region} --db-instance-identifier {arn}",
    "redshift:cluster": "redshift describe-clusters --region {region} --cluster-identifier {name}",
    "s3": "s3api head-bucket --bucket {name}",
    "timestream:database": "timestream-write describe-table --region {region} --database-name {second} --table-name {name}"}
# The tagging API lists a cluster by the id of its resource too, and RDS finds it by no other option.
CLUSTER_ID = re.compile("cluster-[A-Z0-9]{20,}")
OF_CLUSTER_ID = "rds describe-db-clusters --region {region} --filters Name=db-cluster-resource-id,Values={name}"
OF_VAULTS = ("points_gone", "unlocked")  # whose resource is a vault, mostly of the same name in each region
OF_TOPICS = ("subscriber_lost", "nobody_confirmed", "topic_gone", "given_topic_gone", "given_topic_unheard")


class Finding(NamedTuple):
    kind: str
    region: str
    resource: str  # an ARN, or what else tells it from others of its kind; may be empty
    text: str
    cause: str = ""  # what it shares with others of its kind
    type: str = ""  # the name of the type that AWS Backup is not opted in to
    since: float = 0.0  # when it began, as far as anybody knows

    def told(self):
        return {name: getattr(self, name) for name in ("kind", "region", "resource", "text")}


class Past(NamedTuple):
    """What the last runs put on record of a region."""
    count: int = 0
    digest: int = 0
    down: int = 0  # how many of the last two runs in a row could not look at the whole of it
    told: bool = False  # whether it was told that something there is unchecked: one finding more than `count`
    held: tuple = ()  # how many points its vault held, with the times, the newest first
    locked: tuple = ()  # when its vault was locked


class Report(NamedTuple):
    """What a run tells of a region, and puts on record of it."""
    found: list
    count: int
    digest: int
    news: bool = True
    note: str = ""  # what could not be seen, and what holds instead; nothing if all could be
    told: bool = False  # as in `Past`


class Fault(Exception):
    """A read that failed: by which action, in AWS's words, whether it may well succeed next time, and whether by no answer."""

    def __init__(self, action, words, passing=False, lost=False):
        super().__init__(f"{action}: {words}")
        self.action, self.words, self.passing, self.lost = action, words, passing, lost


def handler(event, context):
    """One look. Whatever keeps it from its end is raised: Lambda's on-failure destination and the missing heartbeat tell."""
    line = {"level": "INFO", "deployment": DEPLOYMENT}
    try:
        setup = understood(event)
        left = context.get_remaining_time_in_millis() / 1000 if hasattr(context, "get_remaining_time_in_millis") else 300
        now = time.time()
        # After its last read there is time for one message and the metrics, should all of them hang.
        answer, more = watch(setup, now, now + min(200, left - 3 * CALL - 5), now + left - 5)
    except Exception as error:
        print(json.dumps({**line, "level": "ERROR", "outcome": "failed", "error": explain(error)}))
        raise
    print(json.dumps({**line, "level": "INFO" if answer["outcome"] == "silent" else "WARNING", **answer, **more}))
    return answer


def understood(event):
    """The event, if it is whole. A broken one is told as well as raised: it will be the same every time."""
    kinds = {"primary": str, "regions": dict, "select_tags": dict, "types": dict, "plan": dict, "selection": str,
             "topics": dict, "id": str, "subscribers": list}
    try:
        if not isinstance(event, dict) or event.get("schema") != SCHEMA:
            raise ValueError(f"its schema is not {SCHEMA}")
        may_be_empty = {"topics", "subscribers"} | ({"select_tags"} if event.get("selections") or event.get("plans") else set())
        for key, kind in kinds.items():
            if not isinstance(event.get(key), kind) or not (event[key] or key in may_be_empty):
                raise ValueError(f"its `{key}` is missing or wrong")
        for name, region in event["regions"].items():
            promised = region["promised_minutes"]
            by_type = region.get("promised_minutes_by_type", {}).values()
            if not (isinstance(region["vault"], str) and (promised is None or 0 < promised < 10 ** 7)
                    and all(0 < minutes < 10 ** 7 for minutes in by_type)):
                raise ValueError(f"its region {name} is wrong")
        if type(event.get("minutes", MINUTES)) is not int or not 0 < event.get("minutes", MINUTES) <= 1440:
            raise ValueError("its `minutes` are wrong")
        texts = [*event["select_tags"].values(), *event["types"].values()]
        for plan in plans_of(event):
            texts += [plan["name"], plan["digest"]]
            if not all(0 < minutes < 10 ** 7 for region in plan["regions"].values() for minutes in minutes_of(region).values()):
                raise ValueError(f"its plan {plan['name']} is wrong")
        for selection in selections_of(event):
            if not (isinstance(selection["name"], str) and selection["name"] and selection["resources"] and isinstance(selection["resources"], list)
                    and all(isinstance(conditions, dict) for _, conditions in conditions_of(selection))):
                raise ValueError("one of its selections is wrong")
        if event["primary"] not in event["regions"] or not all(isinstance(text, str) for text in texts):
            raise ValueError("it does not fit together")
        return event
    except Exception as error:
        body = (f"{glance_line(['its input'], 'seen', time.time(), True)}\n"
                f'The watchdog of deployment "{DEPLOYMENT}" was handed an input that it cannot understand: {explain(error)}.\n'
                "Until this is repaired nothing checks whether backups and copies are there.\n\n"
                f"What to do: Run `mrbackup up --name {DEPLOYMENT}`: it hands it the right one.\n\n{SEPARATOR}\n"
                f"{json.dumps(event, default=str)[:4000]}\n")
        try:
            publish(HERE, os.environ["TOPIC_ARN"], "the watchdog's input could not be understood", body)
        except Exception as unheard:
            raise unheard from error
        raise


# Reading


@functools.lru_cache(maxsize=None)
def client(service, region):
    return boto3.client(service, region_name=region or None, config=Config(
        retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=5, read_timeout=10))


def code(error):
    return error.response["Error"].get("Code", "") if isinstance(error, ClientError) else type(error).__name__


def explain(error):
    return f"{code(error)}: {error.response['Error'].get('Message', '') if isinstance(error, ClientError) else error}"[:2000]


def passing(error):
    """Whether a region is out of reach or overwhelmed, as against an answer that will be the same next time."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) if isinstance(error, ClientError) else 0
    return isinstance(error, (ConnectionError, HTTPClientError)) or status >= 500 or bool(THROTTLED.search(code(error)))


def patiently(call, until, again):
    """The answer of a call. One whose error is worth it is made again as long as it begins by the time `until`."""
    pause = 1
    while True:
        try:
            return call()
        except Exception as error:
            if not again(error) or time.time() + pause > until:
                raise
        time.sleep(random.uniform(pause / 2, pause))  # regions and retries are not to come all at once
        pause = min(2 * pause, 12)


def seconds(moment):
    return moment.timestamp() if moment else 0.0


def moment(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc)


def utc(seconds, form="%Y-%m-%d %H:%M UTC"):
    return moment(seconds).strftime(form)


def action_of(service, operation):
    """As IAM calls it."""
    return f"{'tag' if service == 'resourcegroupstaggingapi' else service}:{operation.title().replace('_', '')}"


def side_by_side(function, items):
    with ThreadPoolExecutor(max_workers=max(1, len(items))) as pool:
        return list(pool.map(function, items))


class Sight:
    """One region as this run sees it: what is there, what is wrong with it, and what kept it from being read."""

    def __init__(self, setup, region, now, end):
        self.setup, self.region, self.now, self.end = setup, region, now, end
        settings = setup["regions"].get(region) or {"vault": "", "promised_minutes": None}
        self.vault, promised = settings["vault"], settings["promised_minutes"]
        self.due = promised and now - 60 * promised  # what is older is late; nothing is where no rule reaches
        given = setup.get("given_vaults", {"regions": []})
        self.given = given if region in given["regions"] else None  # who of all that use its vault makes points for the deployment
        by_type = settings.get("promised_minutes_by_type", {}) if promised else {}
        self.dues = {name: now - 60 * minutes for name, minutes in by_type.items()}  # of the types that have their own
        # The same of each of several plans that reaches the region, by the plan's name: of all types under no name.
        self.plan_dues = {plan["name"]: {name: now - 60 * minutes for name, minutes in minutes_of(plan["regions"][region]).items()}
                          for plan in setup.get("plans", []) if region in plan["regions"]}
        dues = [self.due, *self.dues.values(), *(due for each in self.plan_dues.values() for due in each.values())]
        self.earliest, self.latest = (f(dues) for f in (min, max))
        self.taken = {}  # the names of the plans that take each resource, where there are several plans; of the primary in all regions
        self.found, self.out = [], None  # `out` is the fault for which nothing more is asked
        self.missed = {}  # what could not be read this time, by the name of its method, and the fault
        self.asked = self.answered = False
        self.busy, self.dead = set(), {}  # services that used up the patience; those of them that do not answer, and the words
        self.composites, self.parts = {}, {}  # whose a composite point is, by its ARN; which one a resource's newest good point is in
        self.made = None  # when the vault was made; nothing if it is gone or unknown
        # How many points it holds, whether it is locked, and how many points expiry may take from it; each nothing if unknown.
        self.holds = self.locked = self.expiring = None
        self.newest = None  # the newest good point known of each resource; nothing if points could not be read
        self.flawed = {}  # the newest point of each resource that is no good: when it was made, its status, and AWS's words
        self.unchecked = set()  # of no good point in time, and too many to look at
        self.unasked = set()  # those at which a closer look did not succeed
        self.barren = set()  # those at which it did, and that have no good point at all
        # Only in the primary:
        self.resources = None  # what carries the tags, and the name of its type; nothing if that is unknown
        self.opted_out, self.plans, self.selected, self.ran, self.first = set(), set(), None, None, {}
        self.rules = None  # of the plans as they are; nothing if that is unknown
        self.basic_tables = False  # whether tables are backed up without AWS Backup's advanced features
        self.idle = set()  # those that have no fresh point here, and of which no job was made while others were backed up
        self.waiting = {}  # since when resources without a good point are known to carry the tags, as it is put on record

    def due_of(self, resource):
        """What is older is late: of several plans that take it by the one that promises most; 0 where none of them reaches."""
        kind = type_of(resource, self.setup)
        if resource not in self.taken:
            return self.dues.get(kind, self.due)
        dues = [self.plan_dues[plan] for plan in self.taken[resource] if plan in self.plan_dues]
        return max((each.get(kind, each[""]) for each in dues), default=0)

    def find(self, kind, resource, text, since=0.0):
        self.found.append(Finding(kind, self.region, resource, text, since=since))

    def attempt(self, read, *arguments):
        """A read whose failure is a finding, or is to pass; it keeps others from being done only if nothing answers at all."""
        try:
            if not self.out:
                read(*arguments)
        except Fault as fault:
            if fault.lost and not self.answered:
                self.out = fault
            elif fault.passing:
                self.missed[read.__name__] = fault
            else:
                self.find("unreadable", fault.action, fault.words)

    def ask(self, service, operation, **query):
        action, begun = action_of(service, operation), time.time()
        if begun > self.end:
            raise Fault(action, "the run is out of time", passing=True)
        if service in self.dead:
            raise Fault(action, self.dead[service], passing=True)

        def call():
            with LOCK:  # making clients is not safe in threads; using them is
                asked = client(service, self.region)
            self.asked = True
            return getattr(asked, operation)(**query)

        def again(error):  # what does not answer at first is not asked again
            return passing(error) and (self.answered or not isinstance(error, LOST))
        try:
            answer = patiently(call, min(begun + (HASTE if service in self.busy else PATIENCE), self.end), again)
        except Exception as error:
            throttled = f"throttled for {time.time() - begun:.0f} s: " if THROTTLED.search(code(error)) else ""
            fault = Fault(action, throttled + explain(error), passing(error), isinstance(error, LOST))
            self.answered = self.answered or not fault.passing
            self.busy.update([service] * fault.passing)
            self.dead.update({service: fault.words} if fault.lost else {})
            raise fault from error
        self.answered = True
        return answer

    def listed(self, service, operation, key, token="NextToken", **query):
        tokens = set()
        while True:
            page = self.ask(service, operation, **query)
            yield from page.get(key) or []
            query[token] = page.get(token)
            if not query[token]:
                return
            if query[token] in tokens:
                raise Fault(action_of(service, operation), "it gave the same page token twice")
            tokens.add(query[token])

    def look(self):
        """Everything that can be read without knowing the resources."""
        if self.vault:
            self.attempt(self.look_at_vault)
        if (self.made is not None or "look_at_vault" in self.missed) and self.due:
            self.attempt(self.look_at_points, self.earliest)
        if self.region == self.setup["primary"]:
            self.attempt(self.look_at_resources)
            self.attempt(self.look_at_settings)
            self.attempt(self.look_at_plan)
        if self.setup["topics"].get(self.region):
            self.attempt(self.look_at_topic, self.setup["topics"][self.region])
        if self.asked and not self.answered:
            self.out = self.out or next(iter(self.missed.values()))

    def look_at_vault(self):
        # Of a vault that is not there, all but the list of vaults says "access denied".
        vaults = self.listed("backup", "list_backup_vaults", "BackupVaultList", MaxResults=1000)
        vault = next((vault for vault in vaults if vault.get("BackupVaultName") == self.vault), None)
        if vault is None:
            return self.find("given_vault_gone" if self.given else "vault_gone", self.vault, f"AWS Backup does not list the vault {self.vault}")
        self.made = seconds(vault.get("CreationDate"))
        # "Recovery point count value displayed in the console can be an approximation" (DescribeBackupVault, of the same field).
        # The exact one is a list of them all, which may be hundreds of calls: so that a few more or less mean nothing.
        # That of a given vault has what others put there and delete.
        self.holds, self.locked = None if self.given else vault.get("NumberOfRecoveryPoints"), bool(vault.get("Locked"))

    def is_ours(self, made):
        """Whether a point or a job is the deployment's: in a vault of its own everything is."""
        creator = made.get("CreatedBy") or {}
        if not self.given:
            return True
        if creator.get("BackupPlanId"):
            stem = (creator.get("BackupPlanName") or "").partition("_")[0]  # behind it the name that a further plan has in the settings
            return not {creator["BackupPlanId"], stem}.isdisjoint(self.given["plans"])
        return made.get("IamRoleArn") in self.given["roles"]

    def look_at_points(self, since):
        try:
            points = self.points(ByCreatedAfter=moment(since))
        except Fault as fault:
            if fault.passing or self.made is not None:
                raise
            return  # it may be that the vault is not there: the list of vaults would tell
        self.newest = {resource: max(until for _, until in spans) for resource, spans in points.items()}

    def points(self, **query):
        """When the good points of each resource were made, and until when each of them can restore it."""
        spans = {}
        for point in self.listed("backup", "list_recovery_points_by_backup_vault", "RecoveryPoints",
                                 BackupVaultName=self.vault, MaxResults=1000, **query):
            if not self.is_ours(point):
                continue
            status, made, resource = point.get("Status"), seconds(point.get("CreationDate")), point.get("ResourceArn", "")
            if point.get("IsParent"):
                self.composites[point.get("RecoveryPointArn")] = resource
            if status in GOOD_STATUSES and made:
                until = self.now if status == CONTINUOUS else made
                spans.setdefault(resource, []).append((made, until))
                self.parts[resource] = max((until, point.get("ParentRecoveryPointArn") or ""), self.parts.get(resource, (0, "")))
            elif status in TELLING_STATUSES and made:
                told = made, status, (point.get("StatusMessage") or "").strip()[:500]
                self.flawed[resource] = max(told, self.flawed.get(resource, told))
        return spans

    def is_part(self, resource):
        """Whether its newest good point is in a composite one, as that of a stack's database: the composite stands for it."""
        return self.parts.get(resource, (0, ""))[1] in self.composites

    def look_at_topic(self, topic):
        given = self.region in self.setup.get("given_topics", {})  # whose subscribers are not recorded
        try:
            subscriptions = list(self.listed("sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic))
        except Fault as fault:
            if not fault.words.startswith("NotFound"):
                raise
            return self.find("given_topic_gone" if given else "topic_gone", topic, "SNS does not know the topic")
        if given:
            if self.setup["given_topics"][self.region] and not any(
                    str(each.get("SubscriptionArn")).startswith("arn:") for each in subscriptions):
                self.find("given_topic_unheard", topic, "none of its subscribers has confirmed" if subscriptions else "it has no subscriber")
            return
        confirmed = {}
        for subscription in subscriptions:
            endpoint, arn = subscription.get("Endpoint") or "", subscription.get("SubscriptionArn")
            if arn != "Deleted":
                key = hashlib.sha256(f"{self.setup['id']}:{endpoint.lower()}".encode()).hexdigest()[:12]
                confirmed[key] = confirmed.get(key, False) or arn != "PendingConfirmation"
        recorded = sorted(set(self.setup["subscribers"]))
        for number, subscriber in enumerate(recorded, 1):
            if subscriber not in confirmed:
                self.find("subscriber_lost", subscriber, f"recorded subscriber {number} of {len(recorded)} is not on {topic}")
        if recorded and not any(confirmed.get(subscriber) for subscriber in recorded):
            self.find("nobody_confirmed", topic, "none of its recorded subscribers has confirmed")

    def look_at_resources(self):
        resources = {}
        for filters in tag_filters(self.setup):
            for resource in self.listed("resourcegroupstaggingapi", "get_resources", "ResourceTagMappingList", "PaginationToken",
                                        ResourcesPerPage=100, TagFilters=filters, ResourceTypeFilters=sorted(types_of(self.setup))):
                if self.selects(resource):  # the index also knows what was tagged once
                    resources[resource["ResourceARN"]] = type_of(resource["ResourceARN"], self.setup)
        # What is selected by its ARN alone needs no tag, and what was never tagged the index does not know.
        named = {arn for selection in selections_of(self.setup) if not any(True for _ in conditions_of(selection))
                 for arn in selection["resources"] if "*" not in arn and takes(selection, arn, {})}
        for arn in named - resources.keys():
            self.selects({"ResourceARN": arn})
        self.resources = {arn: type_of(arn, self.setup) for arn in named} | resources

    def look_at_strangers(self, arns):
        """Resources of types that nobody named, of which there are points: those that carry the tags are selected too."""
        for number in range(0, len(arns), 100):
            try:
                page = self.ask("resourcegroupstaggingapi", "get_resources", ResourceARNList=arns[number:number + 100])
            except Fault as fault:
                if fault.passing:
                    raise
                continue  # an ARN that the tagging API does not take: nobody can tell
            for resource in page.get("ResourceTagMappingList") or []:
                if self.selects(resource):
                    self.resources[resource["ResourceARN"]] = ""

    def selects(self, resource):
        """Whether a plan takes it; of several plans it is remembered which."""
        arn, carried = resource["ResourceARN"], {tag["Key"]: tag["Value"] for tag in resource.get("Tags") or []}
        taking = [plan["name"] for plan in plans_of(self.setup)
                  if any(takes(selection, arn, carried) for selection in plan["selections"])]
        if taking and "plans" in self.setup:
            self.taken[arn] = taking
        return bool(taking)

    def look_at_settings(self):
        settings = self.ask("backup", "describe_region_settings")
        preference = settings.get("ResourceTypeOptInPreference") or {}
        self.opted_out = {name for name, wanted in preference.items() if wanted is False}
        self.basic_tables = (settings.get("ResourceTypeManagementPreference") or {}).get("DynamoDB") is False

    def look_at_plan(self):
        listed = [plan for plan in self.listed("backup", "list_backup_plans", "BackupPlansList", MaxResults=1000)
                  if not plan.get("DeletionDate")]
        looks = [self.look_at_one_plan(wanted, listed) for wanted in plans_of(self.setup)]
        if None not in looks:
            self.rules = [rule for rules, _ in looks for rule in rules]
            selected = [since for _, since in looks]
            self.selected = None if None in selected else max(selected)

    def look_at_one_plan(self, wanted, listed):
        """The rules of a plan, and since when all that is left of its selections selects; nothing of a plan that is gone."""
        name, recorded = wanted["name"], wanted["digest"]
        plans = [plan["BackupPlanId"] for plan in listed if plan.get("BackupPlanName") == name]
        if not plans:
            return self.find("plan_gone", name, f"AWS Backup does not list the plan {name}")
        rules = wanted.get("rules")  # those of others in our plan are their own
        bodies = {plan: self.ask("backup", "get_backup_plan", BackupPlanId=plan)["BackupPlan"] for plan in plans}
        digests = {plan: digest_of_plan(body, rules) for plan, body in bodies.items()}
        plan = next((plan for plan in plans if digests[plan] == recorded), plans[0])
        if digests[plan] != recorded:
            self.find("plan_changed", name, f"the rules of the plan {name} are not the recorded ones")
        selections = self.listed("backup", "list_backup_selections", "BackupSelectionsList", BackupPlanId=plan, MaxResults=1000)
        made = {selection.get("SelectionName"): seconds(selection.get("CreationDate")) for selection in selections}
        names = [selection["name"] for selection in wanted["selections"]]
        self.plans.add(plan)
        for one in names:
            if one not in made:
                self.find("selection_gone", one, f"the plan {name} has no selection {one}")
        return ([rule for body in bodies.values() for rule in body["Rules"]],
                max((made[one] for one in names if one in made), default=None))

    def look_closer(self, resources):
        """At those without a fresh point: when was their newest good one? In so young a vault nothing was due yet."""
        if self.made is not None and self.made >= self.latest:
            return
        stale = [resource for resource in sorted(resources) if self.newest.get(resource, 0) < self.due_of(resource)]
        self.unchecked = set(stale[LOOKS:])
        self.unasked = set(stale[:LOOKS])
        for resource in stale[:LOOKS]:
            spans = self.points(ByResourceArn=resource).get(resource)
            self.unasked.remove(resource)
            if spans:
                self.newest[resource] = max(until for _, until in spans)
            else:
                self.barren.add(resource)

    def look_for_jobs(self, resources, stale):
        """Since when there is any evidence that the resources were to be backed up, and whether the plan runs at all."""
        in_vault = {"ByBackupVaultName": self.vault, "MaxResults": 1000}
        for resource in resources:
            jobs = self.listed("backup", "list_backup_jobs", "BackupJobs", ByResourceArn=resource, **in_vault)
            times = [seconds(job["CreationDate"]) for job in jobs if job.get("CreationDate") and self.is_ours(job)]
            if resource not in self.barren:
                times += [made for made, _ in self.points(ByResourceArn=resource).get(resource, [])]
            if times:
                self.first[resource] = min(times)
        self.look_at_runs(stale)

    def look_at_runs(self, stale):
        """Whether the plan has run for anybody since anything was due, and for which of these nobody made a job."""
        if not self.due or self.due <= self.now - LISTED or self.selected is None or self.selected >= self.due:
            return
        ran, idle = False, set(stale)
        for job in self.listed("backup", "list_backup_jobs", "BackupJobs", ByCreatedAfter=moment(self.due),
                               ByBackupVaultName=self.vault, MaxResults=1000):
            if not self.is_ours(job):
                continue
            idle.discard(job.get("ResourceArn"))
            ran = ran or (job.get("CreatedBy") or {}).get("BackupPlanId") in self.plans
            if ran and not idle:
                break
        self.ran, self.idle = ran, idle if ran else set()

    def look_back(self, resources):
        """Since when earlier runs have seen them: the one sign of those that AWS Backup leaves out in silence."""
        recorded = recorded_values(Sight(self.setup, HERE, self.now, self.end), {
            resource: metric("WaitingSince", None, Resource=resource) for resource in resources}, WAITING_MEMORY)
        for resource in resources:
            since = min([value for _, value in recorded[resource][:1]] + [self.first.get(resource, self.now), self.now])
            self.waiting[resource] = int(since)

    def look_at_past(self, past, rules):
        """What its vault lost since the last looks: its lock, or more points than expiry explains.

        Of a fall that is too much for the rules of today the record is asked: what expires may have been made by rules with
        shorter retention, or of a fleet that was larger. Only looks count that saw this vault, and not one of its name before.
        A look that did not come, or could not read the count, is none: so nothing is found that is older than the memory."""
        if self.made is None:
            return
        locked = [when for when in past.locked if when >= self.made]
        if locked and not self.locked:
            self.find("unlocked", self.vault, f"the vault lock that was on at {utc(locked[0])} is off", locked[0])
        if self.holds is None:
            return
        share = None if rules is None else expiring_share(self, rules)
        self.expiring = None if share is None else math.ceil(share * self.holds)
        most, when = max(((count, when) for when, count in past.held if when >= self.made), default=(0, 0))
        explained = [] if share is None else [math.ceil(share * most)]
        if most - self.holds <= max(explained + [FEW]):
            return
        record = recorded_values(Sight(self.setup, HERE, self.now, self.end),
                                 {"": self.of_vault("Expiring", None)}, EXPIRY_MEMORY, 86400)[""]
        explained += [int(number) for _, number in record]
        if explained and most - self.holds > max(explained + [FEW]):
            self.find("points_gone", self.vault, f"it held {int(most)} recovery points at {utc(when)} and holds {self.holds} now; expiry "
                      f"explains {max(explained)} at most", when)

    def of_vault(self, name, value):
        return metric(name, value, self.region, Vault=self.vault)

    def judgeable(self):
        return not self.out and self.newest is not None


def plans_of(setup):
    """The plans, each with its selections as AWS Backup has them, and with what it promises in the regions that it reaches.
    An input that names none is of one."""
    if "plans" in setup:
        return setup["plans"]
    reached = {name: region for name, region in setup["regions"].items() if region["promised_minutes"]}
    return [{**setup["plan"], "selections": selections_of(setup), "regions": reached}]


def selections_of(setup):
    """Those of all plans. An input that names none is of the select tags alone."""
    if "plans" in setup:
        return [selection for plan in setup["plans"] for selection in plan["selections"]]
    by_tags = {"name": setup["selection"], "resources": ["*"],
               "StringEquals": {CONDITION + key: [value] for key, value in setup["select_tags"].items()}}
    return setup.get("selections") or [by_tags]


def minutes_of(promised):
    """How old the newest point may be, in minutes, by type: of all other types under no name."""
    return {"": promised["promised_minutes"], **promised.get("promised_minutes_by_type", {})}


def conditions_of(selection):
    return ((operator, selection[operator]) for operator in ("StringEquals", "StringLike", "StringNotEquals") if operator in selection)


def like(pattern, text):
    """Whether a text fits a pattern, in which an asterisk alone stands for any characters."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def takes(selection, arn, tags):
    """Whether AWS Backup takes a resource with this ARN and these tags: any of the ARNs, none of those to leave out, all conditions."""
    def fits(patterns):
        return any(like(pattern, arn) for pattern in patterns)

    def holds(operator, key, values):
        value = tags.get(key.removeprefix(CONDITION))
        if operator == "StringNotEquals":
            return value not in values
        return value is not None and all(like(one, value) if operator == "StringLike" else one == value for one in values)

    return fits(selection["resources"]) and not fits(selection.get("not_resources", [])) and all(
        holds(operator, key, values) for operator, conditions in conditions_of(selection) for key, values in conditions.items())


def tag_filters(setup):
    """What the tagging API is asked for, once for each: tags by their exact values, or by the key. Nothing asks for all."""
    filters = []
    for selection in selections_of(setup):
        exact = [{"Key": key.removeprefix(CONDITION), "Values": values} for key, values in selection.get("StringEquals", {}).items()]
        keys = [{"Key": key.removeprefix(CONDITION)} for key in selection.get("StringLike", {})]
        filters.append(exact + keys)
    return [[]] if [] in filters else filters


def types_of(setup):
    return {**ALSO, **setup["types"]}


def type_of(arn, setup):
    """The name of the type that an ARN says; nothing if nobody named it."""
    types, fields = types_of(setup), arn.split(":", 5)
    service, kind = "".join(fields[2:3]), re.split("[:/]", fields[-1])[0]
    return next((types[key] for key in (f"{service}:{kind}", service, f"{service}:bucket") if key in types), "")


def digest_of_plan(plan, names=None):
    """Of all that counts in a plan, with AWS's defaults evened out: the deployment's record makes the same one."""
    def days(part, name):
        value = (part.get("Lifecycle") or {}).get(name)
        return None if value is None or value < 0 else value  # for ever is -1, or left out

    lifecycle = "MoveToColdStorageAfterDays", "DeleteAfterDays"

    def copied(action):
        return [action["DestinationBackupVaultArn"], *(days(action, name) for name in lifecycle)]

    def even(rule):
        zone, start, complete = (rule.get(name) for name in (
            "ScheduleExpressionTimezone", "StartWindowMinutes", "CompletionWindowMinutes"))
        return {
            "name": rule["RuleName"], "vault": rule["TargetBackupVaultName"], "schedule": rule.get("ScheduleExpression") or "",
            "timezone": "Etc/UTC" if zone in (None, "UTC") else zone, "start": 480 if start is None else start,
            "complete": 10080 if complete is None else complete, "continuous": bool(rule.get("EnableContinuousBackup")),
            "archive": bool((rule.get("Lifecycle") or {}).get("OptInToArchiveForSupportedResources")),
            **dict(zip(("cold", "delete"), (days(rule, name) for name in lifecycle))),
            "copies": sorted(map(copied, rule.get("CopyActions") or []), key=lambda copy: copy[0])}

    rules = [rule for rule in plan["Rules"] if names is None or rule["RuleName"] in names]
    rules = sorted(map(even, rules), key=lambda rule: rule["name"])
    canonical = json.dumps(rules, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def expiring_share(sight, rules):
    """Which share of a vault's points expiry takes at most between the looks that are remembered, by the plan's rules.

    A rule that runs every g days, and whose points live for D days, keeps D / g points of each resource. In s days at most s / g + 1
    of them expire, so (s + g) / D of all of them, of whatever resources and however many: of several rules the largest share counts.
    s is what is remembered, and days in which AWS Backup was late with deleting. Of a continuous backup there is one point, and
    when its rule or retention is changed all of them expire on the same day: one of each resource, beside what the others keep.
    A share of 1 and more says that expiry can empty the vault, as where a month's only point lives for a month: its count
    tells nothing. What the rules do not know of are points of other plans or made by hand in great numbers, a fleet that lived for some
    days only, and whoever deletes so slowly that it looks like expiry."""
    span = max(MEMORY * 60 * sight.setup.get("minutes", MINUTES), VAULT_MEMORY) / 86400 + DELETED_LATE
    share, kept, continuous = 0.0, 0.0, False
    for rule in rules:
        days = retention_in(sight, rule)
        if days and rule.get("EnableContinuousBackup") and sight.region == sight.setup["primary"]:  # its copies are snapshots
            continuous = True
        elif days:
            gap = longest_gap(rule.get("ScheduleExpression") or "")
            share, kept = max(share, (span + gap) / days), kept + days / gap
    return share + (1 / (1 + kept) if continuous else 0)


def retention_in(sight, rule):
    """For how many days a rule keeps its points in a region's vault; endless for those without an end, nothing if it makes none."""
    def days(part):
        value = (part.get("Lifecycle") or {}).get("DeleteAfterDays")
        return math.inf if value is None or value < 0 else value
    here = [days(rule)] * (sight.region == sight.setup["primary"] and rule.get("TargetBackupVaultName") == sight.vault)
    for copy in rule.get("CopyActions") or []:
        fields = copy["DestinationBackupVaultArn"].split(":")
        if (fields[3], fields[-1]) == (sight.region, sight.vault):
            here.append(days(rule) if math.isinf(days(copy)) else days(copy))  # a copy without an end of its own may end with its source
    return min(here, default=0)


def longest_gap(schedule):
    """The days from one run to the next, taken generously: a larger gap explains more. Without a schedule AWS Backup runs daily."""
    fields = re.fullmatch(r"cron\((.+)\)", schedule.strip())
    fields = fields[1].split() if fields else []
    if len(fields) != 6:
        return 3660 if schedule else 1
    day, month, weekday, year = fields[2:]
    if year != "*":
        return 3660
    if month != "*":
        return 366
    return 35 if re.search("[#L]", weekday) else 31 if day not in ("*", "?") else 7 if weekday not in ("*", "?") else 1


# Judging


def watch(setup, now, end, last):
    """Reads until `end`, and is to be done by `last`."""
    memory, forgotten = recall(setup, now, end)
    # Without memory nothing can be left for later, so a region that is not seen whole counts as one that has long been so.
    regions = sorted({*setup["regions"], *setup["topics"]})
    past = {region: memory.get(region, Past(down=2 if forgotten else 0)) for region in regions}
    sights = {region: Sight(setup, region, now, end) for region in past}
    primary = sights[setup["primary"]]
    side_by_side(Sight.look, sights.values())
    for sight in sights.values():
        sight.taken = primary.taken
    judged = [sight for sight in sights.values() if sight.judgeable()]
    if primary.resources is not None:
        known = {arn for sight in judged for arn in sight.newest if arn.count(":") >= 5} - primary.resources.keys()
        strangers = sorted(arn for arn in known if not type_of(arn, setup))
        if strangers:
            primary.attempt(primary.look_at_strangers, strangers)
        side_by_side(lambda sight: sight.attempt(sight.look_closer, primary.resources), judged)
        without = sorted({resource for sight in judged for resource in lacking(sight, primary)})
        for sight in judged:
            sight.unchecked.update(without[LOOKS:])
        stale = [resource for resource in primary.resources if primary.judgeable()
                 and primary.newest.get(resource, 0) < primary.due_of(resource)]
        if without and primary.made is not None:
            primary.attempt(primary.look_for_jobs, without[:LOOKS], stale)
        elif stale and primary.made is not None:
            with contextlib.suppress(Fault):  # only a hint hangs on it
                primary.look_at_runs(stale)
        waiting = remembered(without[:LOOKS], primary, judged)
        if waiting:
            primary.attempt(primary.look_back, waiting)
    # Then only the vaults tell what resources there are. By them what is gone would be late: for two runs that is not said.
    elif not unlisted(primary) or past[primary.region].down == 2:
        side_by_side(lambda sight: sight.attempt(sight.look_at_points, 2 * sight.earliest - now), judged)
    side_by_side(lambda sight: sight.attempt(sight.look_at_past, past[sight.region], primary.rules), sights.values())
    reports = {region: report_on(sight, primary, past[region]) for region, sight in sights.items()}
    return conclude(setup, now, last, sights, past, reports, forgotten)


def unlisted(primary):
    """Whether nobody could tell this time what resources there are."""
    return bool(primary.out) or "look_at_resources" in primary.missed


def lacking(sight, primary):
    """The resources without any good point in a region, if its vault is old enough for one to be due."""
    unknown = sight.unchecked | sight.unasked | sight.newest.keys()
    return [] if sight.made is None else [resource for resource in primary.resources if resource not in unknown
                                          and sight.made < sight.due_of(resource)]


def remembered(without, primary, sights):
    """Those of them of which jobs and points do not show for long enough since when they have been to be backed up.

    Each is a metric of its own. What waits for a copy alone has points in the primary, and needs none."""
    bare = lacking(primary, primary) if primary.judgeable() else without
    seldom = (lacking(sight, primary) for sight in sights if sight.earliest < sight.now - LISTED)
    wanted = set(bare).union(*seldom)
    return [resource for resource in without if resource in wanted]


def report_on(sight, primary, mine):
    """For two runs a region that is not seen whole keeps what its last whole look, or the last news, put on record.

    What there is to see is told anyway once it is more than that. From the third run on a part that stays unchecked is a
    finding of its own, and the record goes on: what was told is not named again when the region is seen whole once more."""
    found, unsure = findings_of(sight, primary)
    if sight.out or not (sight.missed or unsure):
        if sight.out and mine.down < 2:
            note = f"{sight.region} could not be reached ({sight.out}), {holds(mine)}"
            return Report([], mine.count, mine.digest, False, note)
        count, digest = max(len(found), mine.count if sight.out else 0), digest_of(found)
        return Report(found, count, digest, digest != mine.digest)
    more, tells = len(found) > mine.count, bool(sight.missed) and mine.down == 2
    faults = {fault.action: fault for fault in sight.missed.values()}.values()
    why = f"{sight.region} could not be judged without the primary" if primary.out else (
        f"{sight.region} could not be judged whole, as something in {primary.region} is unchecked")
    if faults:
        why = f"{sight.region}: {'; '.join(f'{fault.action} unchecked ({fault.words})' for fault in faults)}"
    told = [Finding("unchecked", sight.region, "", "; ".join(map(str, faults)))] if tells else []
    return Report(found + told, max(len(found), mine.count), digest_of(found) if more else mine.digest,
                  more or tells and not mine.told, f"{why}, {'so there may be more.' if more else holds(mine)}", tells)


def holds(past):
    return f"so the last findings there ({past.count}) still hold."


def findings_of(sight, primary):
    """What is wrong with a region for sure, and whether there may be more that could not be seen."""
    if sight.out:
        return [Finding("unreachable", sight.region, "", f"not reached for the third time in a row ({sight.out})")], True
    if not sight.judgeable():
        return sight.found, False
    verdicts = list(stale(sight, primary))
    return sight.found + [finding for finding in verdicts if finding], unlisted(primary) or None in verdicts


def stale(sight, primary):
    """One finding of each resource whose copy in this region is older than promised, or was never made; nothing in place of it
    where that could not be found out this time."""
    unread = primary.missed.keys() & {"look_at_vault", "look_at_settings", "look_at_plan", "look_for_jobs", "look_back"}
    seen = [resource for resource in sight.newest if not sight.is_part(resource)]
    for resource in sorted(seen if primary.resources is None else primary.resources):
        newest, due = sight.newest.get(resource), sight.due_of(resource)
        if not due or newest and newest >= due:
            continue
        name = "" if primary.resources is None else primary.resources[resource]
        names = OPT_INS.get(name, (name,))
        out = [each for each in names if each in primary.opted_out]
        off = f"AWS Backup is not opted in to {', '.join(out)} in {primary.region}" if len(out) == len(names) else ""
        switch = '": true, "'.join(out) if off else ""
        fixed = uncopyable(sight.region, primary, name)
        finding = functools.partial(Finding, region=sight.region, resource=resource)
        flawed = sight.flawed.get(resource)
        flaw = flaw_of(*flawed) if flawed and (flawed[1] == STOPPED or flawed[0] > (newest or 0)) else ""
        also = f"; {flaw}" if flaw else ""
        maybe = f"; AWS Backup is not opted in to {', '.join(out)}, which it may be of by its ARN" if out and not off else ""
        gone = may_be_gone(resource) if sight is primary and resource in primary.idle and not out else ""
        if newest:
            seen = ", as far as can be seen from here" if primary.resources is None else ""
            yield finding("late", text=f"newest good point is of {utc(newest)}{seen}{also}{gone}", cause=off, type=switch, since=newest)
        elif resource in sight.unasked:
            if "look_closer" in sight.missed:  # or else it is a finding that it was refused
                yield None
        elif resource in sight.unchecked:
            yield finding("late", text=f"no good point since {utc(due)}; unchecked, as one of more than {LOOKS}")
        elif fixed:
            yield finding("uncopyable", text=fixed, cause=fixed)
        elif off:
            yield finding("never", text=off, cause=off, type=switch)
        elif flawed and flawed[1] == STOPPED:
            yield finding("stopped", text=flaw, since=flawed[0])
        elif sight.made is None or "look_at_settings" in unread:
            yield None
        elif sight.made >= due:
            continue  # pending: in so young a vault nothing was due yet
        elif primary.first.get(resource, due) < due:
            since = utc(primary.first[resource])
            yield finding("never", text=f"no good point, though there are jobs or points of it since {since}{also}{maybe}{gone}",
                          since=primary.first[resource])
        elif primary.waiting.get(resource, due) < due:
            since = primary.waiting[resource]
            yield finding("never", text=f"no good point, though it has had the tags since {utc(since)} at least{gone}", since=since)
        elif primary.ran is False and sight.due <= due:  # of a type that has longer it says nothing
            idle = f"the plan has not run since {utc(primary.due)}, if ever"
            yield finding("never", text=idle, cause=idle)
        elif unread:
            yield None


def uncopyable(region, primary, name):
    """Why AWS Backup cannot copy a resource of this type from the primary to a region; nothing if it can, as far as is known."""
    if region == primary.region:
        return ""
    if name == "DynamoDB" and primary.basic_tables:
        return "AWS Backup copies tables only with its advanced features for DynamoDB, which are off"
    if name == "Redshift Serverless" or name == "FSx" and {region, primary.region} & WITHOUT_FSX:
        return f"AWS Backup copies no resource of type {name} from {primary.region} to {region}"
    return ""
def existence_check(arn):
    """The command that shows whether a resource is there; nothing where none is known."""
    fields = arn.split(":", 5)
    service, region, parts = "".join(fields[2:3]), "".join(fields[3:4]), re.split("[:/]", fields[-1])
    command = OF_CLUSTER_ID if CLUSTER_ID.fullmatch(parts[-1]) else EXISTENCE.get(f"{service}:{parts[0]}") or EXISTENCE.get(service)
    return command and "aws " + command.format(region=region, arn=arn, name=parts[-1], second="".join(parts[1:2]))


def may_be_gone(resource):
    """The tagging API lists what was deleted for a while, and AWS Backup makes no job of it."""
    check, name = existence_check(resource), re.split("[:/]", resource)[-1]
    other = ", or be another name of a cluster that is listed by its own" if CLUSTER_ID.fullmatch(name) else ""
    return f"; it may be gone{other}: there is no job of it, while others are backed up" + (f". To see: {check}" if check else "")


def flaw_of(made, status, words):
    what = f"its continuous backup, begun {utc(made)}," if status == STOPPED else f"its newest point, of {utc(made)},"
    return f"{what} is {status}" + (f": {words}" if words else "; AWS gives no reason")


def digest_of(findings):
    keys = sorted((finding.kind, finding.region, finding.resource) for finding in findings)
    return int(hashlib.sha256(json.dumps(keys).encode()).hexdigest()[:12], 16) if keys else 0


# Remembering


def metric(name, value, region=None, **dimensions):
    dimensions = {"Deployment": DEPLOYMENT, **({"Region": region} if region else {}), **dimensions}
    dimensions = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"MetricName": name, "Dimensions": dimensions, **({} if value is None else {"Value": value})}


def recall(setup, now, end):
    """What the last runs put on record of each region, and why that cannot be known, if so."""
    names = "Findings", "FindingsDigest", "Unreachable"
    regions = sorted({*setup["regions"], *setup["topics"]})
    interval = 60 * setup.get("minutes", MINUTES)
    memory = Sight(setup, HERE, now, min(now + 60, end))
    vaults = [Sight(setup, region, now, end) for region in setup["regions"]]
    try:
        values = recorded_values(memory, {(region, name): metric(name, None, region) for region in regions for name in names})
        seen = recorded_values(memory, {(sight.region, name): sight.of_vault(name, None)
                                        for sight in vaults for name in ("RecoveryPoints", "Locked")}, VAULT_MEMORY)
    except Fault as fault:
        return {}, str(fault)
    down = {region: looks_in_vain(values[region, "Unreachable"], now, interval / 2 if "minutes" in setup else APART) for region in regions}
    last = {key: int(each[0][1]) if each else 0 for key, each in values.items()}
    told = {region: last[region, "FindingsDigest"] >= TOLD for region in regions}
    return {region: Past(last[region, "Findings"] - told[region], last[region, "FindingsDigest"] % TOLD, down[region],
                         told[region], tuple(seen.get((region, "RecoveryPoints"), ())),
                         tuple(when for when, _ in seen.get((region, "Locked"), ()))) for region in regions}, ""


def recorded_values(memory, metrics, least=LEAST_MEMORY, period=60):
    """The values of these metrics that are not forgotten yet, the highest of each period with its time, the newest first."""
    now, interval = memory.now, 60 * memory.setup.get("minutes", MINUTES)
    wanted = {f"m{number}": key for number, key in enumerate(metrics)}
    query = {"StartTime": moment(now - max(MEMORY * interval, least)), "EndTime": moment(now),
             "ScanBy": "TimestampDescending", "MetricDataQueries": [
                 {"Id": query, "MetricStat": {"Metric": {"Namespace": NAMESPACE, **metrics[key]}, "Period": period,
                                              "Stat": "Maximum"}} for query, key in wanted.items()]}
    values = {key: [] for key in metrics}
    for result in memory.listed("cloudwatch", "get_metric_data", "MetricDataResults", **query):
        if result.get("StatusCode") not in ("Complete", "PartialData", None):  # partial: more comes with the next page
            raise Fault("cloudwatch:GetMetricData", f"its status is {result['StatusCode']}")
        values[wanted[result["Id"]]] += zip(map(seconds, result.get("Timestamps") or []), result.get("Values") or [])
    return values


def looks_in_vain(marks, now, apart):
    """How many looks in a row did not see the whole, of which no more than two are asked: the third is told.

    The newest come first. Runs that are less than so many seconds apart are one look: Lambda tries a failed run again."""
    looks, later = 0, now
    for when, missed in marks:
        if not missed:
            break
        if later - when >= apart:
            looks, later = looks + 1, when
    return min(looks, 2)


def conclude(setup, now, last, sights, past, reports, forgotten):
    """Tells what is new, then puts on record what was found; in this order, so that what could not be told is new again."""
    findings = [finding for report in reports.values() for finding in report.found]
    drill = str(setup.get("mrbackup-drill") or "")
    unknown = [region for region, sight in sights.items()
               if sight.out or sight.missed or any(finding.kind == "unreadable" for finding in sight.found)]
    unchecked = {region: sorted(set(map(str, sight.missed.values()))) for region, sight in sights.items()
                 if sight.missed and not sight.out}
    notes = [report.note for report in reports.values() if report.note]
    notes += [f"The last run's findings could not be read ({forgotten}), so this may have been reported before."] * bool(forgotten)
    more = {"unknown": unknown, **{name: value for name, value in (("unchecked", unchecked), ("forgotten", forgotten)) if value}}
    if drill:
        body = letter(setup, now, findings, notes, drill)
        sent = tell(setup, f"DRILL of the watchdog, {number_of(findings)}", body, [], last)
        return {"outcome": "drill", "message_id": sent}, {"findings": len(findings), **more}
    told, unheard = bool(findings) and any(report.news for report in reports.values()), None
    if told:
        try:
            tell(setup, headline(findings), letter(setup, now, findings, notes), findings, last)
        except Exception as error:
            unheard = error
    data, count = on_record(sights, past, reports, unheard)
    patiently(lambda: client("cloudwatch", HERE).put_metric_data(Namespace=NAMESPACE, MetricData=data), last - CALL, passing)
    if unheard:
        raise unheard
    return {"outcome": "told" if told else "silent", "findings": count, "unknown": unknown}, more


def on_record(sights, past, reports, unheard):
    """The metrics of a run, and the number of its findings. What nobody heard is not in the digests."""
    data, total = [], 0
    for region, report in reports.items():
        count, digest, told = report.count, report.digest, report.told
        if unheard:
            digest, told = past[region].digest, past[region].told
            if report.note:  # a look at a part tells what is more than the record's count
                count = past[region].count
        total += count + told
        data += [metric("Findings", count + told, region), metric("FindingsDigest", digest + TOLD * told, region),
                 metric("Unreachable", int(bool(sights[region].out or sights[region].missed)), region)]
    for sight in sights.values():  # of a lock only that it is on: there is no metric where there is none
        data += [sight.of_vault(name, value) for name, value in (
            ("RecoveryPoints", sight.holds), ("Expiring", sight.expiring), ("Locked", 1 if sight.locked else None)) if value is not None]
    data += [metric("WaitingSince", since, Resource=resource) for sight in sights.values() for resource, since in sight.waiting.items()]
    return [metric("Findings", total)] + ([] if unheard else [metric("Heartbeat", 1)]) + data, total


# Telling


def number_of(findings):
    return f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"


def headline(findings):
    """As many kinds as a subject of SNS holds, the most frequent first."""
    text, room = number_of(findings), 100 - len(f"mrbackup {DEPLOYMENT}: ")
    for number, ((kind, region), count) in enumerate(Counter((each.kind, each.region) for each in findings).most_common()):
        part = f"{', ' if number else ': '}{count} {kind.replace('_', ' ')} in {region}"
        if len(text + part) > room - len(", ..."):
            return text + ", ..."
        text += part
    return text


def glance(now, findings):
    """The first line, for a telephone: what it is about, since when, and the one command."""
    def named(finding):
        if finding.kind == "subscriber_lost":  # of which only a hash is known
            return finding.text.partition(" is not")[0]
        if finding.kind in OF_VAULTS:
            return f"{finding.resource} in {finding.region}"
        return finding.resource.split(":", 5)[-1] if finding.resource.startswith("arn:") else finding.resource or finding.region
    begun = [finding for finding in sorted(findings, key=lambda each: each.since) if finding.since]
    first = "".join(map(named, (begun or findings)[:1]))
    what = [f"{len(findings)}, as {first}", str(len(findings))] if len(findings) > 1 else [first]
    mended = bool(findings) and all(ADVICE[finding.kind][1].startswith("Run `mrbackup up ") for finding in findings)
    return glance_line(what, "since" if begun else "seen", begun[0].since if begun else now, mended)


def glance_line(whats, word, moment, mended):
    run = f"mrbackup {'up' if mended else 'status'}" + (f" --name {DEPLOYMENT}" if DEPLOYMENT != "default" else "")
    rest = f", {word} {utc(moment, '%d %b %H:%M UTC')}. Run: {run}"
    room = GLANCE - len(rest)
    return next((each for each in whats if len(each) <= room), f"{whats[-1][:room - 3]}...") + rest


def letter(setup, now, findings, notes, drill=""):
    lines = [glance(now, findings), f'The watchdog of deployment "{DEPLOYMENT}" has {number_of(findings)}.']
    if drill:
        lines = [f'This is a drill ({drill}): a test whether the watchdog of deployment "{DEPLOYMENT}" is heard.',
                 f"It looked as it does regularly, and has {number_of(findings)}."]
    elif findings:
        lines += ["Until they are gone, backups or the alarms about them are not as they should be."]
    lines += ["", f"Seen:      {utc(now)}, from {HERE}", ""]
    for (region, kind, cause, type_), count in Counter(map(group_of, findings)).most_common():
        group = [finding for finding in findings if group_of(finding) == (region, kind, cause, type_)]
        promised = promised_to(setup, group) if kind in ("late", "never") else ""
        lines.append(f"{count} {kind.replace('_', ' ')} in {region}{promised}:{f' {cause}' if cause else ''}")
        lines += [f"  {': '.join(filter(None, (finding.resource, finding.text if finding.text != cause else '')))}"
                  for finding in group[:NAMED]]
        lines += [f"  and {count - NAMED} more"] if count > NAMED else []
        why, step = (words.format(deployment=DEPLOYMENT, here=HERE, primary=setup["primary"], region=region, type=type_,
                                  source=setup["regions"][setup["primary"]]["vault"], vault=setup["regions"].get(region, {}).get("vault"))
                     for words in ADVICE["opted_out" if type_ else kind])
        lines += [f"Probable cause: {why}", f"What to do: {step}", ""]
    lines += ["Look closer:", f"  mrbackup status --name {DEPLOYMENT}", *(["", *notes] if notes else [])]
    listed, size = [], 0
    for finding in findings:
        size += len(json.dumps(finding.told())) + 2
        listed += [finding.told()] if size <= MACHINE_PART else []
    told = {"schema": "mrbackup.findings/1", "deployment": DEPLOYMENT, "seen": utc(now, "%Y-%m-%dT%H:%M:%SZ"), "from": HERE,
            **({"drill": drill} if drill else {}), "count": len(findings), "left_out": len(findings) - len(listed),
            "findings": listed}
    return "\n".join(lines)[:100000] + f"\n\n{SEPARATOR}\n{json.dumps(told)}\n"


def promised_to(setup, group):
    """In what time recovery points of these are promised, all of one region."""
    settings = setup["regions"].get(group[0].region, {})
    by_type = settings.get("promised_minutes_by_type", {})
    types = {type_of(finding.resource, setup) for finding in group}
    plans = [minutes_of(plan["regions"][group[0].region]) for plan in setup.get("plans", []) if group[0].region in plan["regions"]]
    minutes = {each.get(name, each[""]) for each in plans for name in types} or {
        by_type.get(name, settings.get("promised_minutes")) for name in types}
    return f", RPO {' or '.join(f'{each / 60:.4g}' for each in sorted(minutes))} h" if all(minutes) else ""


def group_of(finding):
    return finding.region, finding.kind, finding.cause, finding.type


def tell(setup, subject, body, findings, last):
    """Publishes once, through a topic that nothing is wrong with, or else one that works; through both if both are ill.

    After the first try there is another as long as it leaves time for the metrics."""
    own = {HERE: os.environ["TOPIC_ARN"]}
    topics = {**own, **{region: topic for region, topic in setup["topics"].items() if region != HERE}}
    troubled = {finding.region for finding in findings if finding.kind in OF_TOPICS}
    wanted = [region for region in topics if troubled - {region}] or [HERE]
    sent, fault, until = [], None, last - 2 * CALL
    for number, region in enumerate(wanted + [region for region in topics if region not in wanted]):
        if (region in wanted or not sent) and (not number or time.time() <= until):
            try:
                sent.append(publish(region, topics[region], subject, body, min(time.time() + HASTE, until)))
            except Exception as error:
                fault = error
    if not sent:
        raise fault
    return sent[0]


def publish(region, topic, subject, body, until=0):
    # SNS takes subjects of up to 100 printable ASCII characters, messages of up to 256 KiB of UTF-8 that XML can carry.
    subject = re.sub(r"[^ -~]+", "?", f"mrbackup {DEPLOYMENT}: {subject}")[:100].rstrip()
    body = re.sub(r"[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", body)
    message = body.encode()[:262144].decode(errors="ignore")
    return patiently(lambda: client("sns", region).publish(TopicArn=topic, Subject=subject, Message=message), until,
                     lambda error: THROTTLED.search(code(error)))["MessageId"]
