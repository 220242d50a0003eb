"""Tries the watchdog with the table of what is fresh, late, never and pending that `status` is tried with too."""

import json
import unittest
from pathlib import Path

from test_watchdog import DAY, EAST, HOUR, NOW, REGIONS, SELECTION, TAGS, VAULT, WatchdogTest, at

CASES = json.loads((Path(__file__).resolve().parent.parent / "freshness" / "cases.json").read_text())


class Cases(WatchdogTest):
    def test_each_case_of_the_table_is_judged_as_it_says(self):
        for case in CASES:
            with self.subTest(case["what"]):
                self.setUp()
                account, expected, said = self.account, set(), {}
                account.made = dict.fromkeys(REGIONS, NOW - case["vaults_made_days_ago"] * DAY)
                account.selections = {SELECTION: NOW}  # a deployment of today, to which the past was given
                account.opted.update(dict.fromkeys(case["opted_out"], False))
                account.resources, account.points, account.jobs = {}, {region: {} for region in REGIONS}, []
                for number, resource in enumerate(case["resources"]):
                    arn = f"arn:aws:ec2:{EAST}:111122223333:volume/vol-{number}"
                    account.resources[arn] = dict(TAGS)
                    for region, points in resource["points"].items():
                        account.points[region][arn] = [(NOW - hours * HOUR, *more) for hours, *more in points]
                    account.jobs += [{"BackupJobId": f"{arn} {hours}", "BackupVaultName": VAULT, "ResourceArn": arn,
                                      "CreationDate": at(NOW - hours * HOUR), "State": "COMPLETED",
                                      "CreatedBy": {"BackupPlanId": "p1"}} for hours in resource["jobs"]]
                    if "seen" in resource:
                        account.metrics.append((NOW - HOUR, "WaitingSince", {"Deployment": "default", "Resource": arn},
                                                NOW - resource["seen"] * HOUR))
                    # It tells of what is wrong; of what is fresh or still to come it has nothing to say.
                    expected |= {(word, region, arn) for region, word in resource["expected"].items()
                                 if word in ("late", "never", "stopped")}
                    said.update({(region, arn): words for region, words in resource.get("said", {}).items()})
                self.run_once()
                told = [json.loads(message["Message"].partition("----- for machines -----\n")[2])["findings"]
                        for message in self.messages]
                found = {(each["kind"], each["region"], each["resource"]): each["text"] for findings in told for each in findings}
                self.assertEqual(expected, {each for each in found if each[0] in ("late", "never", "stopped")})
                texts = {(region, arn): text for (_, region, arn), text in found.items()}
                self.assertEqual({}, {key: texts[key] for key, words in said.items() if words not in texts[key]})


if __name__ == "__main__":
    unittest.main()
