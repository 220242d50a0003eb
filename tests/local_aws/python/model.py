"""Checks recorded requests against AWS's own service models, which botocore carries.

botocore's validator looks at types and required members only; lengths, ranges, patterns and enums are walked here.
"""

import datetime
import functools
import re
import warnings

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

import wire
from calls import spelled

# Signing names that are not botocore's.
SERVICES = {
    "elasticfilesystem": "efs",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "tagging": "resourcegroupstaggingapi",
}

# Maps whose keys the model forbids and AWS itself sends: "Redshift Serverless" has a blank.
FALSE_KEY_PATTERNS = {"ResourceTypeOptInPreference", "ResourceTypeManagementPreference"}

# What Java's expressions have and Python's have not. `\w` holds digits and `_` too, which every class with letters here allows.
JAVA = {r"\p{L}": r"\w", r"\p{Z}": r"\s", r"\p{N}": r"\d", r"[\w-_]": r"[\w\-_]"}

INTEGERS = {"byte": 8, "short": 16, "integer": 32, "long": 64}


@functools.cache
def service(name):
    known = SERVICES.get(name, name)
    return ServiceModel(Loader().load_service_model(known, "service-2"), known)


def routes():
    """How the services with REST paths name their operations, and where members travel."""
    table = []
    for name in ("account", "backup", "elasticfilesystem", "lambda", "s3"):
        model = service(name)
        for operation in map(model.operation_model, model.operation_names):
            if operation.name == "AbortMultipartUpload":
                continue  # its path is that of DeleteObject, and nobody here uploads in parts
            members = operation.input_shape.members if operation.input_shape else {}
            at = {
                place: {
                    shape.serialization.get("name", member): member
                    for member, shape in members.items()
                    if shape.serialization.get("location") == place
                }
                for place in ("uri", "querystring")
            }
            table.append(
                {
                    "service": name,
                    "operation": operation.name,
                    "method": operation.http["method"],
                    "path": operation.http["requestUri"].split("?")[0],
                    # S3 tells operations on a bucket apart by what is asked for.
                    "fixed": operation.http["requestUri"].partition("?")[2] if name == "s3" else "",
                    "labels": at["uri"],
                    "query": at["querystring"],
                }
            )
    return table


def check(requests):
    """One line for each thing in the requests that the model does not allow."""
    violations = []
    for request in requests:
        where = f"{request['service']}.{request['operation']}"
        try:
            operation = service(request["service"]).operation_model(request["operation"])
        except Exception:  # noqa: BLE001 - unknown service or operation, whichever way botocore says it
            violations.append(f"{where}: unknown operation ({request['method']} {request['path']})")
            continue
        found = []
        try:
            value = wire.decode(operation, request, found)
            if operation.input_shape:
                structure(operation.input_shape, value, "", found)
            elif value:
                found.append(f"takes no input, but was sent {sorted(value)}")
        except ValueError as error:
            found.append(str(error))
        violations += [f"{where}: {each}" for each in found]
    return violations


def calls(requests):
    """The recorded requests as one would make them by boto3's names."""
    return [call(request, service(request["service"])) for request in requests]


def call(request, model):
    operation = model.operation_model(request["operation"])
    found = []
    args = spelled(wire.decode(operation, request, found))
    if found:
        raise ValueError(f"{operation.name}: {found}")
    return {
        "service": model.service_name,
        "region": request["region"],
        "operation": xform_name(operation.name),
        "args": args,
    }


def walk(shape, value, path, found):
    kind = shape.type_name
    if kind == "structure":
        structure(shape, value, path, found)
    elif kind == "list":
        if expect(value, list, path, found):
            length(shape, value, path, found)
            for index, each in enumerate(value):
                walk(shape.member, each, f"{path}[{index}]", found)
    elif kind == "map":
        if expect(value, dict, path, found):
            length(shape, value, path, found)
            for key, each in value.items():
                if shape.name not in FALSE_KEY_PATTERNS:
                    walk(shape.key, key, f"{path}.key({key})", found)
                walk(shape.value, each, f"{path}.{key}", found)
    else:
        scalar(shape, kind, value, path, found)


def structure(shape, value, path, found):
    if not expect(value, dict, path, found):
        return
    members = shape.members
    found += [f"{path or 'input'} lacks the required {name}" for name in shape.required_members if name not in value]
    found += [f"{path or 'input'} has the unknown member {name}" for name in value if name not in members]
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        found.append(f"{path} is a union and has {len(value)} members")
    for name, each in value.items():
        if name in members:
            walk(members[name], each, f"{path}.{name}".lstrip("."), found)


def scalar(shape, kind, value, path, found):
    if kind == "string":
        if expect(value, str, path, found):
            length(shape, value, path, found)
            pattern(shape, value, path, found)
            allowed = shape.metadata.get("enum")
            if allowed and value not in allowed:
                found.append(f"{path} is {value!r}, which is none of {allowed}")
    elif kind in INTEGERS:
        if expect(value, int, path, found):
            bounds(shape, value, path, found)
            if not -(2 ** (INTEGERS[kind] - 1)) <= value < 2 ** (INTEGERS[kind] - 1):
                found.append(f"{path} is {value}, too large for {kind}")
    elif kind in ("float", "double"):
        if expect(value, (int, float), path, found):
            bounds(shape, value, path, found)
    elif kind == "boolean":
        expect(value, bool, path, found)
    elif kind == "blob":
        if expect(value, bytes, path, found):
            length(shape, value, path, found)
    elif kind == "timestamp":
        expect(value, (int, float, str, datetime.datetime), path, found)


def expect(value, kind, path, found):
    numeric = kind in (int, (int, float))
    if isinstance(value, kind) and not (numeric and isinstance(value, bool)):
        return True
    found.append(f"{path or 'input'} is {value!r}, which is no {kind}")
    return False


def length(shape, value, path, found):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and len(value) < low) or (high is not None and len(value) > high):
        found.append(f"{path} has length {len(value)}, outside {low}..{high}")


def bounds(shape, value, path, found):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and value < low) or (high is not None and value > high):
        found.append(f"{path} is {value}, outside {low}..{high}")


def pattern(shape, value, path, found):
    text = shape.metadata.get("pattern")
    if text and not compiled(text).fullmatch(value):
        found.append(f"{path} is {value!r}, which does not match {text}")


@functools.cache
def compiled(text):
    for java, python in JAVA.items():
        text = text.replace(java, python)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.compile(text)
