"""All that is in an account, as one canonical document: the same things give the same text."""

import json
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from calls import plain

# Times, what the emulator adds to answers that AWS does not have in them, and what an alarm makes of its data.
VOLATILE = {
    "AlarmConfigurationUpdatedTimestamp",
    "CreateDate",
    "CreatedBy",
    "CreatedTimestamp",
    "CreationDate",
    "CreationTime",
    "LastExecutionDate",
    "LastExecutionTime",
    "LastModified",
    "LastModifiedTimestamp",
    "LastUpdateStatus",
    "LastUpdateTime",
    "RevisionId",
    "RoleLastUsed",
    "StateReason",
    "StateTransitionedTimestamp",
    "StateUpdatedTimestamp",
    "StateValue",
    "creationTime",
    "storedBytes",
}


def of(aws, account, regions, restored):
    with ThreadPoolExecutor(8) as pool:
        roles = pool.submit(iam, Reader(aws, account, "us-east-1"))
        global_dashboards = pool.submit(dashboards, Reader(aws, account, "us-east-1"))
        kinds = {
            "backup": backup,
            "cloudwatch": alarms,
            "events": events,
            "lambda": functions,
            "logs": logs,
            "sns": topics,
            "sqs": queues,
        }
        parts = {
            region: {kind: pool.submit(read, Reader(aws, account, region)) for kind, read in kinds.items()}
            for region in regions
        }
        found = {region: {kind: part.result() for kind, part in read.items()} for region, read in parts.items()}
        everywhere = {"cloudwatch": global_dashboards.result(), "iam": roles.result()}
        return clean({**everywhere, "regions": found, "restored": restored})


class Reader:
    """Reads as one account in one region; what is not there is None."""

    def __init__(self, aws, account, region, via="emulator"):
        self.aws, self.account, self.region, self.via = aws, account, region, via

    def one(self, service, operation, **args):
        try:
            return clean(getattr(self.client(service), operation)(**args))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("ResourceNotFoundException", "NoSuchEntity", "NotFound"):
                return None
            raise

    def all(self, service, operation, key, **args):
        client = self.client(service)
        if client.can_paginate(operation):
            pages = client.get_paginator(operation).paginate(**args)
        else:
            pages = [getattr(client, operation)(**args)]
        return [clean(item) for page in pages for item in page.get(key, [])]

    def client(self, service):
        return self.aws.client(self.account, self.region, service, self.via)


def clean(value):
    """Without times, empties and order that means nothing."""
    if isinstance(value, dict):
        pairs = {key: clean(each) for key, each in value.items() if key not in VOLATILE and key != "ResponseMetadata"}
        return {key: each for key, each in pairs.items() if each not in (None, "", [], {})}
    if isinstance(value, list):
        return [clean(each) for each in value]
    return plain(value)


def tags(pairs):
    return {pair["Key"]: pair["Value"] for pair in pairs}


def ordered(items, *keys):
    """By name first: ids are drawn anew in every run."""
    return sorted(items, key=lambda item: ([str(item.get(key, "")) for key in keys], json.dumps(item, sort_keys=True)))


def iam(aws):
    roles = []
    for role in aws.all("iam", "list_roles", "Roles"):
        name = {"RoleName": role["RoleName"]}
        role["Tags"] = tags(aws.all("iam", "list_role_tags", "Tags", **name))
        role["AttachedPolicies"] = ordered(
            aws.all("iam", "list_attached_role_policies", "AttachedPolicies", **name), "PolicyArn"
        )
        role["InlinePolicies"] = {
            policy: aws.one("iam", "get_role_policy", PolicyName=policy, **name)["PolicyDocument"]
            for policy in aws.all("iam", "list_role_policies", "PolicyNames", **name)
        }
        roles.append(clean(role))
    return {"roles": ordered(roles, "RoleName")}


def backup(aws):
    vaults = aws.all("backup", "list_backup_vaults", "BackupVaultList")
    for vault in vaults:
        vault["Tags"] = aws.one("backup", "list_tags", ResourceArn=vault["BackupVaultArn"]).get("Tags", {})
    plans = []
    for plan in aws.all("backup", "list_backup_plans", "BackupPlansList"):
        identity = {"BackupPlanId": plan["BackupPlanId"]}
        plan.pop("VersionId", None)
        plan["Document"] = aws.one("backup", "get_backup_plan", **identity)["BackupPlan"]
        plan["Tags"] = aws.one("backup", "list_tags", ResourceArn=plan["BackupPlanArn"]).get("Tags", {})
        plan["Selections"] = ordered(
            [
                aws.one("backup", "get_backup_selection", SelectionId=each["SelectionId"], **identity)
                for each in aws.all("backup", "list_backup_selections", "BackupSelectionsList", **identity)
            ],
            "SelectionName",
            "CreatorRequestId",
        )
        plans.append(plan)
    return {
        "vaults": ordered(vaults, "BackupVaultName"),
        "plans": ordered(plans, "BackupPlanName"),
        # The proxy alone has these.
        "restore testing": testing(Reader(aws.aws, aws.account, aws.region, "proxy")),
    }


def testing(aws):
    plans = []
    for each in aws.all("backup", "list_restore_testing_plans", "RestoreTestingPlans"):
        name = {"RestoreTestingPlanName": each["RestoreTestingPlanName"]}
        plan = aws.one("backup", "get_restore_testing_plan", **name)["RestoreTestingPlan"]
        # Its end is drawn anew each time.
        arn = plan.pop("RestoreTestingPlanArn")
        plan["Tags"] = aws.one("backup", "list_tags", ResourceArn=arn).get("Tags", {})
        selections = aws.all("backup", "list_restore_testing_selections", "RestoreTestingSelections", **name)
        names = [{"RestoreTestingSelectionName": each["RestoreTestingSelectionName"], **name} for each in selections]
        plan["Selections"] = ordered(
            [aws.one("backup", "get_restore_testing_selection", **each)["RestoreTestingSelection"] for each in names],
            "RestoreTestingSelectionName",
        )
        plans.append(clean(plan))
    return ordered(plans, "RestoreTestingPlanName")


def alarms(aws):
    found = []
    for alarm in aws.all("cloudwatch", "describe_alarms", "MetricAlarms"):
        # As configured: the state is CloudWatch's own.
        alarm = {key: each for key, each in alarm.items() if not key.startswith("State")}
        arn = {"ResourceARN": alarm["AlarmArn"]}
        alarm["Tags"] = tags(aws.one("cloudwatch", "list_tags_for_resource", **arn).get("Tags", []))
        found.append(alarm)
    return {"alarms": ordered(found, "AlarmName")}


def dashboards(aws):
    found = []
    for dashboard in aws.all("cloudwatch", "list_dashboards", "DashboardEntries"):
        arn = {"ResourceARN": dashboard["DashboardArn"]}
        body = aws.one("cloudwatch", "get_dashboard", DashboardName=dashboard["DashboardName"])["DashboardBody"]
        tagged = tags(aws.one("cloudwatch", "list_tags_for_resource", **arn).get("Tags", []))
        found.append({"DashboardName": dashboard["DashboardName"], "DashboardBody": json.loads(body), "Tags": tagged})
    return {"dashboards": ordered(found, "DashboardName")}


def events(aws):
    rules = aws.all("events", "list_rules", "Rules")
    for rule in rules:
        if "EventPattern" in rule:
            rule["EventPattern"] = json.loads(rule["EventPattern"])
        rule["Tags"] = tags(aws.one("events", "list_tags_for_resource", ResourceARN=rule["Arn"]).get("Tags", []))
        targets = aws.all("events", "list_targets_by_rule", "Targets", Rule=rule["Name"])
        for target in targets:
            if "Input" in target:
                target["Input"] = json.loads(target["Input"])
        rule["Targets"] = ordered(targets, "Id")
    return {"rules": ordered(rules, "Name")}


def functions(aws):
    found = []
    for function in aws.all("lambda", "list_functions", "Functions"):
        name = {"FunctionName": function["FunctionName"]}
        function["Tags"] = aws.one("lambda", "list_tags", Resource=function["FunctionArn"]).get("Tags", {})
        policy = aws.one("lambda", "get_policy", **name)
        function["Policy"] = json.loads(policy["Policy"]) if policy else None
        function["EventInvokeConfig"] = aws.one("lambda", "get_function_event_invoke_config", **name)
        reserved = aws.one("lambda", "get_function_concurrency", **name) or {}
        function["ReservedConcurrency"] = reserved.get("ReservedConcurrentExecutions")
        found.append(clean(function))
    return {"functions": ordered(found, "FunctionName")}


def logs(aws):
    groups = aws.all("logs", "describe_log_groups", "logGroups")
    for group in groups:
        arn = group["arn"].removesuffix(":*")
        group["tags"] = aws.one("logs", "list_tags_for_resource", resourceArn=arn).get("tags", {})
    return {"groups": ordered(groups, "logGroupName")}


def topics(aws):
    found = aws.all("sns", "list_topics", "Topics")
    for topic in found:
        arn = {"TopicArn": topic["TopicArn"]}
        attributes = aws.one("sns", "get_topic_attributes", **arn)["Attributes"]
        topic["Attributes"] = {key: each for key, each in attributes.items() if not key.startswith("Subscriptions")}
        topic["Subscriptions"] = ordered(
            aws.all("sns", "list_subscriptions_by_topic", "Subscriptions", **arn), "Protocol", "Endpoint"
        )
        topic["Tags"] = tags(aws.one("sns", "list_tags_for_resource", ResourceArn=topic["TopicArn"]).get("Tags", []))
    return {"topics": ordered(found, "TopicArn")}


def queues(aws):
    def queue(url):
        wanted = ["MessageRetentionPeriod", "Policy", "QueueArn"]
        attributes = aws.one("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=wanted)["Attributes"]
        return {"Attributes": attributes, "Tags": aws.one("sqs", "list_queue_tags", QueueUrl=url).get("Tags", {})}

    return {"queues": [queue(url) for url in sorted(aws.all("sqs", "list_queues", "QueueUrls"))]}
