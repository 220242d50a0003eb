"""From the bytes of a recorded request back to the members of its operation's input."""

import base64
import json
import re
from urllib.parse import parse_qsl, unquote

import cbor2


def decode(operation, request, found):
    """The input as the caller meant it. What fits nowhere goes to `found`."""
    protocol = operation.service_model.metadata["protocol"]
    body = base64.b64decode(request["body"])
    if protocol in ("ec2", "query"):
        return form(operation, dict(parse_qsl(body.decode(), keep_blank_values=True)), found)
    if protocol == "smithy-rpc-v2-cbor" and request["headers"].get("content-type") == "application/cbor":
        return cbor2.loads(body) if body else {}
    if protocol in ("json", "smithy-rpc-v2-cbor"):  # botocore speaks JSON to CloudWatch
        return from_json(operation.input_shape, json.loads(body or b"{}"))
    return rest(operation, request, body, found)


def members_at(shape, place):
    return {
        member.serialization.get("name", name): (name, member)
        for name, member in shape.members.items()
        if member.serialization.get("location") == place
    }


def rest(operation, request, body, found):
    shape = operation.input_shape
    if shape is None:
        return json.loads(body) if body else {}
    path, _, query = request["path"].partition("?")
    value = {}
    labels = members_at(shape, "uri")
    for label, text in path_labels(operation.http["requestUri"], path).items():
        name, member = labels[label]
        value[name] = from_text(member, text)
    queries = members_at(shape, "querystring")
    fixed = operation.http["requestUri"].partition("?")[2].split("&")
    for key, text in parse_qsl(query, keep_blank_values=True):
        if key in queries:
            name, member = queries[key]
            if member.type_name == "list":
                value.setdefault(name, []).append(from_text(member.member, text))
            else:
                value[name] = from_text(member, text)
        elif key not in fixed and f"{key}={text}" not in fixed:
            found.append(f"unknown query parameter {key}")
    headers = {name.lower(): each for name, each in members_at(shape, "header").items()}
    for key, text in request["headers"].items():
        if key.lower() in headers:
            name, member = headers[key.lower()]
            value[name] = from_text(member, text)
    payload = shape.serialization.get("payload")
    if payload:
        if body:
            inner = shape.members[payload]
            value[payload] = from_json(inner, json.loads(body)) if inner.type_name == "structure" else body
    elif body:
        placed = {name for name, member in shape.members.items() if member.serialization.get("location")}
        for name, each in from_json(shape, json.loads(body)).items():
            # The Rust SDK repeats nothing in the body that travels elsewhere; who does is told so.
            if name in placed:
                found.append(f"{name} is in the body, but belongs into the path, the query or a header")
            else:
                value[name] = each
    return value


def path_labels(template, path):
    pattern = re.sub(
        r"\\{(\w+)(\\\+)?\\}",
        lambda match: f"(?P<{match[1]}>{'.+' if match[2] else '[^/]+'})",
        re.escape(template.split("?")[0].rstrip("/")),
    )
    match = re.fullmatch(pattern, path.rstrip("/"))
    if not match:
        raise ValueError(f"the path {path} does not fit {template}")
    return {label: unquote(text) for label, text in match.groupdict().items()}


def from_text(shape, text):
    if shape.type_name in ("integer", "long", "short", "byte"):
        return int(text)
    if shape.type_name in ("float", "double"):
        return float(text)
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if shape.type_name == "blob":
        return base64.b64decode(text, validate=True)
    return text


def from_json(shape, value):
    """Wire names to member names, base64 to bytes; a null is an absent member."""
    if shape is None or value is None:
        return value or {}
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        return {
            members.get(key, (key, None))[0]: from_json(members[key][1], each) if key in members else each
            for key, each in value.items()
            if each is not None
        }
    if shape.type_name == "list" and isinstance(value, list):
        return [from_json(shape.member, each) for each in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: from_json(shape.value, each) for key, each in value.items()}
    if shape.type_name == "blob" and isinstance(value, str):
        return base64.b64decode(value, validate=True)
    return value


def form(operation, fields, found):
    """The Query protocol: `Tags.member.1.Key=a` and so on, read along the shape. EC2's has names of its own."""
    used = {"Action", "Version"}
    ec2 = operation.service_model.metadata["protocol"] == "ec2"
    value = gather(operation.input_shape, "", fields, used, ec2) if operation.input_shape else {}
    found += [f"unknown parameter {key}" for key in fields if key not in used]
    return value


def name_in_form(shape, name, ec2):
    """EC2 has the query name, or else the wire name with a capital."""
    wire = shape.serialization.get("name")
    if not ec2:
        return wire or name
    return shape.serialization.get("queryName") or (wire[0].upper() + wire[1:] if wire else name)


def gather(shape, prefix, fields, used, ec2):
    if shape.type_name == "structure":
        value = {}
        for name, member in shape.members.items():
            inner = f"{prefix}{name_in_form(member, name, ec2)}"
            if any(key == inner or key.startswith(f"{inner}.") for key in fields):
                value[name] = gather_member(member, inner, fields, used, ec2)
        return value
    return gather_member(shape, prefix.rstrip("."), fields, used, ec2)


def gather_member(shape, name, fields, used, ec2):
    if shape.type_name == "structure":
        return gather(shape, f"{name}.", fields, used, ec2)
    if shape.type_name == "list":
        used.add(name)  # an empty list is sent as the bare name
        if not ec2 and not shape.serialization.get("flattened"):
            name = f"{name}.{shape.member.serialization.get('name', 'member')}"
        return [gather_member(shape.member, each, fields, used, ec2) for each in numbered(name, fields)]
    if shape.type_name == "map":
        used.add(name)
        if not shape.serialization.get("flattened"):
            name = f"{name}.entry"
        key = shape.key.serialization.get("name", "key")
        value = shape.value.serialization.get("name", "value")
        return {
            gather_member(shape.key, f"{each}.{key}", fields, used, ec2): gather_member(
                shape.value, f"{each}.{value}", fields, used, ec2
            )
            for each in numbered(name, fields)
        }
    used.add(name)
    return from_text(shape, fields.get(name, ""))


def numbered(name, fields):
    """`name.1`, `name.2`, ... as far as the fields have them."""
    index = 1
    while any(key == f"{name}.{index}" or key.startswith(f"{name}.{index}.") for key in fields):
        yield f"{name}.{index}"
        index += 1
