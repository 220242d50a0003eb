"""Asks parliament, which knows AWS's service authorization reference, what is wrong with IAM policies.

Reads {name: document} and prints [[name, severity, title, detail, location], ...]."""

import json
import sys

from parliament import analyze_policy_string, enhance_finding

findings = []
for name, document in json.load(sys.stdin).items():
    for finding in map(enhance_finding, analyze_policy_string(json.dumps(document)).findings):
        findings.append([name, finding.severity, finding.title, str(finding.detail), str(finding.location)])
json.dump(findings, sys.stdout)
