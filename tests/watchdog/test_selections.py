"""Tries the watchdog with the table of selections that the program is held to too."""

import json
import unittest
from pathlib import Path

from test_watchdog import SELECTION, TAGS, WatchdogTest, watchdog

CASES = json.loads((Path(__file__).resolve().parent.parent / "selections" / "cases.json").read_text())
BUCKET, TABLE = "arn:aws:s3:::acme", "arn:aws:dynamodb:us-east-1:111122223333:table/orders"


class Selections(unittest.TestCase):
    def test_each_part_takes_what_the_table_tells(self):
        for case in CASES:
            setup = {"selections": [{"name": str(number), **part} for number, part in enumerate(case["parts"])],
                     "selection": "0", "select_tags": {}}
            for expected, resources in ((True, case["takes"]), (False, case["leaves"])):
                for arn, tags in resources:
                    with self.subTest(case["about"], arn=arn, tags=tags):
                        taken = any(watchdog.takes(one, arn, tags) for one in watchdog.selections_of(setup))
                        self.assertEqual(expected, taken)

    def test_an_input_without_selections_is_of_the_select_tags(self):
        [one] = watchdog.selections_of({"selection": SELECTION, "select_tags": TAGS})
        self.assertTrue(watchdog.takes(one, BUCKET, {**TAGS, "Team": "x"}))
        self.assertFalse(watchdog.takes(one, BUCKET, {}))

    def test_it_asks_for_everything_once_where_one_selection_needs_no_tag(self):
        setup = {"selection": "a", "select_tags": {}, "selections": [
            {"name": "a", "resources": ["*"], "StringEquals": {"aws:ResourceTag/A": ["1"]}},
            {"name": "b", "resources": ["arn:aws:s3:::*"]}]}
        self.assertEqual([[]], watchdog.tag_filters(setup))
        del setup["selections"][1]
        self.assertEqual([[{"Key": "A", "Values": ["1"]}]], watchdog.tag_filters(setup))


class Runs(WatchdogTest):
    def test_what_is_named_by_its_arn_is_watched_and_a_selection_that_is_gone_is_told(self):
        by_tags = {"name": SELECTION, "resources": ["*"],
                   "StringEquals": {f"aws:ResourceTag/{key}": [value] for key, value in TAGS.items()}}
        self.setup["selections"] = [by_tags, {"name": "single-1", "resources": [TABLE]}]
        self.run_once()
        found = {(each["kind"], each["resource"]) for message in self.messages
                 for each in json.loads(message["Message"].partition("----- for machines -----\n")[2])["findings"]}
        self.assertIn(("selection_gone", "single-1"), found)
        self.assertNotIn(("selection_gone", SELECTION), found)

    def test_a_broken_selection_is_refused(self):
        for broken in ({"name": "x"}, {"name": "", "resources": ["*"]}, {"name": "x", "resources": []},
                       {"name": "x", "resources": ["*"], "StringEquals": []}):
            with self.subTest(broken), self.assertRaises(Exception):
                watchdog.understood({**self.setup, "selections": [broken]})
