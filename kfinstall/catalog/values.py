"""Is a value good for a parameter? One check a type, in a table; nothing here reads a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from math import inf
from urllib.parse import urlsplit

from kfinstall.catalog.model import Parameter, ParameterType
from kfinstall.errors import InputError, did_you_mean
from kfinstall.quantity import parse_quantity
from kfinstall.resource import Origin

NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
"""Source: RFC 1123 subdomain, as Kubernetes' ValidatingDNS1123Subdomain takes it (dots side by side aside)."""
PATH = re.compile(r"/[^:,\"]*")
FOLDER = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
LOCATION = re.compile(r"(/|[a-z][a-z0-9]*://)[^\s\"]*")
IMAGE = re.compile(
    r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[A-Za-z0-9_][\w.-]{0,127})?"
    r"(@sha256:[0-9a-f]{64})?"
)
"""Source: the grammar of distribution/reference."""

NUMBER = re.compile(r"\d+(\.\d+)?(e-?\d{1,3})?", re.ASCII)
SCHEDULE = re.compile(r"[\d*/,-]+ [\d*/,-]+ [\d*?/,L-]+ [\dA-Za-z*/,-]+ [\dA-Za-z*?/,-]+", re.ASCII)
"""Source: crontab(5); what the numbers mean is the controller's to say."""

Check = Callable[[str, Parameter], str]
"""Says what must stand there instead; the empty string for a good value."""


def check_value(parameter: Parameter, value: str, origin: Origin | None = None) -> str:
    """Give the value back when it is good for the parameter; the default always is.

    Raises: InputError that says what may stand there.
    """
    if value == parameter.default:
        return value
    wanted = _check_text(value) or CHECKS[parameter.type](value, parameter)
    if not wanted:
        return value
    near = did_you_mean(value, parameter.allowed) or f"its default is '{parameter.default}'; {parameter.description}"
    raise InputError(f"{parameter.name} is '{value}', and must be {wanted}", origin=origin, hint=near)


def allowed_values(parameter: Parameter) -> str:
    """Say in a few words what may stand there."""
    if parameter.type == "integer":
        return _range(parameter)
    return ", ".join(parameter.allowed) if parameter.allowed else WORDS[parameter.type]


def _range(parameter: Parameter) -> str:
    limit = Parameter.__dataclass_fields__["maximum"].default
    upper = f" to {parameter.maximum}" if parameter.maximum != limit else " or more"
    return f"a whole number, {parameter.minimum}{upper}"


def _check_text(value: str) -> str:
    """Refuse what kustomize's literals cannot carry."""
    return "" if value.isprintable() else "text on one line"


def _boolean(value: str, parameter: Parameter) -> str:
    return "" if value in ("true", "false") else "true or false"


def _enum(value: str, parameter: Parameter) -> str:
    return "" if value in parameter.allowed else f"one of {', '.join(parameter.allowed)}"


def _folder(value: str, parameter: Parameter) -> str:
    good = FOLDER.fullmatch(value) and ".." not in value.split("/")
    return "" if good else "a bucket and folders in it, such as models/mnist"


def _location(value: str, parameter: Parameter) -> str:
    good = LOCATION.fullmatch(value) and ".." not in value.split("/")
    return "" if good else "an absolute path or a bucket's address such as gs://models/mnist"


def _image(value: str, parameter: Parameter) -> str:
    named = IMAGE.fullmatch(value) and (":" in value.rpartition("/")[2] or "@" in value)
    return "" if named else "an image with a tag or a digest, such as registry.example/name:1.0"


def _integer(value: str, parameter: Parameter) -> str:
    good = value.isascii() and value.isdecimal() and len(value) < 11 and value == str(int(value))
    return "" if good and parameter.minimum <= int(value) <= parameter.maximum else _range(parameter)


def _integers(value: str, parameter: Parameter) -> str:
    wanted = f"whole numbers separated by commas, each {_range(parameter).removeprefix('a whole number, ')}"
    return wanted if any(_integer(one, parameter) for one in value.split(",")) else ""


def _json(value: str, parameter: Parameter) -> str:
    try:
        json.loads(value)
    except ValueError as error:
        return f"JSON ({error})"
    return ""


def _numbers(value: str, parameter: Parameter) -> str:
    good = all(NUMBER.fullmatch(one) and 0 < float(one) < inf for one in value.split(","))
    return "" if good else "numbers above 0, separated by commas, such as 0.1,0.01"


def _schedule(value: str, parameter: Parameter) -> str:
    return "" if SCHEDULE.fullmatch(value) else "the five fields of cron, such as '0 3 * * *'"


def _name(value: str, parameter: Parameter) -> str:
    return "" if NAME.fullmatch(value) else "a name of small letters, digits, '-' and '.'"


def _names(value: str, parameter: Parameter) -> str:
    return "" if all(map(NAME.fullmatch, value.split(","))) else "names separated by commas, such as data,models"


def _path(value: str, parameter: Parameter) -> str:
    return "" if PATH.fullmatch(value) and ".." not in value.split("/") else "an absolute path without '..'"


def _quantity(value: str, parameter: Parameter) -> str:
    amount = parse_quantity(value)
    return "" if amount is not None and amount > 0 and value == value.strip() else "an amount such as 500m, 2 or 10Gi"


def _string(value: str, parameter: Parameter) -> str:
    return ""


def _url(value: str, parameter: Parameter) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in value
        good = good and (parts.port or 1) > 0 and parts.username is None and parts.password is None
    except ValueError:
        good = False
    return "" if good else "an address such as https://host.example/path, without a password in it"


CHECKS: Mapping[ParameterType, Check] = {
    "boolean": _boolean,
    "enum": _enum,
    "folder": _folder,
    "image": _image,
    "integer": _integer,
    "integers": _integers,
    "json": _json,
    "location": _location,
    "name": _name,
    "names": _names,
    "numbers": _numbers,
    "path": _path,
    "quantity": _quantity,
    "schedule": _schedule,
    "string": _string,
    "url": _url,
}

WORDS: Mapping[ParameterType, str] = {
    "boolean": "true or false",
    "enum": "one of a list",
    "folder": "a bucket and folders in it",
    "image": "an image with a tag or a digest",
    "integer": "a whole number",
    "integers": "whole numbers, separated by commas",
    "json": "JSON on one line",
    "location": "an absolute path or a bucket's address",
    "name": "a name as Kubernetes takes it",
    "names": "names, separated by commas",
    "numbers": "numbers above 0, separated by commas",
    "path": "an absolute path",
    "quantity": "an amount such as 500m or 10Gi",
    "schedule": "the five fields of cron",
    "string": "text on one line",
    "url": "an http or https address",
}
