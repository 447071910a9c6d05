"""What Schemathesis is given: the schema with ids that are there, values of our own formats, and what state refuses."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

import schemathesis
from asgiref.sync import async_to_sync
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.handlers.wsgi import WSGIHandler
from django.http import StreamingHttpResponse
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    use_after_free,
)

from api.schema.parts import ID
from api.schema.tests.world import PK
from api.schema.views import JSON, document

EXAMPLES = int(os.environ.get("WEBNET_FUZZ", "0"))
"""Random requests for each operation in a long run; without it, few and always the same ones."""

MOST_ROWS = 20
"""In lists: the real limits are tried elsewhere, and take minutes to reach."""

CONFIG = {
    "generation": {
        "max-examples": EXAMPLES or 3,
        "deterministic": not EXAMPLES,
        "database": "none",
        "allow-x00": False,  # refused everywhere, which tests/isolation tries
    },
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", 401, 403, 404, 409, 412, 422]},
        "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 405, 406, 409, 412, 415, 422]},
    },
}

FILES = {
    "devices": "hostname,mgmt_ip,platform,site\nr9,198.51.100.9,ios,Frankfurt\n",
    "credentials": "name,username\nnew,netops\n",
}

STATE = {
    "is taken|has this address|of this name|with this name|at this address|already": "it is there already",
    "The user does not see all of these": "depends on the customers that the user has",
    "Only admins see all customers|The role .* includes nothing": "depends on the role that the user has",
    "^slug: .* blank": "is made of the name's letters, which may be none of a slug's",
    "^params: ": "of a change: depends on the kind that the row has",
    "^address: ": "a mail address, that of a webhook or none: depends on the kind",
    "Only mail to yourself can be": "depends on the kind",
    "No device matches|No enabled device matches|Choose at least one device": "depends on the devices",
    "This moment is past": "depends on the clock",
    "a revoked key does not come back": "depends on the key",
    "This is no private key|Not a network|Not a command": "no schema says in full what these are",
    "not known to only read|is not sent|Only jobs that read": "which commands are harmless depends on the device",
    r"the first line|^line \d+": "the text of a CSV file is beyond a schema",
}
"""Why a body that fits the schema may be refused with 400, by the words that it is then refused with."""


def _network(address: int, length: int, width: int) -> str:
    kind = ipaddress.IPv4Network if width == 32 else ipaddress.IPv6Network
    return str(kind((address, length), strict=False))


def _key() -> str:
    form = Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()
    return Ed25519PrivateKey.generate().private_bytes(*form).decode()


def register_formats() -> None:
    networks = [
        st.builds(_network, st.integers(0, 2**width - 1), st.integers(1, width), st.just(width)) for width in (32, 128)
    ]
    schemathesis.openapi.format("cidr", st.one_of(networks))
    schemathesis.openapi.format("private-key", st.sampled_from([_key(), _key()]))
    schemathesis.openapi.format("decimal", st.integers(-90 * 10**5, 90 * 10**5).map(lambda n: f"{n / 10**5:.5f}"))
    schemathesis.openapi.format("command", st.sampled_from(["show version", "show ip route", "show running-config"]))
    schemathesis.openapi.format("cron", st.sampled_from(["0 2 * * *", "*/15 8-18 * * 1-5", "30 4 1 1,7 *"]))
    schemathesis.openapi.format("time-zone", st.sampled_from(["UTC", "Europe/Oslo", "America/New_York"]))
    words = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=12, max_size=40)
    schemathesis.openapi.format("password", words.map("Zq7-{}".format))


def described() -> Any:
    """The schema, whose requests name rows that are there: else most would end at the first id."""
    register_formats()
    raw = json.loads(document(JSON))
    for path, method, operation in ((path, *one) for path, ones in raw["paths"].items() for one in ones.items()):
        named = [one for one in operation.get("parameters", []) if one["in"] == "path" or method != "get"]
        if path.startswith("/api/v1/devices/"):  # the pages' filter; those of other lists take any id
            named += [one for one in operation["parameters"] if one["name"] in {"customer", "site", "tag"}]
        _use_known_ids([named, operation.get("requestBody")], raw["components"]["schemas"], set())
    # whose devices do not stand outside
    raw["components"]["schemas"]["IPRangeInput"]["properties"]["customer"]["enum"] = [PK + 1]
    schema = schemathesis.openapi.from_dict(raw, config=SchemathesisConfig.from_dict(CONFIG))
    schema.app = Whole()
    return schema


def _use_known_ids(node: Any, schemas: dict[str, Any], seen: set[str]) -> None:
    if isinstance(node, list):
        for inner in node:
            _use_known_ids(inner, schemas, seen)
    elif isinstance(node, dict):
        if node.get("minimum") == 1 and node.get("format") == "int64":
            for key in set(ID) - {"type"}:
                node.pop(key, None)
            node["enum"] = [PK, None] if "null" in node["type"] else [PK]
        if node.get("maxItems", 0) > MOST_ROWS:
            node["maxItems"] = MOST_ROWS
        name = str(node.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            _use_known_ids(schemas[name], schemas, seen)
        for inner in list(node.values()):
            _use_known_ids(inner, schemas, seen)


class Whole(WSGIHandler):
    """The application; what it streams is read to its end."""

    def get_response(self, request: Any) -> Any:
        answer = super().get_response(request)
        if isinstance(answer, StreamingHttpResponse) and answer.is_async:
            answer.streaming_content = [async_to_sync(_read)(answer)]
        return answer


async def _read(answer: StreamingHttpResponse) -> bytes:
    return b"".join([part async for part in answer])


def fit(case: Any, headers: dict[str, str]) -> None:
    """Make of a request that fits the schema one that fits what no schema can say."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.media_type == "text/csv" and (not str(case.body).strip() or case.meta.phase.name.value == "stateful"):
        case.body = FILES[case.query["kind"]]
    if isinstance(case.body, list):
        case.body = list({row.get("id", number): row for number, row in enumerate(case.body)}.values())
    if "If-Match" in (case.headers or {}):
        shown = case.operation.schema[case.path]["GET"].Case(path_parameters=case.path_parameters)
        case.headers["If-Match"] = shown.call(headers=headers).headers.get("etag", ["*"])[0]
    if case.query and {"cursor", "pagination"} & set(case.query):
        _page_by_cursor(case, headers)


def _page_by_cursor(case: Any, headers: dict[str, str]) -> None:
    """A cursor is one that the list gave, in the same order, and does not go with numbered pages."""
    query = dict(case.query)
    given = query.pop("cursor", None)
    if query.get("pagination") == "page" and given is None:
        return
    query.pop("page", None)
    query["pagination"] = "cursor"
    if given is not None:
        first = case.derive(query={**query, "page_size": 1}).call(headers=headers)
        following = first.json().get("next") if first.status_code == 200 else None
        query |= {"cursor": parse_qs(urlsplit(following).query)["cursor"][0]} if following else {}
    case.query = query


TRIED_WITHOUT_LOGIN = 5
"""Requests of each operation in a short run; a long one tries all."""
without_login: Counter[str] = Counter()


def check(case: Any, answer: Any, headers: dict[str, str], recorder: Any = None) -> None:
    """All checks; one that asks for acceptance passes over what the state of things refuses."""
    passed_over = [positive_data_acceptance] if _is_state(answer) else []
    if answer.status_code == 207 and answer.json()["failed"]:
        passed_over.append(negative_data_rejection)  # the rows that do not fit are refused, each with its own words
    if case.path == "/api/v1/api-keys/{id}/":
        passed_over.append(use_after_free)  # to delete a key is to revoke it: it stays to be seen
    # which sends the request once more without a login; what else is in it does not matter then
    without_login[case.operation.label] += 1
    if without_login[case.operation.label] > TRIED_WITHOUT_LOGIN and not EXAMPLES:
        passed_over.append(ignored_auth)
    sent = {"headers": headers, "transport_kwargs": {"headers": headers}}
    case.validate_response(answer, excluded_checks=passed_over, recorder=recorder, **sent)


def _is_state(answer: Any) -> bool:
    if answer.status_code != 400:
        return False
    problem = answer.json()
    words = [f"{one['field']}: {one['detail']}" for one in problem.get("errors", [])] or [problem["detail"]]
    return all(any(re.search(known, one) for known in STATE) for one in words)
