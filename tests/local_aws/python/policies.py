"""Who may reach what: MiniStack asks few policies unless it checks every signature too."""

import dataclasses

from ministack.core.iam_evaluator import (
    EvalContext,
    _gather_role_policies,
    evaluate,
    evaluate_resource_policy,
    resource_policy_allows,
)
from ministack.core.responses import get_account_id, get_region
from ministack.services import kms, lambda_svc, sns


def patch():
    def enforce_topic_policy(topic, action):
        """Calls of the account itself: an explicit Deny in the topic's policy is what can stop them."""
        if action != "sns:Publish" or not denies(topic):
            return None
        caller = f"arn:aws:iam::{get_account_id()}:root"
        message = (
            f"User: {caller} is not authorized to perform: SNS:Publish on resource: {topic['arn']} "
            "with an explicit deny in a resource-based policy"
        )
        return sns._error("AuthorizationError", message, 403)

    sns._enforce_topic_policy = enforce_topic_policy


def policy_of(topic):
    return topic.get("attributes", {}).get("Policy") or ""


def context(topic_arn, principal, kind, keys=None):
    return EvalContext(
        principal_arn=principal,
        principal_type=kind,
        principal_account=get_account_id() if kind != "Service" else "",
        action="sns:Publish",
        resource_arn=topic_arn,
        region=get_region(),
        secure_transport=True,
        service_context=keys or {},
    )


def denies(topic):
    caller = context(topic["arn"], f"arn:aws:iam::{get_account_id()}:root", "Root")
    return not resource_policy_allows(policy_of(topic), caller, True)


def alarm_refusal(topic_arn, alarm):
    """Why CloudWatch cannot publish, None where it can: the topic's policy lets it in, and it can use the topic's key."""
    topic = sns._topic_by_arn_any_scope(topic_arn)
    if topic is None:
        return "Topic does not exist"
    if not key_opens(topic["attributes"].get("KmsMasterKeyId", "")):
        return "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
    source = {
        "aws:sourcearn": alarm["AlarmArn"],
        "aws:sourceaccount": get_account_id(),
        "aws:sourceowner": get_account_id(),
    }
    caller = context(topic_arn, "*", "Service", source)
    service = "cloudwatch.amazonaws.com"
    if evaluate_resource_policy(policy_of(topic), caller, service=service).decision == "Allow":
        return None
    return f"Resource: {alarm['AlarmArn']} is not authorized to perform: SNS:Publish on resource: {topic_arn}"


def key_opens(key):
    """Whether CloudWatch can use a topic's key. Of one that no test has made, only AWS's own is known to be shut."""
    if key.endswith("alias/aws/sns"):
        return False  # it is for the account's users, not for CloudWatch
    found = kms._resolve_key(key) if key else None
    if found is None:
        return True
    service = "cloudwatch.amazonaws.com"
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        caller = dataclasses.replace(context(found["Arn"], "*", "Service"), action=action)
        if evaluate_resource_policy(found["Policy"], caller, service=service).decision != "Allow":
            return False
    return True


def role_reaches(topic_arn, role_arn):
    """Whether the role may publish to the topic."""
    topic = sns._topic_by_arn_any_scope(topic_arn)
    return role_may_publish(topic_arn, role_arn) and topic is not None and not denies(topic)


def role_may_publish(topic_arn, role_arn):
    return role_may(role_arn, "sns:Publish", topic_arn)


def role_may(role_arn, action, resource_arn):
    """Whether the role's own policies allow it."""
    statements = _gather_role_policies(role_arn.rsplit("/", 1)[-1], get_account_id())
    caller = dataclasses.replace(context(resource_arn, role_arn, "AssumedRole"), action=action)
    return evaluate(caller, statements).decision == "Allow"


def rule_reaches(function_arn, rule_arn):
    """Whether the function's policy lets the rule invoke it."""
    function, _, _ = lambda_svc._get_func_record_for_ref(function_arn)
    wanted = {"AWS:SourceArn": rule_arn, "AWS:SourceAccount": get_account_id()}
    for statement in (function or {}).get("policy", {}).get("Statement", []):
        conditions = [pair for test in statement.get("Condition", {}).values() for pair in test.items()]
        if (
            statement["Effect"] == "Allow"
            and statement["Action"] in ("lambda:InvokeFunction", "lambda:*")
            and statement["Principal"] in ("*", {"Service": "events.amazonaws.com"})
            and all(wanted.get(key) == value for key, value in conditions)
        ):
            return True
    return False
