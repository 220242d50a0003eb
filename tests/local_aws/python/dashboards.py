"""Dashboards inside MiniStack as they are on AWS: of the account and of no region, with the tags of the call that made them."""

from ministack.core.responses import AccountScopedDict, get_account_id
from ministack.services import cloudwatch


def patch():
    put, validate = cloudwatch._put_dashboard, cloudwatch._validate_alarm_tag_arn
    cloudwatch._dashboards = AccountScopedDict()

    def put_dashboard(params, data, *rest):
        """The tags of one that is there already are ignored (API reference, `PutDashboard`, `Tags`)."""
        name = data.get("DashboardName")
        is_new = name not in cloudwatch._dashboards
        answer = put(params, data, *rest)
        if is_new and name in cloudwatch._dashboards:
            tags = data.get("Tags") or ()
            cloudwatch._resource_tags[arn(name)] = {tag["Key"]: tag["Value"] for tag in tags}
        return answer

    def validate_tag_arn(of, **form):
        name = of.partition(":dashboard/")[2]
        return None if name in cloudwatch._dashboards and of == arn(name) else validate(of, **form)

    cloudwatch._put_dashboard = put_dashboard
    cloudwatch._validate_alarm_tag_arn = validate_tag_arn


def arn(name):
    return f"arn:aws:cloudwatch::{get_account_id()}:dashboard/{name}"
