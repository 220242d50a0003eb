"""The watchdog."""


def handler(event, context):
    return {"outcome": "silent"}
