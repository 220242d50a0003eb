"""Shows the watchdog an account with every fault it is to find, hour after hour, against AWS's own service models."""

import ast
import contextlib
import hashlib
import importlib.util
import io
import json
import os
import re
import sys
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest import mock

import botocore.session
from botocore import xform_name
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.validate import ParamValidator

CODE = Path(__file__).resolve().parent.parent.parent / "src" / "steps" / "function_code" / "watchdog.py"
sys.dont_write_bytecode = True  # the function's folder is embedded: it must hold nothing but its source
os.environ.update(DEPLOYMENT="default", AWS_REGION="us-west-2")  # read when the function's code is loaded
SPEC = importlib.util.spec_from_file_location("watchdog", CODE)
watchdog = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(watchdog)

EAST, WEST, EU = REGIONS = "us-east-1", "us-west-2", "eu-west-1"
NOW = datetime(2026, 7, 30, 12, 0, tzinfo=timezone.utc).timestamp()
HOUR, DAY = 3600, 86400
INTERVALS = 5, 15, 60, 120, 240, 1440  # minutes: what `watchdog_minutes` can be
VAULT = PLAN = "mrbackup-default"
SELECTION = "tagged-resources-05b288b3"
TOPICS = {region: f"arn:aws:sns:{region}:111122223333:mrbackup-default-alerts" for region in (EAST, WEST)}
TAGS = {"BackupEnabled": "true", "Environment": "Production"}
VOLUME = "arn:aws:ec2:us-east-1:111122223333:volume/vol-0a1b2c3d4e5f60718"
DATABASE = "arn:aws:rds:us-east-1:111122223333:db:orders"
BUCKET = "arn:aws:s3:::orders"
RULES = [
    {"RuleName": "weekly", "RuleId": "2", "TargetBackupVaultName": VAULT, "ScheduleExpression": "cron(0 3 ? * SUN *)",
     "Lifecycle": {"MoveToColdStorageAfterDays": 90, "DeleteAfterDays": 2555}, "CopyActions": [
         {"DestinationBackupVaultArn": f"arn:aws:backup:{region}:111122223333:backup-vault:{VAULT}",
          "Lifecycle": {"DeleteAfterDays": days}} for region, days in ((WEST, 365), (EU, 2555))]},
    {"RuleName": "daily", "RuleId": "1", "TargetBackupVaultName": VAULT, "ScheduleExpression": "cron(0 2 ? * * *)",
     "Lifecycle": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 365}}]
CANONICAL = (
    '[{"archive":false,"cold":30,"complete":10080,"continuous":false,"copies":[],"delete":365,"name":"daily",'
    '"schedule":"cron(0 2 ? * * *)","start":480,"timezone":"Etc/UTC","vault":"mrbackup-default"},'
    '{"archive":false,"cold":90,"complete":10080,"continuous":false,"copies":['
    '["arn:aws:backup:eu-west-1:111122223333:backup-vault:mrbackup-default",null,2555],'
    '["arn:aws:backup:us-west-2:111122223333:backup-vault:mrbackup-default",null,365]],"delete":2555,"name":"weekly",'
    '"schedule":"cron(0 3 ? * SUN *)","start":480,"timezone":"Etc/UTC","vault":"mrbackup-default"}]')


# What a telephone shows under the subject.
GLANCE = re.compile(r"\A(?=.{1,80}\Z).+, (since|seen) \d\d [A-Z][a-z]{2} \d\d:\d\d UTC\. Run: mrbackup (status|up)( --name [a-z0-9-]+)?\Z")


def hashed(text, length):
    return hashlib.sha256(text.encode()).hexdigest()[:length]


ALICE, BOB = (hashed(f"5f0c2d:{name}@example.com", 12) for name in ("alice", "bob"))
SETUP = {
    "schema": "mrbackup.watchdog/1", "primary": EAST,
    "regions": {EAST: {"vault": VAULT, "promised_minutes": 2700}, WEST: {"vault": VAULT, "promised_minutes": 2700},
                EU: {"vault": VAULT, "promised_minutes": 11280}},
    "select_tags": TAGS, "types": {"ec2:volume": "EBS", "rds:db": "RDS", "s3": "S3"},
    "plan": {"name": PLAN, "digest": hashed(CANONICAL, 16)}, "selection": SELECTION, "topics": TOPICS,
    "id": "5f0c2d", "subscribers": [ALICE, BOB]}


def refusal(code, message="said AWS", status=400):
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Operation")


DENIED = refusal("AccessDeniedException", "Insufficient privileges to perform this action.", 403)
GONE = ConnectTimeoutError(endpoint_url="https://backup")


def at(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc)


class Clock:
    """Stands in for the module `time`."""

    def __init__(self, now):
        self.now = now

    def time(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


class Account:
    """An account that is well: three resources with fresh points in three vaults. Tests take things away from it.

    Answers every operation of the function's role, a page of `size` at a time, and checks all by AWS's models."""

    names = {"backup": {"ListBackupVaults", "ListRecoveryPointsByBackupVault", "ListBackupJobs", "DescribeRegionSettings",
                        "ListBackupPlans", "GetBackupPlan", "ListBackupSelections"},
             "sns": {"ListSubscriptionsByTopic", "Publish"}, "cloudwatch": {"GetMetricData", "PutMetricData"},
             "resourcegroupstaggingapi": {"GetResources"}}
    models = {name: botocore.session.get_session().get_service_model(name) for name in names}
    operations = {xform_name(name): (service, name) for service, allowed in names.items() for name in allowed}

    def __init__(self):
        self.now, self.size, self.calls, self.metrics, self.faults = NOW, 1000, [], [], {}
        self.made = dict.fromkeys(REGIONS, NOW - 90 * DAY)
        self.others = dict.fromkeys(REGIONS, 0)  # points that a vault holds beside those of `points`, all of them old
        self.locked = set()
        self.resources = {arn: dict(TAGS) for arn in (VOLUME, DATABASE, BUCKET)}
        self.of_other_types = {}  # and their tags: a list by types does not show them
        self.tag_filters = [[{"Key": key, "Values": [value]} for key, value in TAGS.items()]]
        self.filters = ["backup-gateway:vm", "dsql:cluster", "ec2:volume", "rds:db", "s3"]
        self.points = {region: {arn: [(NOW - 10 * HOUR, "COMPLETED"), (NOW - 34 * HOUR, "COMPLETED")] for arn in self.resources}
                       for region in REGIONS}
        self.jobs = [{"BackupJobId": "1", "BackupVaultName": VAULT, "ResourceArn": arn, "CreationDate": at(NOW - hours * HOUR),
                      "State": "COMPLETED", "CreatedBy": {"BackupPlanId": "p1"}}
                     for arn in self.resources for hours in (10, 34, 700)]
        self.opted = {"EBS": True, "RDS": True, "S3": True, "SAP HANA on Amazon EC2": False}
        self.managed = {"DynamoDB": True, "EFS": True}
        self.plans = {"p1": {"BackupPlanName": PLAN, "Rules": [dict(rule) for rule in RULES]}}
        self.selections = {SELECTION: NOW - 60 * DAY}
        self.topics = {topic: {"alice@example.com": "arn:a", "Bob@Example.com": "arn:b"} for topic in TOPICS.values()}

    def client(self, service, region):
        return Regional(self, service, region)

    def call(self, service, region, method, query):
        owner, name = self.operations[method]
        assert owner == service, f"{service}: {name} is not among the function's permissions"
        operation = self.models[service].operation_model(name)
        check(query, operation.input_shape)
        self.calls.append((name, region, query))
        for key in ((name, region), name, region, (service, region)):
            fault = self.faults.get(key)
            fault = fault(query) if callable(fault) else fault
            if isinstance(fault, Exception):
                raise fault
            if fault:
                return fault
        answer = getattr(self, method)(region, **query)
        check(answer, operation.output_shape, patterns=False)
        return answer

    def page(self, key, items, query, token="NextToken", size=None):
        start, size = int(query.get(token) or 0), size or min(self.size, query.get("MaxResults", 1000))
        more = {token: str(start + size)} if len(items) > start + size else {}
        return {key: items[start:start + size], **more}

    def list_backup_vaults(self, region, **query):
        other = {"BackupVaultName": "Default", "CreationDate": at(0)}
        count = sum(map(len, self.points[region].values())) + self.others[region]
        own = [{"BackupVaultName": VAULT, "CreationDate": at(self.made[region]), "NumberOfRecoveryPoints": count,
                "Locked": region in self.locked}] if region in self.made else []
        return self.page("BackupVaultList", [other] + own, query)

    def list_recovery_points_by_backup_vault(self, region, **query):
        if region not in self.made or query["BackupVaultName"] != VAULT:
            raise DENIED
        points = [{"ResourceArn": arn, "CreationDate": at(time), "Status": status, "RecoveryPointArn": "arn:x",
                   **{key: value for more in message for key, value in (
                       more if isinstance(more, dict) else {"StatusMessage": more}).items()}}
                  for arn, points in self.points[region].items() for time, status, *message in points
                  if query.get("ByResourceArn", arn) == arn and at(time) > query.get("ByCreatedAfter", at(0))]
        return self.page("RecoveryPoints", points, query)

    def list_backup_jobs(self, region, **query):
        if region != EAST or region not in self.made:
            raise DENIED
        return self.page("BackupJobs", [
            job for job in self.jobs if job["BackupVaultName"] == query.get("ByBackupVaultName", job["BackupVaultName"])
            and job["ResourceArn"] == query.get("ByResourceArn", job["ResourceArn"])
            and job["CreationDate"] > max(query.get("ByCreatedAfter", at(0)), at(self.now - 30 * DAY))
        ], query)

    def describe_region_settings(self, region):
        assert region == EAST
        return {"ResourceTypeOptInPreference": self.opted, "ResourceTypeManagementPreference": self.managed}

    def list_backup_plans(self, region, **query):
        plans = [{"BackupPlanId": key, "BackupPlanName": plan["BackupPlanName"]} for key, plan in self.plans.items()]
        plans += [{"BackupPlanId": "p0", "BackupPlanName": PLAN, "DeletionDate": at(NOW)}]
        return self.page("BackupPlansList", plans if region == EAST else [], query)

    def get_backup_plan(self, region, BackupPlanId):
        return {"BackupPlan": self.plans[BackupPlanId]}

    def list_backup_selections(self, region, **query):
        return self.page("BackupSelectionsList", [{"SelectionName": name, "CreationDate": at(time)}
                                                  for name, time in self.selections.items()], query)

    def get_resources(self, region, **query):
        def shown(resources):
            return [{"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
                    for arn, tags in resources.items()]
        assert region == EAST, query
        if "ResourceARNList" in query:
            assert set(query) == {"ResourceARNList"}, query
            everything = {**self.resources, **self.of_other_types}
            return {"ResourceTagMappingList": shown({arn: everything[arn] for arn in query["ResourceARNList"] if arn in everything}),
                    "PaginationToken": ""}
        assert query["ResourceTypeFilters"] == self.filters, query
        assert query["TagFilters"] in self.tag_filters, query
        found = shown(self.resources)
        return self.page("ResourceTagMappingList", found, query, "PaginationToken", min(self.size, query["ResourcesPerPage"]))

    def list_subscriptions_by_topic(self, region, TopicArn, **query):
        if TopicArn not in self.topics:
            raise refusal("NotFound", "Topic does not exist", 404)
        assert TopicArn == TOPICS[region]
        return self.page("Subscriptions", [{"Endpoint": endpoint, "SubscriptionArn": arn, "Protocol": "email"}
                                           for endpoint, arn in self.topics[TopicArn].items()], query, size=1)

    def publish(self, region, **query):
        assert query["TopicArn"] == TOPICS[region]
        if query["TopicArn"] not in self.topics:
            raise refusal("NotFound", "Topic does not exist", 404)
        return {"MessageId": f"message-{len(self.published())}"}

    def put_metric_data(self, region, Namespace, MetricData):
        assert (region, Namespace) == (WEST, "mrbackup")
        self.metrics += [(self.now, metric["MetricName"], {each["Name"]: each["Value"] for each in metric["Dimensions"]},
                          metric["Value"]) for metric in MetricData]
        return {}

    def get_metric_data(self, region, MetricDataQueries, StartTime, EndTime, ScanBy, NextToken="0"):
        assert (region, ScanBy) == (WEST, "TimestampDescending")
        results = []
        for query in MetricDataQueries:
            stat = query["MetricStat"]
            assert stat["Stat"] == "Maximum" and re.fullmatch("[a-z][a-zA-Z0-9_]*", query["Id"])
            kept = {60: 15, DAY: 455}[stat["Period"]]
            assert StartTime >= at(self.now - kept * DAY) - timedelta(seconds=1), "of such a period nothing older is kept"
            of = {each["Name"]: each["Value"] for each in stat["Metric"]["Dimensions"]}
            values = [(time, value) for time, name, dimensions, value in reversed(self.metrics)
                      if name == stat["Metric"]["MetricName"] and dimensions == of and StartTime <= at(time) < EndTime]
            if stat["Period"] == DAY:  # stamped with the beginning of its period
                days = {}
                for time, value in values:
                    days.setdefault(time // DAY * DAY, []).append(value)
                values = [(time, max(each)) for time, each in days.items()]
            results.append({"Id": query["Id"], "Values": [value for _, value in values], "StatusCode": "Complete",
                            "Timestamps": [at(time) for time, _ in values]})
        return self.page("MetricDataResults", results, {"NextToken": NextToken}, size=4)

    def published(self):
        return [query for name, _, query in self.calls if name == "Publish"]

    def asked(self, name, region=None):
        return [query for called, where, query in self.calls if called == name and where == (region or where)]


def check(value, shape, patterns=True):
    """By AWS's model: what botocore checks, and patterns, enums and upper bounds, which it leaves to AWS."""
    if value is None or shape is None:
        return
    report = ParamValidator().validate(value, shape)
    assert not report.has_errors(), report.generate_report()

    def deep(value, shape):
        if shape.type_name == "structure":
            for name, member in value.items():
                assert name in shape.members, (shape.name, name)
                deep(member, shape.members[name])
        elif shape.type_name == "list":
            for member in value:
                deep(member, shape.member)
        elif shape.type_name == "string":
            assert not shape.enum or value in shape.enum, (shape.name, value)
            pattern = patterns and shape.metadata.get("pattern")
            assert not pattern or re.search(pattern, value), (shape.name, value)
        size = len(value) if shape.type_name in ("string", "list") else value if shape.type_name in ("integer", "long") else 0
        assert size <= shape.metadata.get("max", size), (shape.name, value)
    deep(value, shape)


class Regional:
    """A client of one service in one region."""

    def __init__(self, account, service, region):
        self.account, self.service, self.region = account, service, region

    def __getattr__(self, method):
        return lambda **query: self.account.call(self.service, self.region, method, query)


class WatchdogTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.account, self.setup = Account(), json.loads(json.dumps(SETUP))
        environment = mock.patch.dict(os.environ, TOPIC_ARN=TOPICS[WEST])
        environment.start()
        self.addCleanup(environment.stop)

    def run_once(self, event=None, hours=1):
        """One hourly run: its answer. What it published is in self.messages, its metrics in self.put."""
        account, output = self.account, io.StringIO()
        account.calls, before = [], len(account.metrics)
        try:
            with mock.patch.multiple(watchdog, client=account.client, time=Clock(account.now)), contextlib.redirect_stdout(output):
                answer = watchdog.handler(self.setup if event is None else event, None)
        finally:
            lines = output.getvalue().splitlines()
            self.assertEqual(1, len(lines), "one log line a run")
            self.log = json.loads(lines[0])
            self.messages, self.put = account.published(), {}
            for _, name, dimensions, value in account.metrics[before:]:
                self.assertEqual("default", dimensions["Deployment"])
                self.put[name, dimensions.get("Region")] = value
            for message in self.messages:
                self.assertRegex(message["Subject"], r"\Amrbackup default: [ -~]{1,82}\Z")
                self.assertLessEqual(len(message["Message"].encode()), 262144)
                if ": DRILL " not in message["Subject"]:  # which is to be told from others at the first word
                    self.assertRegex(message["Message"].split("\n")[0], GLANCE)
            account.now += hours * HOUR
        return answer

    def run_at_peace(self, **more):
        """A run that is silent, whatever it finds."""
        answer = self.run_once(**more)
        self.assertEqual(("silent", []), (answer["outcome"], self.messages))
        self.assertEqual((1, "INFO"), (self.put["Heartbeat", None], self.log["level"]))
        return answer

    def told(self, subject, topic=TOPICS[WEST], **more):
        """A run that publishes exactly one message, with that subject and to that topic: its letter, and the findings in it."""
        answer = self.run_once(**more)
        self.assertEqual([(f"mrbackup default: {subject}", topic)], [(each["Subject"], each["TopicArn"]) for each in self.messages])
        letter, _, machine = self.messages[0]["Message"].partition("\n\n----- for machines -----\n")
        machine = json.loads(machine)
        self.assertEqual(("mrbackup.findings/1", "told"), (machine["schema"], answer["outcome"]))
        self.assertEqual(machine["count"], len(machine["findings"]) + machine["left_out"])
        self.assertEqual((1, sum(value for (name, region), value in self.put.items() if name == "Findings" and region)),
                         (self.put["Heartbeat", None], self.put["Findings", None]))
        self.assertEqual(self.put["Findings", None], answer["findings"])
        return letter, [(each["kind"], each["region"], each["resource"], each["text"]) for each in machine["findings"]]

    def age(self, region, resource, hours):
        self.account.points[region][resource] = [(NOW - hours * HOUR, "COMPLETED")]


class Freshness(WatchdogTest):
    def test_an_account_that_is_well_is_silence_and_metrics(self):
        self.assertEqual({"outcome": "silent", "findings": 0, "unknown": []}, self.run_at_peace())
        names = "Findings", "FindingsDigest", "Unreachable"
        self.assertEqual({("Heartbeat", None): 1, ("Findings", None): 0,
                          **{("RecoveryPoints", region): 6 for region in REGIONS}, **{("Expiring", region): 1 for region in REGIONS},
                          **{(name, region): 0 for name in names for region in REGIONS}}, self.put)
        self.assertEqual({"level": "INFO", "deployment": "default", "outcome": "silent", "findings": 0, "unknown": []}, self.log)

    def test_an_account_that_is_well_needs_few_calls(self):
        self.account.resources = {f"{VOLUME}{number}": TAGS for number in range(50)}
        self.account.points = {region: {arn: [(NOW, "AVAILABLE")] for arn in self.account.resources} for region in REGIONS}
        self.run_at_peace()
        self.assertLessEqual(len(self.account.calls), 21)  # of them five pages of metrics, of four each
        for region, minutes in ((EAST, 2700), (WEST, 2700), (EU, 11280)):
            self.assertEqual([{"BackupVaultName": VAULT, "MaxResults": 1000, "ByCreatedAfter": at(NOW - minutes * 60)}],
                             self.account.asked("ListRecoveryPointsByBackupVault", region))

    def test_late_is_told_once_with_its_newest_point(self):
        self.age(WEST, VOLUME, 46)
        letter, findings = self.told("1 finding: 1 late in us-west-2")
        self.assertEqual([("late", WEST, VOLUME, "newest good point is of 2026-07-28 14:00 UTC")], findings)
        self.assertIn("1 late in us-west-2, RPO 45 h:\n"
                      f"  {VOLUME}: newest good point is of 2026-07-28 14:00 UTC\nProbable cause: ", letter)
        self.assertIn("Seen:      2026-07-30 12:00 UTC, from us-west-2", letter)
        self.assertIn("\n  mrbackup status --name default", letter)
        self.assertEqual((1, 0), (self.put["Findings", WEST], self.put["Findings", EU]))
        digest = self.put["FindingsDigest", WEST]
        self.assertEqual(int(hashed(json.dumps([["late", WEST, VOLUME]]), 12), 16), digest)
        for _ in range(5):
            self.run_at_peace()
            self.assertEqual((1, digest), (self.put["Findings", WEST], self.put["FindingsDigest", WEST]))

    def test_what_gets_well_is_silence(self):
        self.age(WEST, VOLUME, 46)
        self.told("1 finding: 1 late in us-west-2")
        self.age(WEST, VOLUME, 1)
        self.run_at_peace()
        self.assertEqual((0, 0), (self.put["Findings", WEST], self.put["FindingsDigest", WEST]))

    def test_news_is_told_with_all_that_still_holds(self):
        self.age(WEST, VOLUME, 46)
        self.told("1 finding: 1 late in us-west-2")
        self.age(EU, BUCKET, 200)
        self.told("2 findings: 1 late in eu-west-1, 1 late in us-west-2")
        self.run_at_peace()

    def test_the_age_is_the_regions_own_and_exact(self):
        self.age(EU, VOLUME, 188)
        self.age(WEST, VOLUME, 44.99)
        self.account.now -= 1
        self.run_at_peace()
        self.account.now = NOW + 60
        self.told("2 findings: 1 late in eu-west-1, 1 late in us-west-2", hours=0)

    def test_only_good_points_count(self):
        for status in ("PARTIAL", "DELETING", "EXPIRED", "STOPPED", "CREATING"):
            self.account = Account()
            self.account.points[WEST][VOLUME] = [(NOW - HOUR, status), (NOW - 50 * HOUR, "COMPLETED")]
            self.told("1 finding: 1 late in us-west-2")
        self.account.points[WEST][VOLUME] = [(NOW - HOUR, "AVAILABLE")]
        self.run_at_peace()

    def test_a_continuous_point_is_fresh_at_any_age_while_it_goes_on(self):
        beginning = NOW - 30 * DAY
        self.account.points[EAST][DATABASE] = [(beginning, "AVAILABLE")]
        self.run_at_peace()
        self.account.points[EAST][DATABASE] = [(beginning, "STOPPED"), (NOW - 50 * HOUR, "COMPLETED")]
        self.told("1 finding: 1 late in us-east-1")
        # Its beginning tells since when a copy of it is due.
        self.account = Account()
        self.account.jobs = [job for job in self.account.jobs if job["ResourceArn"] != DATABASE]
        self.account.points[EAST][DATABASE] = [(beginning, "AVAILABLE")]
        del self.account.points[WEST][DATABASE]
        self.told("1 finding: 1 never in us-west-2")

    def test_a_continuous_backup_that_was_stopped_is_said_to_be_so(self):
        stopped = NOW - 30 * DAY, "STOPPED", "Versioning of the bucket was turned off."
        self.account.points[EAST][BUCKET] = [stopped]
        letter, findings = self.told("1 finding: 1 stopped in us-east-1")
        self.assertEqual([("stopped", EAST, BUCKET, "its continuous backup, begun 2026-06-30 12:00 UTC, is STOPPED: Versioning of the "
                           "bucket was turned off.")], findings)
        self.assertIn("\nWhat to do: Repair what AWS reports", letter)
        self.run_at_peace()
        self.account.points[EAST][BUCKET].append((NOW, "AVAILABLE"))  # the rule's next run begins another
        self.run_at_peace()
        self.account.points[EAST][BUCKET] = [stopped[:2]]
        _, findings = self.told("1 finding: 1 stopped in us-east-1")
        self.assertTrue(findings[0][3].endswith(", is STOPPED; AWS gives no reason"), findings)

    def test_one_that_was_stopped_beside_old_snapshots_is_late_and_says_why(self):
        self.account.points[EAST][BUCKET] = [(NOW - 30 * DAY, "STOPPED", "No permission."), (NOW - 50 * HOUR, "COMPLETED")]
        _, findings = self.told("1 finding: 1 late in us-east-1")
        self.assertEqual("newest good point is of 2026-07-28 10:00 UTC; its continuous backup, begun 2026-06-30 12:00 UTC, is STOPPED: "
                         "No permission.", findings[0][3])

    def test_a_point_that_is_no_good_is_named_with_awss_words(self):
        for status in ("PARTIAL", "EXPIRED"):
            self.account = Account()
            self.account.points[WEST][VOLUME] = [(NOW - 3 * HOUR, status, "Half of it."), (NOW - 9 * HOUR, status, "A third of it.")]
            _, findings = self.told("1 finding: 1 never in us-west-2")
            self.assertEqual("no good point, though there are jobs or points of it since 2026-07-01 08:00 UTC; its newest point, of "
                             f"2026-07-30 09:00 UTC, is {status}: Half of it.", findings[0][3])
        self.account = Account()
        self.account.points[WEST][VOLUME] = [(NOW - 50 * HOUR, "COMPLETED"), (NOW - 900 * HOUR, "PARTIAL", "Long ago.")]
        self.assertEqual("newest good point is of 2026-07-28 10:00 UTC", self.told("1 finding: 1 late in us-west-2")[1][0][3])
        for status in ("CREATING", "DELETING"):
            self.account = Account()
            self.account.points[WEST][VOLUME] = [(NOW - 3 * HOUR, status, "x")]
            _, findings = self.told("1 finding: 1 never in us-west-2")
            self.assertNotIn(status, findings[0][3])

    def test_all_pages_are_read(self):
        self.account.size = 1
        self.run_at_peace()
        self.account.points[WEST].pop(BUCKET)
        self.told("1 finding: 1 never in us-west-2")

    def test_a_region_that_no_rule_reaches_is_asked_for_its_vault_alone(self):
        self.setup["regions"][EU]["promised_minutes"] = None
        self.account.points[EU] = {}
        self.run_at_peace()
        del self.account.made[EU]
        self.told("1 finding: 1 vault gone in eu-west-1")

    def test_retired_resources_are_no_finding(self):
        self.age(WEST, VOLUME, 300)
        del self.account.resources[VOLUME]
        self.age(WEST, BUCKET, 300)
        self.account.resources[BUCKET] = {"BackupEnabled": "true"}  # the index of tags lags
        self.run_at_peace()

    def test_a_thousand_of_one_cause_are_one_message(self):
        arns = [f"{VOLUME}{number:04}" for number in range(1000)]
        self.account.resources = dict.fromkeys(arns, TAGS)
        self.account.points = {region: {arn: [(NOW - 300 * HOUR, "COMPLETED")] for arn in arns} for region in REGIONS}
        for region in (EAST, EU):
            self.account.points[region] = {arn: [(NOW, "COMPLETED")] for arn in arns}
        letter, findings = self.told("1000 findings: 1000 late in us-west-2")
        self.assertEqual(arns[:5], re.findall(r"^  (arn:\S+): ", letter, re.M))
        self.assertIn("\n  and 995 more\n", letter)
        closer = [query for query in self.account.asked("ListRecoveryPointsByBackupVault") if "ByResourceArn" in query]
        self.assertEqual(arns[:200], [query["ByResourceArn"] for query in closer])
        self.assertEqual("newest good point is of 2026-07-18 00:00 UTC", findings[199][3])
        self.assertEqual("no good point since 2026-07-28 15:00 UTC; unchecked, as one of more than 200", findings[200][3])
        self.run_at_peace()

    def test_a_message_of_very_many_says_what_it_leaves_out(self):
        arns = [f"{VOLUME}{'x' * 300}{number:04}" for number in range(1000)]
        self.account.resources = dict.fromkeys(arns, TAGS)
        for region in REGIONS:
            self.account.points[region] = {}
        _, findings = self.told("2400 findings: 800 late in eu-west-1, 800 late in us-east-1, ...")
        self.assertLess(200, len(findings))


class NeverOrPending(WatchdogTest):
    def without(self, resource=VOLUME, regions=REGIONS, jobs=()):
        for region in regions:
            self.account.points[region].pop(resource, None)
        self.account.jobs = [job for job in self.account.jobs if job["ResourceArn"] != resource] + list(jobs)

    def job(self, hours, resource=VOLUME, vault=VAULT, **more):
        return {"BackupJobId": "9", "BackupVaultName": vault, "ResourceArn": resource, "CreationDate": at(NOW - hours * HOUR),
                "State": "FAILED", **more}

    def test_a_resource_without_any_trace_is_pending_while_the_plan_runs(self):
        self.without()
        self.run_at_peace()

    def run_through(self, hours, **more):
        """So many hourly runs while the others are backed up: in which of them it told something, and its last letter."""
        account, told = self.account, []
        for hour in range(hours):
            for points in account.points.values():
                for arn in points:
                    points[arn] = [(account.now - 10 * HOUR, "COMPLETED")]
            for job in account.jobs:
                job["CreationDate"] = at(account.now - 10 * HOUR)
            self.run_once(**more)
            told += [hour] * len(self.messages)
            self.letter = self.messages[0]["Message"] if self.messages else self.letter
        return told

    def test_what_aws_backup_leaves_out_in_silence_is_never_once_it_was_due(self):
        self.without()
        self.letter = ""
        self.assertEqual([], self.run_through(46))  # promised are 45 hours
        self.assertEqual([0], self.run_through(40))
        since = "no good point, though it has had the tags since 2026-07-30 12:00 UTC at least"
        self.assertIn(f"1 never in us-west-2, RPO 45 h:\n  {VOLUME}: {since}\n", self.letter)
        # The week of the tertiary's is over 188 hours after it was seen first.
        self.assertEqual([103], self.run_through(110))
        # A backup comes at last: silence, and nothing is remembered.
        for region in REGIONS:
            self.account.points[region][VOLUME] = []
        self.assertEqual([], self.run_through(3))
        self.assertFalse([name for name, _ in self.put if name == "WaitingSince"])

    def test_what_has_no_job_while_others_are_backed_up_may_be_gone(self):
        command = "aws ec2 describe-volumes --region us-east-1 --volume-ids vol-0a1b2c3d4e5f60718"
        hint = f"; it may be gone: there is no job of it, while others are backed up. To see: {command}"
        # One that was backed up, and of which copies are left.
        self.without(regions=[])
        for region in REGIONS:
            self.age(region, VOLUME, 60)
        _, findings = self.told("2 findings: 1 late in us-east-1, 1 late in us-west-2")
        late = "newest good point is of 2026-07-28 00:00 UTC"
        self.assertEqual({EAST: late + hint, WEST: late}, {region: text for _, region, _, text in findings})
        # A job of it, however it ended, shows that it is there; and nothing does where the plan runs for nobody.
        self.account, text = Account(), self.account.points
        for change in (lambda jobs: jobs + [self.job(3)], lambda jobs: []):
            self.account = Account()
            self.account.points = {region: dict(points) for region, points in text.items()}
            self.without(regions=[])
            self.account.jobs = change(self.account.jobs)
            self.run_once()
            self.assertNotIn("may be gone", self.messages[0]["Message"])
        # A read for the hint that fails takes nothing away.
        self.account = Account()
        self.without(regions=[])
        self.age(EAST, VOLUME, 60)
        self.account.faults["ListBackupJobs"] = DENIED
        _, findings = self.told("1 finding: 1 late in us-east-1")

    def test_a_cluster_that_is_listed_by_its_resource_id_may_be_another_name(self):
        cluster = "arn:aws:rds:us-east-1:111122223333:cluster:cluster-ABCD1234EFGH5678IJKL9012MN"
        self.account.resources[cluster] = TAGS
        self.letter = ""
        self.assertEqual([46], self.run_through(47))
        self.assertIn("at least; it may be gone, or be another name of a cluster that is listed by its own: there is no job of it, while "
                      "others are backed up. To see: aws rds describe-db-clusters --region us-east-1 --filters "
                      "Name=db-cluster-resource-id,Values=cluster-ABCD1234EFGH5678IJKL9012MN", self.letter)

    def test_what_is_tagged_again_is_new(self):
        self.without()
        self.letter = ""
        self.assertEqual([], self.run_through(40))
        tags = self.account.resources.pop(VOLUME)
        self.assertEqual([], self.run_through(25))
        self.account.resources[VOLUME] = tags
        self.assertEqual([], self.run_through(46))
        self.assertEqual([0], self.run_through(2))

    def test_hours_without_memory_or_the_primary_make_nothing_new(self):
        self.without()
        self.letter = ""
        self.assertEqual([], self.run_through(50 - 8))
        self.account.faults = {EAST: GONE}
        self.run_through(2)
        self.account.faults = {"GetMetricData": refusal("Throttling", "Rate exceeded")}
        self.assertEqual([0], self.run_through(1))  # that what it found before is not known
        self.assertNotIn("never", self.letter)
        self.assertFalse([name for name, _ in self.put if name == "WaitingSince"])
        self.account.faults = {}
        self.assertEqual([], self.run_through(1))
        self.assertEqual([0], self.run_through(3))
        self.assertIn("though it has had the tags since 2026-07-30 12:00 UTC at least", self.letter)

    def test_a_plan_that_runs_more_seldom_than_aws_lists_jobs_is_not_said_not_to_have_run(self):
        for region in self.setup["regions"].values():
            region["promised_minutes"] = 60 * (31 * 24 + 20)
        self.without()
        self.account.jobs = []
        self.run_at_peace()
        # Nor is it pending for ever.
        self.account.now += 30 * HOUR
        self.letter = ""
        dimensions = {"Deployment": "default", "Resource": VOLUME}
        self.account.metrics.append((self.account.now - HOUR, "WaitingSince", dimensions, NOW - 40 * DAY))
        self.assertEqual([0], self.run_through(2))
        self.assertIn("though it has had the tags since 2026-06-20 12:00 UTC at least", self.letter)

    def test_each_that_is_remembered_is_a_metric_of_its_own_and_they_are_few(self):
        arns = [f"{VOLUME}{number:03}" for number in range(300)]
        self.account.resources = dict.fromkeys(arns, TAGS)
        # What has points in the primary waits for its copies, and jobs and points tell since when.
        self.account.points = {EAST: {arn: [(NOW, "COMPLETED")] for arn in arns[250:]}, WEST: {}, EU: {}}
        self.run_once()
        remembered = [dimensions["Resource"] for _, name, dimensions, _ in self.account.metrics if name == "WaitingSince"]
        self.assertEqual(arns[:200], remembered)

    def test_a_type_not_opted_in_is_never_whatever_else(self):
        self.account.opted["EBS"] = False
        self.run_at_peace()
        self.without(regions=[EU])
        letter, findings = self.told("1 finding: 1 never in eu-west-1")
        self.assertEqual("AWS Backup is not opted in to EBS in us-east-1", findings[0][3])
        self.assertIn("1 never in eu-west-1, RPO 188 h: AWS Backup is not opted in to EBS in us-east-1\n"
                      f"  {VOLUME}\n", letter)
        self.assertIn("aws backup update-region-settings --region us-east-1 --resource-type-opt-in-preference "
                      """'{"EBS": true}'`""", letter)

    def test_a_type_not_opted_in_with_an_old_point_is_late_and_says_so(self):
        self.account.opted["S3"] = False
        self.age(WEST, BUCKET, 100)
        letter, _ = self.told("1 finding: 1 late in us-west-2")
        self.assertIn("1 late in us-west-2, RPO 45 h: AWS Backup is not opted in to S3 in us-east-1\n", letter)

    def test_types_not_opted_in_are_counted_by_type(self):
        self.account.opted.update(EBS=False, RDS=False)
        self.account.resources = {f"{VOLUME}{number}": TAGS for number in range(3)} | {DATABASE: TAGS}
        self.account.points = dict.fromkeys(REGIONS, {})
        self.account.made[WEST] = self.account.made[EU] = NOW - HOUR
        letter, _ = self.told("12 findings: 4 never in eu-west-1, 4 never in us-east-1, 4 never in us-west-2")
        for region in REGIONS:
            self.assertRegex(letter, f"3 never in {region}, .*not opted in to EBS in us-east-1\n")
            self.assertRegex(letter, f"1 never in {region}, .*not opted in to RDS in us-east-1\n")

    def test_a_cluster_is_opted_out_only_where_all_types_that_it_may_be_of_are(self):
        cluster = f"arn:aws:rds:{EAST}:111122223333:cluster:shop"
        self.setup["types"]["rds:cluster"] = "Aurora"
        self.account.filters.insert(2, "rds:cluster")
        self.account.filters.sort()
        self.account.resources[cluster] = TAGS
        self.account.opted.update(Aurora=False, DocumentDB=True, Neptune=True)
        self.without(cluster, jobs=[self.job(46, cluster)])
        _, findings = self.told("2 findings: 1 never in us-east-1, 1 never in us-west-2")
        self.assertTrue(findings[0][3].endswith("; AWS Backup is not opted in to Aurora, which it may be of by its ARN"), findings)
        self.account.opted.update(DocumentDB=False, Neptune=False)
        letter, findings = self.told("3 findings: 1 never in eu-west-1, 1 never in us-east-1, 1 never in us-west-2")
        self.assertEqual({"AWS Backup is not opted in to Aurora, DocumentDB, Neptune in us-east-1"}, {each[3] for each in findings})
        self.assertIn("""'{"Aurora": true, "DocumentDB": true, "Neptune": true}'`""", letter)

    def test_what_cannot_be_copied_is_that_and_not_never(self):
        table = f"arn:aws:dynamodb:{EAST}:111122223333:table/orders"
        self.setup["types"]["dynamodb:table"] = "DynamoDB"
        self.account.filters.insert(1, "dynamodb:table")
        self.account.filters.sort()
        self.account.resources[table] = TAGS
        self.account.points[EAST][table] = [(NOW - 10 * HOUR, "COMPLETED")]
        self.account.managed["DynamoDB"] = False
        letter, findings = self.told("2 findings: 1 uncopyable in eu-west-1, 1 uncopyable in us-west-2")
        self.assertEqual({"AWS Backup copies tables only with its advanced features for DynamoDB, which are off"},
                         {each[3] for each in findings})
        self.assertIn("--resource-type-management-preference DynamoDB=true", letter)
        self.run_at_peace()

    def test_a_resource_of_a_type_that_nobody_named_is_judged_by_its_points(self):
        image, points = f"arn:aws:mainframe:{EAST}:111122223333:image-set/m-1", [(NOW - 10 * HOUR, "COMPLETED")]
        self.account.of_other_types[image] = dict(TAGS)
        for region in REGIONS:
            self.account.points[region][image] = points
        self.run_at_peace()
        self.assertEqual([{"ResourceARNList": [image]}],
                         [query for query in self.account.asked("GetResources") if "ResourceARNList" in query])
        self.age(WEST, image, 100)
        _, findings = self.told("1 finding: 1 late in us-west-2")
        self.assertEqual(image, findings[0][2])
        # Without the tags it is retired, as anything else; what the tagging API does not take nobody can tell.
        self.account.of_other_types[image] = {}
        self.run_at_peace()
        self.account.faults["GetResources"] = lambda query: refusal("InvalidParameterException") if "ResourceARNList" in query else None
        self.run_at_peace()

    def test_an_old_job_that_came_to_nothing_is_never(self):
        self.without(jobs=[self.job(46)])
        _, findings = self.told("2 findings: 1 never in us-east-1, 1 never in us-west-2")
        self.assertEqual("no good point, though there are jobs or points of it since 2026-07-28 14:00 UTC; it may be gone: there is no "
                         "job of it, while others are backed up. To see: aws ec2 describe-volumes --region us-east-1 --volume-ids "
                         "vol-0a1b2c3d4e5f60718", findings[0][3])

    def test_a_young_job_is_pending(self):
        self.without(jobs=[self.job(44)])
        self.run_at_peace()

    def test_another_plans_jobs_are_no_evidence(self):
        self.without(jobs=[self.job(300, vault="Default")])
        self.run_at_peace()

    def test_an_old_point_in_the_primary_is_evidence(self):
        self.without(regions=[EU])
        self.run_at_peace()
        self.account.points[EAST][VOLUME].append((NOW - 60 * DAY, "COMPLETED"))
        _, findings = self.told("1 finding: 1 never in eu-west-1")
        self.assertIn("since 2026-05-31 12:00 UTC", findings[0][3])

    def test_in_a_vault_younger_than_its_promise_nothing_was_due(self):
        self.account.points[EU] = {}
        self.account.points[EAST][VOLUME].append((NOW - 60 * DAY, "COMPLETED"))
        self.account.made[EU] = NOW - 187 * HOUR
        self.run_at_peace(hours=2)
        _, findings = self.told("3 findings: 3 never in eu-west-1")

    def test_a_fresh_deployment_of_many_resources_is_silence(self):
        self.account.resources = {f"{VOLUME}{number}": TAGS for number in range(500)}
        self.account.points, self.account.jobs = dict.fromkeys(REGIONS, {}), []
        self.account.made, self.account.selections = dict.fromkeys(REGIONS, NOW - 60), {SELECTION: NOW - 30}
        self.run_at_peace()

    def test_a_plan_that_makes_no_job_is_never(self):
        self.account.resources = {VOLUME: TAGS}
        self.account.points, self.account.jobs = dict.fromkeys(REGIONS, {}), [self.job(1, BUCKET), self.job(
            1, BUCKET, CreatedBy={"BackupPlanId": "another"})]
        letter, findings = self.told("3 findings: 1 never in eu-west-1, 1 never in us-east-1, 1 never in us-west-2")
        self.assertEqual("the plan has not run since 2026-07-28 15:00 UTC, if ever", findings[0][3])
        self.assertIn(f"the plan has not run since 2026-07-28 15:00 UTC, if ever\n  {VOLUME}\n", letter)

    def test_a_young_selection_made_no_job_yet(self):
        self.account.points, self.account.jobs = dict.fromkeys(REGIONS, {}), []
        self.account.selections = {SELECTION: NOW - 44 * HOUR}
        self.run_at_peace(hours=2)
        self.told("9 findings: 3 never in eu-west-1, 3 never in us-east-1, 3 never in us-west-2")

    def test_the_primary_is_asked_of_so_many_only_and_the_others_are_late(self):
        arns = [f"{VOLUME}{number:03}" for number in range(300)]
        self.account.resources = dict.fromkeys(arns, TAGS)
        self.account.points = {region: {arn: [(NOW, "COMPLETED")] for arn in has} for region, has in (
            (EAST, arns), (WEST, arns[150:]), (EU, arns[:150]))}
        _, findings = self.told("100 findings: 100 late in eu-west-1")
        self.assertEqual(arns[200:], [finding[2] for finding in findings])
        self.assertLessEqual(len(self.account.asked("ListBackupJobs")), 201)

    def test_reads_of_jobs_are_bounded_and_name_vault_and_resource(self):
        self.without()
        self.run_at_peace()
        in_vault = {"ByBackupVaultName": VAULT, "MaxResults": 1000}
        asked = [{key: value for key, value in query.items() if value} for query in self.account.asked("ListBackupJobs")]
        self.assertEqual([{"ByResourceArn": VOLUME, **in_vault}, {"ByCreatedAfter": at(NOW - 45 * HOUR), **in_vault}], asked)


class Design(WatchdogTest):
    def test_a_vault_that_is_gone_is_one_finding(self):
        del self.account.made[WEST]
        letter, findings = self.told("1 finding: 1 vault gone in us-west-2")
        self.assertEqual([("vault_gone", WEST, VAULT, "AWS Backup does not list the vault mrbackup-default")], findings)
        self.assertIn("What to do: Run `mrbackup up --name default`: it makes it again.", letter)
        self.run_at_peace()

    def test_the_primarys_vault_gone_asks_nothing_more_of_it(self):
        del self.account.made[EAST]
        self.account.points[WEST].pop(VOLUME)
        self.told("1 finding: 1 vault gone in us-east-1")

    def test_a_plan_that_is_gone_is_told(self):
        self.account.plans = {"p2": {"BackupPlanName": "another", "Rules": RULES}}
        _, findings = self.told("1 finding: 1 plan gone in us-east-1")
        self.assertEqual([("plan_gone", EAST, PLAN, "AWS Backup does not list the plan mrbackup-default")], findings)
        self.run_at_peace()

    def test_every_change_of_the_plan_is_told(self):
        changes = ({"ScheduleExpression": "cron(0 5 ? * * *)"}, {"ScheduleExpressionTimezone": "Europe/Berlin"},
                   {"StartWindowMinutes": 60}, {"CompletionWindowMinutes": 600}, {"EnableContinuousBackup": True}, {"CopyActions": []},
                   {"RuleName": "x"}, {"TargetBackupVaultName": "Default"}, {"Lifecycle": {"DeleteAfterDays": 2555}}, {"Lifecycle": {
                       **RULES[0]["Lifecycle"], "OptInToArchiveForSupportedResources": True}})
        for change in changes:
            self.account = Account()
            self.account.plans["p1"]["Rules"][0].update(change)
            with self.subTest(change):
                self.told("1 finding: 1 plan changed in us-east-1")
                self.run_at_peace()

    def test_what_aws_fills_in_or_reorders_is_no_change(self):
        rules = self.account.plans["p1"]["Rules"]
        rules.reverse()
        rules[0].update(ScheduleExpressionTimezone="UTC", StartWindowMinutes=480, CompletionWindowMinutes=10080,
                        EnableContinuousBackup=False, CopyActions=[])
        rules[0].update(Lifecycle={**rules[0]["Lifecycle"], "OptInToArchiveForSupportedResources": False})
        rules[1]["CopyActions"] = [{**copy, "Lifecycle": {**copy["Lifecycle"], "MoveToColdStorageAfterDays": -1}}
                                   for copy in reversed(rules[1]["CopyActions"])]
        self.run_at_peace()

    def test_of_two_plans_of_the_name_the_recorded_one_counts(self):
        self.account.plans = {"p3": {"BackupPlanName": PLAN, "Rules": RULES[:1]}, **self.account.plans}
        self.run_at_peace()

    def test_a_selection_that_is_gone_is_told(self):
        self.account.selections = {"another": NOW}
        _, findings = self.told("1 finding: 1 selection gone in us-east-1")
        self.assertEqual([SELECTION], [finding[2] for finding in findings])
        self.run_at_peace()


class OutOfReach(WatchdogTest):
    def test_a_region_is_unreachable_the_third_time(self):
        for fault in (GONE, ReadTimeoutError(endpoint_url="x"), EndpointConnectionError(endpoint_url="x"),
                      refusal("InternalFailure", status=500), refusal("ThrottlingException"),
                      refusal("ServiceUnavailableException", status=503)):
            with self.subTest(str(fault)):
                self.account = Account()
                self.run_at_peace()
                self.account.faults = {EU: fault}
                for _ in range(2):
                    self.assertEqual({"outcome": "silent", "findings": 0, "unknown": [EU]}, self.run_at_peace())
                    self.assertEqual((1, 0, 0), tuple(self.put[name, EU] for name in ("Unreachable", "Findings", "FindingsDigest")))
                letter, findings = self.told("1 finding: 1 unreachable in eu-west-1")
                self.assertIn("not reached for the third time in a row (backup:ListBackupVaults: ", findings[0][3])
                self.assertEqual(1, self.put["Unreachable", EU])
                for _ in range(2):
                    self.assertEqual({"outcome": "silent", "findings": 1, "unknown": [EU]}, self.run_at_peace())
                self.account.faults = {}
                self.assertEqual({"outcome": "silent", "findings": 0, "unknown": []}, self.run_at_peace())

    def test_a_throttled_call_is_made_again_and_takes_nothing_away(self):
        self.age(EU, VOLUME, 300)
        _, told = self.told("1 finding: 1 late in eu-west-1")
        for operation in ("ListBackupVaults", "ListRecoveryPointsByBackupVault", "GetResources", "ListBackupJobs"):
            with self.subTest(operation):
                left = [refusal("ThrottlingException"), refusal("TooManyRequestsException", status=429)]
                self.account.faults = {operation: lambda query: left.pop() if left else None}
                self.assertEqual({"outcome": "silent", "findings": 1, "unknown": []}, self.run_at_peace())
        self.assertEqual(1, len(told))

    def test_a_call_that_stays_throttled_is_given_up_in_time(self):
        self.account.faults = {EU: refusal("ThrottlingException")}
        self.assertEqual({"outcome": "silent", "findings": 0, "unknown": [EU]}, self.run_at_peace())
        asked = [region for _, region, _ in self.account.calls if region == EU]
        self.assertTrue(4 <= len(asked) <= 12, asked)

    def test_an_unreachable_region_is_asked_once(self):
        self.account.faults = {EU: GONE}
        self.run_at_peace()
        self.assertEqual(1, len([region for _, region, _ in self.account.calls if region == EU]))

    def test_nothing_flaps_around_an_outage(self):
        self.age(EU, VOLUME, 300)
        self.told("1 finding: 1 late in eu-west-1")
        digest = self.put["FindingsDigest", EU]
        for outage in (1, 2):
            self.account.faults = {EU: GONE}
            for _ in range(outage):
                self.assertEqual({"outcome": "silent", "findings": 1, "unknown": [EU]}, self.run_at_peace())
                self.assertEqual((1, digest), (self.put["Findings", EU], self.put["FindingsDigest", EU]))
            self.account.faults = {}
            self.assertEqual(1, self.run_at_peace()["findings"])

    def test_after_a_told_outage_what_still_holds_is_told_again(self):
        self.age(EU, VOLUME, 300)
        self.told("1 finding: 1 late in eu-west-1")
        self.account.faults = {EU: GONE}
        self.run_at_peace()
        self.run_at_peace()
        self.told("1 finding: 1 unreachable in eu-west-1")
        self.account.faults = {}
        self.told("1 finding: 1 late in eu-west-1")
        self.run_at_peace()

    def test_news_beside_an_unreachable_region_says_what_is_carried_over(self):
        self.age(EU, VOLUME, 300)
        self.told("1 finding: 1 late in eu-west-1")
        self.account.faults = {EU: GONE}
        self.age(WEST, VOLUME, 300)
        letter, _ = self.told("1 finding: 1 late in us-west-2")
        self.assertEqual((1, 2), (self.put["Findings", EU], self.put["Findings", None]))
        self.assertIn("eu-west-1 could not be reached (backup:ListBackupVaults: ConnectTimeoutError", letter)
        self.assertIn("so the last findings there (1) still hold.", letter)

    def test_access_denied_is_told_at_once_and_hides_nothing_else(self):
        self.account.faults = {("ListRecoveryPointsByBackupVault", EU): DENIED}
        self.age(WEST, VOLUME, 46)
        letter, findings = self.told("2 findings: 1 unreadable in eu-west-1, 1 late in us-west-2")
        self.assertEqual(("unreadable", EU, "backup:ListRecoveryPointsByBackupVault",
                          "AccessDeniedException: Insufficient privileges to perform this action."), findings[0])
        self.assertEqual([EU], self.run_at_peace()["unknown"])

    def test_each_action_denied_is_named(self):
        for name, region, action in (
                ("ListBackupVaults", WEST, "backup"), ("ListSubscriptionsByTopic", EAST, "sns"), ("GetResources", EAST, "tag"),
                ("DescribeRegionSettings", EAST, "backup"), ("ListBackupPlans", EAST, "backup"),
                ("GetBackupPlan", EAST, "backup"), ("ListBackupSelections", EAST, "backup")):
            with self.subTest(name):
                self.account = Account()
                self.account.faults = {(name, region): DENIED}
                _, findings = self.told(f"1 finding: 1 unreadable in {region}")
                self.assertEqual(f"{action}:{name}", findings[0][2])
        self.account.faults = {"ListBackupJobs": DENIED}
        self.account.points[WEST].pop(VOLUME)
        _, findings = self.told("1 finding: 1 unreadable in us-east-1")

    def test_a_repeated_page_token_is_an_error_and_no_endless_loop(self):
        for name, key in (("ListRecoveryPointsByBackupVault", "RecoveryPoints"), ("ListBackupVaults", "BackupVaultList")):
            self.account = Account()
            self.account.faults = {(name, EU): {key: [], "NextToken": "again"}}
            _, findings = self.told("1 finding: 1 unreadable in eu-west-1")
            self.assertEqual(("unreadable", EU, f"backup:{name}", "it gave the same page token twice"), findings[0])
            self.assertEqual(2, len(self.account.asked(name, EU)))

    def test_a_run_out_of_time_carries_the_region_over(self):
        self.age(WEST, VOLUME, 300)
        self.told("1 finding: 1 late in us-west-2")
        clock = Clock(self.account.now)

        def slow(query):
            clock.now += 300
        self.account.faults = {("ListRecoveryPointsByBackupVault", WEST): slow}
        with mock.patch.object(sys.modules[__name__], "Clock", lambda now: clock):
            answer = self.run_once()
        self.assertEqual(("silent", 1), (answer["outcome"], answer["findings"]))
        self.assertIn(WEST, answer["unknown"])
        self.assertEqual([], self.messages)


class PrimaryOutOfReach(WatchdogTest):
    def fall(self):
        self.account.faults = {EAST: GONE}

    def test_two_runs_without_the_primary_change_nothing(self):
        self.account.points[EU].pop(VOLUME)
        self.account.points[EAST][VOLUME].append((NOW - 60 * DAY, "COMPLETED"))
        self.account.points[WEST]["arn:aws:ec2:us-east-1:111122223333:volume/vol-retired"] = [(NOW - 50 * HOUR, "COMPLETED")]
        self.told("1 finding: 1 never in eu-west-1")
        self.fall()
        for _ in range(2):
            self.assertEqual({"outcome": "silent", "findings": 1, "unknown": [EAST]}, self.run_at_peace())
            self.assertEqual((1, 0), (self.put["Unreachable", EAST], self.put["Unreachable", EU]))
        self.account.faults = {}
        self.assertEqual(1, self.run_at_peace()["findings"])

    def test_an_outage_of_the_primary_is_told_and_the_vaults_are_judged_by_themselves(self):
        self.run_at_peace()
        self.fall()
        self.run_at_peace()
        self.run_at_peace()
        self.told("1 finding: 1 unreachable in us-east-1")
        self.account.now = NOW + 36 * HOUR  # by then the memory is empty: the function did not run
        for _ in range(2):
            self.run_at_peace()
        letter, findings = self.told("4 findings: 3 late in us-west-2, 1 unreachable in us-east-1")
        self.assertEqual("newest good point is of 2026-07-30 02:00 UTC, as far as can be seen from here", findings[-1][3])
        self.run_at_peace()

    def test_a_part_of_a_composite_that_was_dropped_from_it_is_not_late(self):
        stack, parent = "arn:aws:cloudformation:us-east-1:111122223333:stack/web/1", "arn:aws:backup:us-west-2:111122223333:recovery-point:"
        points = self.account.points[WEST]
        points[stack] = [(self.account.now + hours * HOUR, "COMPLETED", {"IsParent": True, "RecoveryPointArn": f"{parent}{hours}"})
                         for hours in (-40, 0)]
        points["arn:aws:ec2:us-east-1:111122223333:volume/vol-part"] = [
            (NOW - 40 * HOUR, "COMPLETED", {"ParentRecoveryPointArn": f"{parent}-40"})]
        points["arn:aws:ec2:us-east-1:111122223333:volume/vol-lone"] = [
            (NOW - 40 * HOUR, "COMPLETED", {"ParentRecoveryPointArn": f"{parent}-999"})]
        self.fall()
        self.account.now += 10 * HOUR
        self.run_at_peace()
        self.run_at_peace()
        _, findings = self.told("2 findings: 1 unreachable in us-east-1, 1 late in us-west-2")
        self.assertIn("volume/vol-lone", str(findings))

    def test_an_outage_of_the_primary_does_not_look_for_resources_there(self):
        self.account.points[WEST]["arn:aws:s3:::gone"] = [(NOW - 91 * HOUR, "COMPLETED")]
        for _ in range(2):
            self.fall()
            self.run_at_peace()
        self.told("1 finding: 1 unreachable in us-east-1")
        self.assertEqual(1, len([region for _, region, _ in self.account.calls if region == EAST]))

    def test_a_primary_that_falls_in_the_middle_of_a_run_changes_nothing(self):
        self.account.points[WEST].pop(VOLUME)
        self.account.jobs = [job for job in self.account.jobs if job["ResourceArn"] != VOLUME]
        self.run_at_peace()
        self.account.faults = {"ListBackupJobs": GONE}
        self.assertEqual([EAST], self.run_at_peace()["unknown"])

    def test_tags_that_cannot_be_read_leave_the_vaults(self):
        self.account.faults = {"GetResources": DENIED}
        self.age(WEST, VOLUME, 80)
        self.told("2 findings: 1 unreadable in us-east-1, 1 late in us-west-2")


class Topics(WatchdogTest):
    def test_a_lost_subscriber_is_told_through_the_other_topic(self):
        for region, other in ((EAST, WEST), (WEST, EAST)):
            self.account = Account()
            del self.account.topics[TOPICS[region]]["Bob@Example.com"]
            letter, findings = self.told(f"1 finding: 1 subscriber lost in {region}", TOPICS[other])
            self.assertEqual([("subscriber_lost", region, BOB)], [finding[:3] for finding in findings])
            self.assertIn(f"is not on {TOPICS[region]}", findings[0][3])
            self.run_at_peace()

    def test_a_lost_subscriber_of_both_is_told_through_both(self):
        for topic in TOPICS.values():
            del self.account.topics[topic]["alice@example.com"]
        self.assertEqual("told", self.run_once()["outcome"])
        self.assertEqual(set(TOPICS.values()), {message["TopicArn"] for message in self.messages})
        self.assertEqual(2, len(self.messages))
        self.assertEqual({"mrbackup default: 2 findings: 1 subscriber lost in us-east-1, 1 subscriber lost in us-west-2"},
                         {message["Subject"] for message in self.messages})
        self.run_at_peace()

    def test_pending_is_not_lost_and_deleted_is(self):
        self.account.topics[TOPICS[EAST]]["alice@example.com"] = "PendingConfirmation"
        self.run_at_peace()
        self.account.topics[TOPICS[EAST]]["alice@example.com"] = "Deleted"
        self.told("1 finding: 1 subscriber lost in us-east-1")

    def test_others_are_neither_lost_nor_recorded(self):
        self.account.topics[TOPICS[EAST]]["carol@example.com"] = "arn:c"
        self.run_at_peace()
        self.setup["subscribers"] = []
        self.account.topics = dict.fromkeys(TOPICS.values(), {})
        self.run_at_peace()

    def test_nobody_confirmed_is_told_through_the_other_topic(self):
        for region, other in ((EAST, WEST), (WEST, EAST)):
            self.account = Account()
            self.account.topics[TOPICS[region]] = {
                "alice@example.com": "PendingConfirmation", "bob@example.com": "PendingConfirmation", "carol@example.com": "arn:c"}
            _, findings = self.told(f"1 finding: 1 nobody confirmed in {region}", TOPICS[other])
            self.assertEqual([("nobody_confirmed", region, TOPICS[region], "none of its recorded subscribers has confirmed")],
                             findings)

    def test_a_topic_that_is_gone_is_told_through_the_other(self):
        for region, other in ((EAST, WEST), (WEST, EAST)):
            self.account = Account()
            del self.account.topics[TOPICS[region]]
            self.told(f"1 finding: 1 topic gone in {region}", TOPICS[other])
            self.run_at_peace()

    def test_of_a_given_topic_any_subscriber_will_do(self):
        self.setup["given_topics"] = {EAST: True}
        self.account.topics[TOPICS[EAST]] = {"carol@example.com": "arn:c"}
        self.run_at_peace()
        for subscribers, text in (({}, "it has no subscriber"),
                                  ({"carol@example.com": "PendingConfirmation", "dave@example.com": "Deleted"},
                                   "none of its subscribers has confirmed")):
            with self.subTest(text):
                self.account = Account()
                self.account.topics[TOPICS[EAST]] = subscribers
                letter, findings = self.told(f"1 finding: 1 given topic unheard in {EAST}")
                self.assertEqual([("given_topic_unheard", EAST, TOPICS[EAST], text)], findings)
                self.assertIn("mrbackup does not change who subscribes to it", letter)
                self.setup["given_topics"] = {EAST: False}  # it is intended that no one hears
                self.account = Account()
                self.account.topics[TOPICS[EAST]] = subscribers
                self.run_at_peace()
                self.setup["given_topics"] = {EAST: True}

    def test_a_given_topic_that_is_gone_is_not_made_again_by_mrbackup(self):
        self.setup["given_topics"] = {EAST: True}
        del self.account.topics[TOPICS[EAST]]
        letter, _ = self.told(f"1 finding: 1 given topic gone in {EAST}")
        self.assertIn(f"--set topic.{EAST}=ARN", letter)
        self.assertNotIn("makes it again", letter)

    def test_the_only_topic_tells_of_itself(self):
        self.setup["topics"] = {WEST: TOPICS[WEST]}
        self.account.topics[TOPICS[WEST]] = {"alice@example.com": "arn:a"}
        self.told("1 finding: 1 subscriber lost in us-west-2")

    def test_if_one_topic_fails_the_other_is_tried(self):
        self.age(EU, VOLUME, 300)
        self.account.faults = {("Publish", WEST): refusal("AuthorizationError", status=403)}
        self.assertEqual("told", self.run_once()["outcome"])
        self.assertEqual([TOPICS[WEST], TOPICS[EAST]], [message["TopicArn"] for message in self.messages])
        self.assertEqual(1, self.put["Heartbeat", None])
        self.run_at_peace()

    def test_if_both_fail_it_is_raised_and_told_when_one_works_again(self):
        self.run_at_peace()
        self.age(EU, VOLUME, 300)
        self.account.faults = {"Publish": refusal("InternalError", status=500)}
        for _ in range(2):
            with self.assertRaises(ClientError):
                self.run_once()
            self.assertEqual([TOPICS[WEST], TOPICS[EAST]], [message["TopicArn"] for message in self.messages])
            self.assertEqual((1, 1, 0), (self.put["Findings", None], self.put["Findings", EU], self.put["FindingsDigest", EU]))
            self.assertNotIn(("Heartbeat", None), self.put)
            self.assertEqual(("ERROR", "failed"), (self.log["level"], self.log["outcome"]))
        self.account.faults = {}
        self.told("1 finding: 1 late in eu-west-1")
        self.run_at_peace()


class Memory(WatchdogTest):
    def test_without_memory_what_holds_is_told_again(self):
        self.age(EU, VOLUME, 300)
        self.told("1 finding: 1 late in eu-west-1")
        for fault in (DENIED, GONE, {"MetricDataResults": [{"Id": "m0", "StatusCode": "InternalError", "Values": []}]}):
            self.account.faults = {"GetMetricData": fault}
            letter, _ = self.told("1 finding: 1 late in eu-west-1")
            self.assertIn("could not be read (cloudwatch:GetMetricData: ", letter)
            self.assertIn("so this may have been reported before.", letter)
        self.account.faults = {}
        self.run_at_peace()

    def test_without_memory_an_account_that_is_well_is_silence(self):
        self.account.faults = {"GetMetricData": DENIED}
        self.run_at_peace()
        self.assertIn("AccessDeniedException", self.log["forgotten"])

    def test_without_memory_an_unreachable_region_is_told(self):
        self.account.faults = {"GetMetricData": DENIED, EU: GONE}
        self.told("1 finding: 1 unreachable in eu-west-1")

    def test_memory_is_of_the_last_three_hours_at_least(self):
        self.age(EU, VOLUME, 300)
        self.told("1 finding: 1 late in eu-west-1", hours=2)
        self.run_at_peace(hours=4)
        self.told("1 finding: 1 late in eu-west-1")

    def at_interval(self, minutes):
        self.account = Account()
        self.setup.pop("minutes", None)
        self.setup.update({"minutes": minutes} if minutes > 60 else {})  # as it is told
        for region in REGIONS:  # so that nothing is late in the days that follow
            self.setup["regions"][region]["promised_minutes"] = 10 ** 6

    def test_an_unchanged_finding_is_told_once_at_any_interval(self):
        for minutes in INTERVALS:
            with self.subTest(minutes):
                self.at_interval(minutes)
                del self.account.made[EU]
                self.told("1 finding: 1 vault gone in eu-west-1", hours=minutes / 60)
                for _ in range(24):
                    self.run_at_peace(hours=minutes / 60)

    def test_what_was_told_is_known_after_a_run_that_did_not_come(self):
        for minutes in INTERVALS:
            self.at_interval(minutes)
            del self.account.made[EU]
            self.told("1 finding: 1 vault gone in eu-west-1", hours=2 * minutes / 60)
            self.run_at_peace(hours=minutes / 60)

    def test_the_third_look_in_a_row_tells_at_any_interval(self):
        for minutes in INTERVALS:
            for fault, kind in (({EU: GONE}, "unreachable"), (
                    {("ListRecoveryPointsByBackupVault", EU): refusal("ThrottlingException")}, "unchecked")):
                with self.subTest(minutes, kind=kind):
                    self.at_interval(minutes)
                    self.account.faults = fault
                    for _ in range(2):
                        self.run_at_peace(hours=minutes / 60)
                    self.told(f"1 finding: 1 {kind} in eu-west-1", hours=minutes / 60)
                    for _ in range(4):
                        self.run_at_peace(hours=minutes / 60)

    def test_the_third_look_counts_looks_and_not_attempts(self):
        for minutes in INTERVALS:
            with self.subTest(minutes):
                self.at_interval(minutes)
                self.account.faults = {EU: GONE}
                for _ in range(5):  # as when Lambda tries a run again, or somebody runs it by hand
                    self.run_at_peace(hours=1 / 60)
                outcomes = [self.run_once(hours=minutes / 60)["outcome"] for _ in range(5)]
                self.assertEqual(1, outcomes.count("told"), outcomes)
                self.assertEqual("silent", outcomes[0])

    def test_an_input_of_before_says_nothing_of_the_interval_and_is_of_every_hour(self):
        self.assertNotIn("minutes", self.setup)
        self.account.faults = {EU: GONE}
        self.run_at_peace()
        self.run_at_peace()
        self.told("1 finding: 1 unreachable in eu-west-1")

    def test_metrics_that_cannot_be_put_are_raised(self):
        self.account.faults = {"PutMetricData": DENIED}
        with self.assertRaises(ClientError):
            self.run_once()


class Drill(WatchdogTest):
    def drill(self):
        answer = self.run_once({**self.setup, "mrbackup-drill": "d-17"}, hours=0)
        self.assertEqual({"outcome": "drill", "message_id": answer["message_id"]}, answer)
        self.assertEqual(({}, 1), (self.put, len(self.messages) - self.failed))
        letter, _, machine = self.messages[-1]["Message"].partition("\n\n----- for machines -----\n")
        return self.messages[-1]["Subject"], letter, json.loads(machine)

    failed = 0

    def test_a_drill_is_one_message_and_no_metrics(self):
        subject, letter, machine = self.drill()
        self.assertEqual("mrbackup default: DRILL of the watchdog, 0 findings", subject)
        self.assertTrue(letter.startswith("This is a drill (d-17): "))
        self.assertIn("\nIt looked as it does regularly, and has 0 findings.\n", letter)
        self.assertEqual(("d-17", 0), (machine["drill"], machine["count"]))
        self.assertEqual([TOPICS[WEST]], [message["TopicArn"] for message in self.messages])

    def test_a_drill_says_what_it_sees_and_takes_no_message_away(self):
        self.age(EU, VOLUME, 300)
        subject, letter, machine = self.drill()
        self.assertEqual("mrbackup default: DRILL of the watchdog, 1 finding", subject)
        self.assertIn("1 late in eu-west-1, RPO 188 h", letter)
        self.assertEqual([VOLUME], [finding["resource"] for finding in machine["findings"]])
        self.told("1 finding: 1 late in eu-west-1")
        self.drill()
        self.run_at_peace()

    def test_a_drill_that_nobody_hears_is_raised(self):
        self.account.faults = {"Publish": DENIED}
        with self.assertRaises(ClientError):
            self.run_once({**self.setup, "mrbackup-drill": "d-17"})
        self.failed, self.account.faults = 1, {("Publish", WEST): DENIED}
        self.drill()
        self.assertEqual(TOPICS[EAST], self.messages[-1]["TopicArn"])


class Input(WatchdogTest):
    def broken(self):
        yield from ([], "x", 7, {}, {**self.setup, "schema": "mrbackup.watchdog/2"}, {**self.setup, "primary": "eu-central-1"})
        for key in self.setup:
            for value in (None, 7, {}, []):
                if not (key in ("topics", "subscribers") and value == type(self.setup[key])()):
                    yield {**self.setup, key: value}
        for region in (None, {}, {"vault": VAULT}, {"vault": 7, "promised_minutes": 7}, {"vault": VAULT, "promised_minutes": "7"},
                       {"vault": VAULT, "promised_minutes": 0}):
            yield {**self.setup, "regions": {**self.setup["regions"], EU: region}}
        yield {**self.setup, "plan": {"name": PLAN}}
        yield from ({**self.setup, "minutes": wrong} for wrong in (0, -5, "60", [], True, 1.5, 10 ** 6))
        yield {**self.setup, "select_tags": {"a": 7}}

    def test_a_broken_input_is_raised_and_told(self):
        for event in self.broken():
            with self.subTest(str(event)[:300]):
                with self.assertRaises(Exception):
                    self.run_once(event)
                self.assertEqual([("mrbackup default: the watchdog's input could not be understood", TOPICS[WEST])],
                                 [(each["Subject"], each["TopicArn"]) for each in self.messages])
                self.assertIn("mrbackup up --name default", self.messages[0]["Message"])
                self.assertEqual(({}, "ERROR"), (self.put, self.log["level"]))
                self.assertEqual({"Publish"}, {name for name, _, _ in self.account.calls})

    def test_a_broken_input_that_cannot_be_told_is_raised_as_well(self):
        self.account.faults = {"Publish": DENIED}
        with self.assertRaises(Exception):
            self.run_once({"schema": "x"})
        del os.environ["TOPIC_ARN"]
        with self.assertRaises(Exception):
            self.run_once({"schema": "x"})

    def test_an_error_of_our_own_is_raised_without_a_heartbeat(self):
        with mock.patch.object(watchdog, "findings_of", side_effect=KeyError("oops")), self.assertRaises(KeyError):
            self.run_once()
        self.assertEqual(({}, "KeyError: 'oops'"), (self.put, self.log["error"]))


class Glance(WatchdogTest):
    """Subject and first line are all that a telephone shows: what is wrong, with what, since when, and the one command."""

    def shown(self):
        self.run_once()
        self.assertEqual(1, len(self.messages))
        return self.messages[0]["Subject"][:80], self.messages[0]["Message"].split("\n")[0]

    def test_findings(self):
        self.age(WEST, VOLUME, 46)
        self.assertEqual(("mrbackup default: 1 finding: 1 late in us-west-2",
                          "volume/vol-0a1b2c3d4e5f60718, since 28 Jul 14:00 UTC. Run: mrbackup status"), self.shown())
        self.age(EU, BUCKET, 300)
        self.assertEqual(("mrbackup default: 2 findings: 1 late in eu-west-1, 1 late in us-west-2",
                          "2, as orders, since 18 Jul 00:00 UTC. Run: mrbackup status"), self.shown())
        for spoil, glance in (
                (lambda account: account.points[EU].pop(VOLUME), "volume/vol-0a1b2c3d4e5f60718, since 01 Jul 08:00 UTC. Run: mrbackup status"),
                (lambda account: account.made.pop(WEST), "mrbackup-default, seen 30 Jul 12:00 UTC. Run: mrbackup up"),
                (lambda account: account.plans.clear(), "mrbackup-default, seen 30 Jul 12:00 UTC. Run: mrbackup up"),
                (lambda account: account.selections.clear(), f"{SELECTION}, seen 30 Jul 12:00 UTC. Run: mrbackup up"),
                (lambda account: account.plans["p1"]["Rules"].pop(), "mrbackup-default, seen 30 Jul 12:00 UTC. Run: mrbackup status"),
                (lambda account: account.topics.pop(TOPICS[EAST]), "mrbackup-default-alerts, seen 30 Jul 12:00 UTC. Run: mrbackup up"),
                (lambda account: account.topics[TOPICS[EAST]].pop("Bob@Example.com"),
                 f"recorded subscriber {sorted([ALICE, BOB]).index(BOB) + 1} of 2, seen 30 Jul 12:00 UTC. Run: mrbackup status"),
                (lambda account: account.faults.update({("GetResources", EAST): DENIED}),
                 "tag:GetResources, seen 30 Jul 12:00 UTC. Run: mrbackup status"),
                (lambda account: account.faults.update(GetMetricData=DENIED, **{EU: GONE}),
                 "eu-west-1, seen 30 Jul 12:00 UTC. Run: mrbackup status"),
                (lambda account: account.points[EAST].update({BUCKET: [(NOW - DAY * 9, "STOPPED")]}),
                 "orders, since 21 Jul 12:00 UTC. Run: mrbackup status")):
            self.account = Account()
            spoil(self.account)
            self.assertEqual(glance, self.shown()[1])

    def test_an_input_that_cannot_be_understood(self):
        with self.assertRaises(ValueError):
            self.run_once({"schema": "x"})
        self.assertEqual("its input, seen 30 Jul 12:00 UTC. Run: mrbackup up", self.messages[0]["Message"].split("\n")[0])

    def test_it_fits_whatever_the_names(self):
        with mock.patch.object(watchdog, "DEPLOYMENT", "n" * 20):
            findings = [watchdog.Finding("late", WEST, f"arn:aws:rds:us-east-1:111122223333:db:{'x' * 90}", "", since=NOW)] * 1000
            first = watchdog.glance(NOW, findings)
            self.assertRegex(first, GLANCE)
            self.assertTrue(first.startswith("1000, since "), first)


class Code(unittest.TestCase):
    def test_it_is_python_of_any_runtime(self):
        ast.parse(CODE.read_text(encoding="utf-8"), feature_version=(3, 10))

    def test_subjects_fit(self):
        kinds = [watchdog.Finding(kind, region, "", "") for kind in watchdog.ADVICE for region in REGIONS for _ in range(1000)]
        with mock.patch.object(watchdog, "DEPLOYMENT", "a" * 20):
            for size in (1, 1000, 3000, len(kinds)):
                subject = watchdog.headline(kinds[:size])
                self.assertLessEqual(len(f"mrbackup {'a' * 20}: {subject}"), 100)
                self.assertRegex(subject, r"\A\d+ findings?: 1(000)? late in us-east-1")

    def test_every_kind_has_advice_that_can_be_filled_in(self):
        for kind in watchdog.ADVICE:
            findings = [watchdog.Finding(kind, EU, "x", "y", *(("z", "EBS") if kind == "opted_out" else ()))]
            letter = watchdog.letter(SETUP, NOW, findings, [])
            self.assertNotRegex(letter.partition("-----")[0], "{[a-z_]+}")

    def test_every_kind_is_in_the_readme(self):
        rows = (CODE.parent.parent.parent.parent / "docs/alarms.md").read_text(encoding="utf-8").split("| kind | means |")[1]
        kinds = re.findall("`([a-z_]+)`", "".join(row.split("|")[1] for row in rows.split("\n\n")[0].splitlines()[2:]))
        # A type that is not opted in to is the cause of others.
        self.assertEqual(sorted(watchdog.ADVICE.keys() - {"opted_out"}), sorted(kinds))

    def test_clients_are_made_once_a_region_and_give_up_in_time(self):
        with mock.patch.object(watchdog.boto3, "client") as make:
            watchdog.client.cache_clear()
            self.addCleanup(watchdog.client.cache_clear)
            self.assertIs(watchdog.client("backup", "eu-west-1"), watchdog.client("backup", "eu-west-1"))
        (service,), arguments = make.call_args
        self.assertEqual(("backup", "eu-west-1"), (service, arguments["region_name"]))
        config = arguments["config"]
        self.assertEqual(({"mode": "standard", "total_max_attempts": 2}, 5, 10),
                         (config.retries, config.connect_timeout, config.read_timeout))


if __name__ == "__main__":
    unittest.main()
