"""Shows the watchdog a deployment of several plans: each resource is held to what the plans that take it promise."""

import json
import unittest

from test_watchdog import BUCKET, DATABASE, DAY, EAST, EU, HOUR, NOW, PLAN, RULES, SELECTION, TAGS, VOLUME, WEST, WatchdogTest, watchdog

GOLD, BRONZE = f"{PLAN}_gold", f"{PLAN}_bronze"


def digest(rules):
    return watchdog.digest_of_plan({"Rules": rules})


def selection(name, value, operator="StringEquals"):
    key = "aws:ResourceTag/Criticality"
    return {"name": name, "resources": ["*"], operator: {key: [value]}}


class Plans(WatchdogTest):
    """Gold promises a point in 14 hours in two regions, bronze in eight days in all three; what is of neither is not selected."""

    def setUp(self):
        super().setUp()
        rules = [dict(rule) for rule in RULES]
        self.account.plans = {"p1": {"BackupPlanName": GOLD, "Rules": rules}, "p2": {"BackupPlanName": BRONZE, "Rules": rules[:1]}}
        self.account.selections = {"gold-1": NOW - 60 * DAY, "bronze-1": NOW - 60 * DAY}
        week = {"promised_minutes": 11280}
        plans = [
            {"name": GOLD, "digest": digest(rules), "rules": ["daily", "weekly"], "selections": [selection("gold-1", "high")],
             "regions": {EAST: {"promised_minutes": 840}, WEST: {"promised_minutes": 840}}},
            {"name": BRONZE, "digest": digest(rules[:1]), "rules": ["weekly"], "selections": [selection("bronze-1", "low")],
             "regions": {region: dict(week) for region in (EAST, WEST, EU)}}]
        self.setup.update(plans=plans, select_tags={}, selection="gold-1", plan={"name": GOLD, "digest": plans[0]["digest"]})
        for region in self.setup["regions"].values():
            region.update(week)
        self.account.tag_filters = [[]] + [[{"Key": "Criticality", "Values": [value]}] for value in ("high", "low")]
        for arn, value in ((VOLUME, "high"), (DATABASE, "low"), (BUCKET, "low")):
            self.account.resources[arn] = {"Criticality": value}

    def found(self):
        self.run_once()
        parts = [message["Message"].partition("----- for machines -----\n")[2] for message in self.messages]
        return {(each["kind"], each["region"], each["resource"]) for part in parts for each in json.loads(part)["findings"]}

    def test_all_is_well_where_each_has_what_its_plan_promises(self):
        self.assertEqual(set(), self.found())

    def test_each_is_held_to_its_own_plan(self):
        for arn in (VOLUME, DATABASE):
            self.account.points[WEST][arn] = [(NOW - 20 * HOUR, "COMPLETED")]
        self.assertEqual({("late", WEST, VOLUME)}, self.found())

    def test_what_no_plan_of_it_reaches_is_not_missed(self):
        for arn in (VOLUME, DATABASE):
            self.account.points[EU][arn] = [(NOW - 60 * DAY, "COMPLETED")]
        self.assertEqual({("late", EU, DATABASE)}, self.found())

    def test_of_two_plans_that_take_it_the_one_that_promises_more_counts(self):
        self.setup["plans"][1]["selections"].append(selection("bronze-2", "none", "StringNotEquals"))
        self.account.selections["bronze-2"] = NOW - 60 * DAY
        self.account.points[WEST][VOLUME] = [(NOW - 20 * HOUR, "COMPLETED")]
        self.account.points[EU][VOLUME] = [(NOW - 20 * DAY, "COMPLETED")]
        self.assertEqual({("late", WEST, VOLUME), ("late", EU, VOLUME)}, self.found())

    def test_a_plan_that_is_gone_and_one_that_was_changed_are_told_each(self):
        del self.account.plans["p1"]
        self.account.plans["p2"]["Rules"] = [{**RULES[0], "ScheduleExpression": "cron(0 3 ? * MON *)"}]
        found = self.found()
        self.assertIn(("plan_gone", EAST, GOLD), found)
        self.assertIn(("plan_changed", EAST, BRONZE), found)
        self.assertEqual(2, len(found))

    def test_a_selection_that_is_gone_is_told_with_its_plan(self):
        del self.account.selections["bronze-1"]
        self.assertEqual({("selection_gone", EAST, "bronze-1")}, self.found())

    def test_a_broken_plan_is_refused(self):
        for change in ({"name": 1}, {"digest": None}, {"selections": [{"name": "x"}]}, {"regions": {WEST: {}}},
                       {"regions": {WEST: {"promised_minutes": 0}}}):
            broken = [{**self.setup["plans"][0], **change}]
            with self.subTest(change), self.assertRaises(Exception):
                watchdog.understood({**self.setup, "plans": broken})

    def test_one_plan_is_what_an_input_without_plans_tells(self):
        del self.setup["plans"]
        self.setup.update(select_tags=TAGS, selection=SELECTION)
        [one] = watchdog.plans_of(self.setup)
        self.assertEqual(({EAST, WEST, EU}, GOLD), (set(one["regions"]), one["name"]))


if __name__ == "__main__":
    unittest.main()
