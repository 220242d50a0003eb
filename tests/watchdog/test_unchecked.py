"""What a run could not ask of a region that answers hides nothing, takes nothing away, and is told when it stays so."""

import contextlib
import json
from unittest import mock

from botocore.exceptions import ClientError, ReadTimeoutError

import test_watchdog as tests
from test_watchdog import (BUCKET, DATABASE, DENIED, EAST, EU, GONE, HOUR, NOW, REGIONS, TAGS, TOPICS, VOLUME, WEST, Account,
                           refusal, watchdog)

THROTTLED = refusal("ThrottlingException", "Rate exceeded", 429)
BROKEN = refusal("InternalFailure", "said AWS", 500)
LATE = "the run is out of time"
POINTS = "ListRecoveryPointsByBackupVault"
SPARE = f"{VOLUME}-spare"
TOLD = 2 ** 48  # in a digest: that something is unchecked has been told


def always(query):
    return True


def young(query):
    return "ByCreatedAfter" in query


def of_one(query):
    return "ByResourceArn" in query


# Every read of the watchdog: the action, the region, and which of its calls.
READS = [*(("ListBackupVaults", region, always) for region in REGIONS), *((POINTS, region, young) for region in REGIONS),
         *((POINTS, region, of_one) for region in REGIONS),
         *(("ListSubscriptionsByTopic", region, always) for region in TOPICS),
         *((name, EAST, always) for name in ("GetResources", "DescribeRegionSettings", "ListBackupPlans", "GetBackupPlan",
                                             "ListBackupSelections")),
         ("ListBackupJobs", EAST, of_one), ("ListBackupJobs", EAST, young)]


class PartialLook(tests.WatchdogTest):
    def setUp(self):
        super().setUp()
        self.late = contextlib.ExitStack()
        self.addCleanup(self.late.close)

    def ill(self):
        """An account that every read finds something wrong with."""
        account = Account()
        account.resources[SPARE] = dict(TAGS)  # never: the plan does not run
        account.opted["S3"] = False
        account.points[WEST][VOLUME] = [(NOW - 46 * HOUR, "COMPLETED")]
        account.points[EU][DATABASE] = [(NOW - 300 * HOUR, "COMPLETED")]
        account.points[EU].pop(VOLUME)  # never: there are jobs of long ago
        account.points[EU].pop(BUCKET)  # never: its type is not opted in to
        account.jobs = [{**job, "CreatedBy": {"BackupPlanId": "another"}} for job in account.jobs]
        account.plans["p1"]["Rules"].pop()
        account.topics = {topic: {"alice@example.com": "arn:a"} for topic in TOPICS.values()}
        return account

    def spoil(self, read, how):
        """From now on that read fails, or comes when the time for its region is over."""
        (name, region, chosen), ask = read, watchdog.Sight.ask

        def late(sight, service, operation, **query):
            if sight.region == region and watchdog.action_of(service, operation).endswith(f":{name}") and chosen(query):
                sight.end = 0
            return ask(sight, service, operation, **query)
        if how == LATE:
            self.late.enter_context(mock.patch.object(watchdog.Sight, "ask", late))
        else:
            self.account.faults = {(name, region): lambda query: how if chosen(query) else None}

    def mend(self):
        self.account.faults = {}
        self.late.close()

    def with_each(self, account, check):
        """Each read with each fault that is of no region and may pass, in an account of its own that has been looked at."""
        for read in READS:
            for how in (THROTTLED, BROKEN, LATE):
                with self.subTest(f"{read[0]} in {read[1]}, {read[2].__name__}: {how}"):
                    self.mend()
                    self.account = account()
                    self.run_once()
                    check(read, how)

    def record(self):
        return {key: value for key, value in self.put.items() if key[0] in ("Findings", "FindingsDigest")}

    def machine(self):
        """The findings of the one message, which goes to both topics if both are ill."""
        message, = {message["Message"] for message in self.messages}
        return json.loads(message.partition("\n\n----- for machines -----\n")[2])["findings"]


class OneRead(PartialLook):
    def test_the_account_has_something_for_every_read(self):
        self.account = self.ill()
        self.run_once()
        findings = self.machine()
        self.assertEqual(["late", "late", "never", "never", "never", "never", "never", "plan_changed", "subscriber_lost",
                          "subscriber_lost"], sorted(finding["kind"] for finding in findings))
        self.assertEqual({"AWS Backup is not opted in to S3 in us-east-1",
                          "no good point, though there are jobs or points of it since 2026-07-01 08:00 UTC",
                          "the plan has not run since 2026-07-28 15:00 UTC, if ever"},
                         {finding["text"] for finding in findings if finding["kind"] == "never"})
        for name, region, chosen in READS:
            self.assertTrue([query for query in self.account.asked(name, region) if chosen(query)], (name, region))

    def test_two_partial_looks_change_nothing(self):
        def check(read, how):
            record = self.record()
            self.assertEqual(10, record["Findings", None])
            for partial in (1, 2):
                self.spoil(read, how)
                for _ in range(partial):
                    self.assertEqual({"outcome": "silent", "findings": 10, "unknown": [read[1]]}, self.run_at_peace())
                    self.assertEqual(record, self.record())
                    self.assertEqual([read[1]], list(self.log["unchecked"]))
                    self.assertIn(f":{read[0]}: ", " ".join(self.log["unchecked"][read[1]]))
                    self.assertEqual([int(region == read[1]) for region in REGIONS],
                                     [self.put["Unreachable", region] for region in REGIONS])
                self.mend()
                self.assertEqual({"outcome": "silent", "findings": 10, "unknown": []}, self.run_at_peace())
                self.assertEqual(record, self.record())
                self.assertNotIn("unchecked", self.log)
        self.with_each(self.ill, check)

    def test_the_third_is_told_once_and_what_is_seen_again_is_not_told_again(self):
        def check(read, how):
            record = self.record()
            self.spoil(read, how)
            self.run_at_peace()
            self.run_at_peace()
            self.assertEqual("told", self.run_once()["outcome"])
            unchecked, = [finding for finding in self.machine() if finding["kind"] == "unchecked"]
            self.assertEqual((read[1], ""), (unchecked["region"], unchecked["resource"]))
            self.assertRegex(unchecked["text"], rf"[a-z]:{read[0]}: ")
            self.assertIn(how if how == LATE else watchdog.explain(how), unchecked["text"])
            self.assertIn(f"\n1 unchecked in {read[1]}:\n  ", self.messages[0]["Message"])
            self.assertNotIn("unreachable", str(self.messages))
            raised = {("Findings", None): 11, ("Findings", read[1]): record["Findings", read[1]] + 1,
                      ("FindingsDigest", read[1]): record["FindingsDigest", read[1]] + TOLD}
            for _ in range(4):
                self.assertEqual({**record, **raised}, self.record())
                self.assertEqual(11, self.run_at_peace()["findings"])
            self.mend()
            self.assertEqual({"outcome": "silent", "findings": 10, "unknown": []}, self.run_at_peace())
            self.assertEqual(record, self.record())
        self.with_each(self.ill, check)

    def test_an_account_that_is_well_is_silent_until_the_third(self):
        told = []

        def check(read, how):
            self.spoil(read, how)
            if not self.run_at_peace()["unknown"]:
                return  # while all is well, nothing is looked at that closely
            told.append(read)
            self.assertEqual(0, self.run_at_peace()["findings"])
            letter, _ = self.told(f"1 finding: 1 unchecked in {read[1]}")
            self.assertIn("\nProbable cause: ", letter)
            self.assertEqual((1, 1), (self.put["Findings", None], self.put["Findings", read[1]]))
            self.assertEqual(1, self.run_at_peace()["findings"])
            self.mend()
            self.assertEqual(0, self.run_at_peace()["findings"])
        self.with_each(Account, check)
        self.assertEqual(3 * 13, len(told))

    def test_a_single_fault_is_outlasted(self):
        lost = ReadTimeoutError(endpoint_url="x")
        for name, region, chosen in READS:
            for fault in (THROTTLED, BROKEN) + (lost,) * (name != "ListBackupVaults"):  # lost at first, and the region is
                with self.subTest(f"{name} in {region}, {chosen.__name__}: {fault}"):
                    self.account, left = self.ill(), [fault]
                    self.account.faults = {(name, region): lambda query: left.pop() if left and chosen(query) else None}
                    self.assertEqual({"outcome": "told", "findings": 10, "unknown": []}, self.run_once())
                    self.assertEqual([], left)
                    self.assertNotIn("unchecked", self.log)


class News(PartialLook):
    def is_told(self, read, kind, region):
        """By the first partial look, and by no other, nor by the whole one after it."""
        for how in (THROTTLED, BROKEN):
            self.spoil(read, how)
            self.told(f"1 finding: 1 {kind} in {region}")
            record = self.record()
            self.assertEqual([read[1]], list(self.log["unchecked"]))
            self.assertEqual(1, self.put["Unreachable", read[1]])
            self.run_at_peace()
            self.mend()
            self.assertEqual({"outcome": "silent", "findings": 1, "unknown": []}, self.run_at_peace())
            self.assertEqual(record, self.record())
            self.account.metrics.clear()
            self.account.now = NOW  # and once more with the other fault

    def test_a_topic_is_seen_beside_what_is_unchecked(self):
        for read in READS:
            if read[1] in TOPICS and read[0] not in ("ListSubscriptionsByTopic", "ListBackupJobs") and (
                    read[2] is not of_one):
                with self.subTest(f"{read[0]} in {read[1]}"):
                    self.account = Account()
                    self.run_at_peace()
                    del self.account.topics[TOPICS[read[1]]]["alice@example.com"]
                    self.topic = TOPICS[{EAST: WEST, WEST: EAST}[read[1]]]
                    self.is_told(read, "subscriber lost", read[1])

    topic = TOPICS[WEST]

    def told(self, subject, topic=None, **more):
        return super().told(subject, topic or self.topic, **more)

    def test_a_late_copy_is_seen_beside_what_is_unchecked(self):
        for read in READS:
            for region in REGIONS:
                if read[:2] != (POINTS, region) and read[0] not in ("GetResources", "ListBackupJobs") and read[2] is not of_one:
                    with self.subTest(f"{region} with {read[0]} in {read[1]}"):
                        self.account = Account()
                        self.run_at_peace()
                        self.age(region, VOLUME, 300)
                        self.is_told(read, "late", region)

    def test_a_copy_that_never_came_is_seen_beside_what_it_does_not_need(self):
        for name in "ListBackupPlans", "GetBackupPlan", "ListBackupSelections", "DescribeRegionSettings":
            self.account = Account()
            self.run_at_peace()
            self.account.points[WEST].pop(VOLUME)
            if name == "DescribeRegionSettings":  # without them it may be that its type is not opted in to: it waits
                self.spoil((name, EAST, always), THROTTLED)
                self.assertEqual(0, self.run_at_peace()["findings"])
            else:
                self.is_told((name, EAST, always), "never", WEST)

    def test_a_vault_that_is_gone_is_told_although_the_primary_is_out_of_reach(self):
        self.run_at_peace()
        del self.account.made[EU]
        self.account.faults = {EAST: GONE}
        letter, _ = self.told("1 finding: 1 vault gone in eu-west-1")
        self.assertIn("us-west-2 could not be judged without the primary, so the last findings there (0) still hold.", letter)
        self.run_at_peace()

    def test_news_that_nobody_heard_is_news_again(self):
        self.account = self.ill()
        self.run_once()
        record = self.record()
        self.account.resources = {**self.account.resources, **{f"{VOLUME}-{number}": TAGS for number in range(3)}}
        self.account.points[WEST].update({f"{VOLUME}-{number}": [(NOW - 300 * HOUR, "COMPLETED")] for number in range(3)})
        self.spoil(("ListBackupPlans", EAST, always), THROTTLED)
        self.account.faults["Publish"] = DENIED
        with self.assertRaises(ClientError):
            self.run_once()
        self.assertEqual(record["FindingsDigest", WEST], self.put["FindingsDigest", WEST])
        del self.account.faults["Publish"]
        self.assertEqual("told", self.run_once()["outcome"])
        self.assertNotEqual(record["FindingsDigest", WEST], self.put["FindingsDigest", WEST])

    def test_a_third_look_that_nobody_heard_of_is_told_by_the_fourth(self):
        self.spoil((POINTS, EU, young), THROTTLED)
        self.run_at_peace()
        self.run_at_peace()
        self.account.faults["Publish"] = DENIED
        with self.assertRaises(ClientError):
            self.run_once()
        self.assertEqual((0, 0), (self.put["Findings", None], self.put["FindingsDigest", EU]))
        del self.account.faults["Publish"]
        self.told("1 finding: 1 unchecked in eu-west-1")
        self.run_at_peace()


class CloserLooks(PartialLook):
    """At resources without a fresh point, one call each."""

    def of(self, resource):
        def of_it(query):
            return query.get("ByResourceArn") == resource
        return of_it

    def test_those_that_were_looked_at_are_told_and_the_others_are_neither_late_nor_never(self):
        self.run_at_peace()
        for resource in (DATABASE, VOLUME, BUCKET):
            self.age(EU, resource, 300)
        self.spoil((POINTS, EU, self.of(DATABASE)), THROTTLED)  # the volume comes before it, the bucket after
        _, findings = self.told("1 finding: 1 late in eu-west-1")
        self.assertEqual(VOLUME, findings[0][2])
        self.run_at_peace()
        letter, findings = self.told("2 findings: 1 late in eu-west-1, 1 unchecked in eu-west-1")
        self.assertRegex(findings[1][3], f"^backup:{POINTS}: throttled for [0-9]+ s: ThrottlingException: Rate exceeded$")
        self.mend()
        self.told("3 findings: 3 late in eu-west-1")

    def test_a_denied_look_is_told_at_once(self):
        for resource in (DATABASE, VOLUME):
            self.age(EU, resource, 300)
        self.told("2 findings: 2 late in eu-west-1")
        self.spoil((POINTS, EU, self.of(DATABASE)), DENIED)
        self.told("2 findings: 1 unreadable in eu-west-1, 1 late in eu-west-1")
        self.assertNotIn("unchecked", self.log)

    def test_a_throttled_look_ends_the_looks(self):
        arns = [f"{VOLUME}{number:03}" for number in range(100)]
        self.account.resources = dict.fromkeys(arns, TAGS)
        self.account.points = {EAST: {arn: [(NOW, "COMPLETED")] for arn in arns}, WEST: {
            arn: [(NOW - 300 * HOUR, "COMPLETED")] for arn in arns}, EU: {arn: [(NOW, "COMPLETED")] for arn in arns}}
        self.spoil((POINTS, WEST, lambda query: of_one(query) and query["ByResourceArn"] >= arns[90]), THROTTLED)
        self.assertEqual("told", self.run_once()["outcome"])
        self.assertEqual(arns[:90], [finding["resource"] for finding in self.machine()])
        self.assertLessEqual(len(self.account.asked(POINTS, WEST)), 103)
        self.assertEqual([], self.account.asked("ListBackupJobs"))  # nor for any trace of those that were not looked at
        self.run_at_peace()

    def test_what_is_not_there_in_the_primary_is_not_looked_for_twice(self):
        self.account.resources = {SPARE: TAGS}
        self.run_at_peace()
        self.assertEqual(1, len([query for query in self.account.asked(POINTS, EAST) if of_one(query)]))

    def test_ten_thousand_without_a_point_fit_into_the_time_and_are_told_once(self):
        arns = [f"{VOLUME}{number:05}" for number in range(10000)]
        self.account.resources, self.account.points = dict.fromkeys(arns, TAGS), dict.fromkeys(REGIONS, {})
        self.assertEqual("told", self.run_once()["outcome"])
        self.assertEqual((3 * 9800, []), (self.put["Findings", None], self.log["unknown"]))
        # All that is asked one after another; by 0.32 s each it ends within the 187 s of a run.
        self.assertLessEqual(len([region for _, region, _ in self.account.calls if region == EAST]), 570)
        for _ in range(2):
            self.assertEqual(3 * 9800, self.run_at_peace()["findings"])


class Dependent(PartialLook):
    """Regions whose judgement needs what the primary did not tell."""

    def test_what_is_retired_is_not_late_while_the_resources_are_unchecked(self):
        self.account.points[WEST][SPARE] = [(NOW - 50 * HOUR, "COMPLETED")]
        self.run_at_peace()
        self.spoil(("GetResources", EAST, always), THROTTLED)
        self.run_at_peace()
        self.run_at_peace()
        letter, findings = self.told("2 findings: 1 unchecked in us-east-1, 1 late in us-west-2")
        self.assertIn("as far as can be seen from here", findings[1][3])
        self.run_at_peace()
        self.mend()
        self.assertEqual(0, self.run_at_peace()["findings"])

    def test_the_letter_says_what_waits_for_what(self):
        self.account = self.ill()
        self.run_once()
        self.setup["regions"][EU]["promised_minutes"] = None  # so it waits for nobody
        del self.account.made[EU]
        self.account.metrics = [metric for metric in self.account.metrics if metric[2].get("Region") != EU]
        self.spoil(("GetResources", EAST, always), THROTTLED)
        self.run_once()
        letter = self.messages[0]["Message"]
        self.assertRegex(letter, r"\nus-east-1: tag:GetResources unchecked \(throttled for \d+ s: ThrottlingException: "
                                 r"Rate exceeded\), so the last findings there \(3\) still hold\.\n")
        self.assertIn("\nus-west-2 could not be judged whole, as something in us-east-1 is unchecked, "
                      "so the last findings there (3) still hold.\n", letter)
        self.assertNotIn("eu-west-1 could not", letter)

    def test_the_letter_of_news_says_that_there_may_be_more(self):
        self.spoil(("GetResources", EAST, always), THROTTLED)
        self.account.topics[TOPICS[WEST]] = {}
        self.run_once()
        self.assertIn("\nus-west-2 could not be judged whole, as something in us-east-1 is unchecked, so there may be more.\n",
                      self.messages[0]["Message"])

    def test_a_region_that_no_rule_reaches_does_not_wait_for_the_primary(self):
        self.setup["regions"][EU]["promised_minutes"] = None
        self.run_at_peace()
        for fault in ({EAST: GONE}, {("GetResources", EAST): THROTTLED}):
            made, self.account.faults = self.account.made.pop(EU), fault
            self.told("1 finding: 1 vault gone in eu-west-1")
            self.account.made[EU], self.account.faults = made, {}
            self.assertEqual(0, self.run_at_peace()["findings"])

    def test_a_long_outage_of_the_primary_takes_no_finding_away(self):
        self.account = self.ill()
        self.run_once()
        self.account.faults = {EAST: GONE}
        for _ in range(5):
            self.assertEqual(10, self.run_once()["findings"])

    def test_nothing_is_judged_by_a_vault_that_may_be_gone(self):
        for region in REGIONS:
            self.account = Account()
            self.run_at_peace()
            del self.account.made[region]  # so all but the list of vaults says "access denied"
            self.spoil(("ListBackupVaults", region, always), THROTTLED)
            self.assertEqual({"outcome": "silent", "findings": 0, "unknown": [region]}, self.run_at_peace())
            self.run_at_peace()
            self.told(f"1 finding: 1 unchecked in {region}")
            self.mend()
            self.told(f"1 finding: 1 vault gone in {region}")


class InTime(PartialLook):
    """A run ends before Lambda ends it, whatever hangs."""

    def test_what_answers_but_for_one_service_is_not_out_of_reach(self):
        self.account.faults = {("sns", EAST): GONE}
        self.assertEqual({EAST: [f"sns:ListSubscriptionsByTopic: {watchdog.explain(GONE)}"]},
                         self.run_at_peace() and self.log["unchecked"])

    def test_a_service_that_no_longer_answers_is_asked_no_more(self):
        clock = tests.Clock(self.account.now)

        def hang(query):
            clock.now += 21
            return ReadTimeoutError(endpoint_url="x")
        self.account.faults = {("DescribeRegionSettings", EAST): hang, ("ListBackupPlans", EAST): hang}
        with mock.patch.object(tests, "Clock", lambda now: clock):
            self.run_at_peace()
        self.assertEqual((2, 0), tuple(len(self.account.asked(name)) for name in ("DescribeRegionSettings", "ListBackupPlans")))
        self.assertEqual(2, len(self.log["unchecked"][EAST]))
        self.assertEqual(2, len(self.account.asked("ListSubscriptionsByTopic", EAST)))

    def test_a_throttled_service_is_given_the_patience_once(self):
        self.account.faults = {(name, EAST): THROTTLED for name in ("DescribeRegionSettings", "ListBackupPlans")}
        self.run_at_peace()
        self.assertLess(len(self.account.asked("ListBackupPlans")), len(self.account.asked("DescribeRegionSettings")))
        self.assertEqual(2, len(self.log["unchecked"][EAST]))

    def test_calls_that_hang_at_the_very_end_do_not_push_a_run_beyond_its_limit(self):
        clock, begun = tests.Clock(self.account.now), self.account.now

        def hang(query, seconds=watchdog.CALL):
            clock.now += seconds
            return ReadTimeoutError(endpoint_url="x")

        def last(query):
            clock.now = max(clock.now, begun + 186.9)
            return hang(query)
        self.age(WEST, VOLUME, 300)
        del self.account.topics[TOPICS[EAST]]["alice@example.com"]
        del self.account.topics[TOPICS[WEST]]["alice@example.com"]
        # The last read, both topics, and the metrics.
        self.account.faults = {(POINTS, WEST): last, "Publish": hang, "PutMetricData": hang}
        with mock.patch.object(tests, "Clock", lambda now: clock), mock.patch.object(
                watchdog, "side_by_side", lambda function, items: [function(item) for item in sorted(
                    items, key=lambda sight: sight.region == WEST)]), self.assertRaises(ReadTimeoutError):
            self.run_once()
        self.assertEqual(1, len(self.messages))
        self.assertEqual(1, len(self.account.asked("PutMetricData")))
        self.assertLess(clock.now, begun + 300)

    def test_metrics_and_messages_that_are_throttled_are_tried_again(self):
        left = {"Publish": [THROTTLED], "PutMetricData": [THROTTLED, BROKEN], "GetMetricData": [THROTTLED, BROKEN]}
        self.account.faults = {
            name: lambda query, faults=faults: faults.pop() if faults else None for name, faults in left.items()}
        self.age(EU, VOLUME, 300)
        self.assertEqual("told", self.run_once()["outcome"])
        self.assertEqual({TOPICS[WEST]}, {message["TopicArn"] for message in self.messages})
        self.assertEqual([[], [], []], list(left.values()))
        self.assertNotIn("forgotten", self.log)
        self.run_at_peace()


class Unreachable(PartialLook):
    def test_it_stays_another_finding_than_unchecked(self):
        self.spoil((POINTS, EU, young), THROTTLED)
        for _ in range(2):
            self.run_at_peace()
        self.told("1 finding: 1 unchecked in eu-west-1")
        self.account.faults = {EU: GONE}
        self.told("1 finding: 1 unreachable in eu-west-1")
        self.assertNotIn("unchecked", self.log)
        self.run_at_peace()
        self.spoil((POINTS, EU, young), THROTTLED)
        self.told("1 finding: 1 unchecked in eu-west-1")
        self.mend()
        self.assertEqual(0, self.run_at_peace()["findings"])

    def test_without_memory_what_is_unchecked_is_told(self):
        self.spoil((POINTS, EU, young), THROTTLED)
        self.account.faults["GetMetricData"] = DENIED
        self.told("1 finding: 1 unchecked in eu-west-1")

    def test_an_outage_takes_no_finding_away(self):
        self.account = self.ill()
        self.run_once()
        self.account.faults = {EU: GONE}
        for _ in range(4):
            self.assertEqual(10, self.run_once()["findings"])


if __name__ == "__main__":
    tests.unittest.main()
