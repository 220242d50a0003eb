"""Checks commands of AWS CLI against AWS's service models, as botocore has them.

Reads a list of shell commands from stdin, and prints what is wrong and what each call sends: `{"wrong": [...], "calls": [...]}`.
An option that the operation does not have, one that it requires and that is missing, and a value that is not of its type are wrong.
"""

import json
import re
import shlex
import sys

import botocore.session
import jmespath
from botocore import xform_name
from botocore.exceptions import ParamValidationError
from botocore.validate import validate_parameters

SESSION = botocore.session.get_session()
GLOBAL = {"--region", "--query", "--output"}
ENDS = set("();<>|&")


def words_of(command):
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(lexer)


def calls_in(command):
    """The words of each call, also of those in a substitution."""
    call, calls = None, []
    for word in words_of(command):
        inner = re.search(r"\$\((aws .*)\)", word, re.DOTALL)
        if inner:
            calls += calls_in(inner.group(1))
        if word == "aws":
            call = []
            calls.append(call)
        elif set(word) <= ENDS:
            call = None
        elif call is not None:
            call.append(word)
    return calls


def options_of(words):
    options, name = {}, None
    for word in words:
        if word.startswith("--"):
            name = word
            if name in options:
                raise ValueError(f"{name} stands twice")
            options[name] = []
        elif name is None:
            raise ValueError(f"{word} belongs to no option")
        else:
            options[name].append(word)
    return options


def value_of(shape, name, values):
    if shape.type_name == "list":
        return values
    if shape.type_name == "boolean":
        if values:
            raise ValueError(f"{name} takes no value")
        return not name.startswith("--no-")
    if len(values) != 1:
        raise ValueError(f"{name} takes one value, not {values}")
    if shape.type_name in ("map", "structure"):
        # What another command reads into it are pairs of their own.
        return json.loads(re.sub(r"\$\([^)]*\)", "", values[0]))
    return int(values[0]) if shape.type_name in ("integer", "long") else values[0]


def params_of(words):
    service, operation, *rest = words
    model = SESSION.get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        raise ValueError(f"{service} has no operation {operation}")
    shape = model.operation_model(names[operation]).input_shape
    members = {}
    for name, member in shape.members.items():
        members["--" + xform_name(name, "-")] = (name, member)
        if member.type_name == "boolean":
            members["--no-" + xform_name(name, "-")] = (name, member)
    params, seen = {}, options_of(rest)
    for option, values in seen.items():
        if option == "--query":
            jmespath.compile(values[0])
        if option in GLOBAL:
            continue
        if option not in members:
            raise ValueError(f"{service} {operation} has no option {option}")
        name, member = members[option]
        params[name] = value_of(member, option, values)
    if "--region" not in seen:
        raise ValueError("no region is named")
    validate_parameters(params, shape)
    return {"service": service, "operation": operation, "params": params}


def main():
    wrong, calls = [], []
    for command in json.load(sys.stdin):
        for words in calls_in(command):
            try:
                calls.append(params_of(words))
            except (ValueError, ParamValidationError, jmespath.exceptions.JMESPathError) as error:
                wrong.append(f"{' '.join(words)}: {error}")
    json.dump({"wrong": wrong, "calls": calls}, sys.stdout)


if __name__ == "__main__":
    main()
