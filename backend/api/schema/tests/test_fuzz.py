"""Schemathesis: the API does what its schema says, whatever it is sent, and never fails.

`make test` tries the same few requests each time; `make fuzz` tries others, and more of them. All checks are on. What a
schema cannot say (that a name is taken, that a row names itself twice, what a private key is) may refuse the body of a
POST or PATCH that fits it; every other valid request has to be accepted, and every invalid one refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from api.auth.tokens import pair_for
from api.schema.parts import ID
from api.schema.tests.world import PK, furnish
from api.schema.views import JSON, document

EXAMPLES = int(os.environ.get("WEBNET_FUZZ", "0"))
"""Random requests for each operation in a long run; without it, few and always the same ones."""

VALID = ["2xx", "3xx", 401, 403, 404, 409, 412, 422]
INVALID = [400, 401, 403, 404, 405, 406, 409, 412, 415, 422]
CONFIG = {
    "generation": {
        "max-examples": EXAMPLES or 3,
        "deterministic": not EXAMPLES,
        "database": "none",
        "allow-x00": False,  # refused everywhere, which tests/isolation tries
    },
    "checks": {
        "positive_data_acceptance": {"expected-statuses": VALID},
        "negative_data_rejection": {"expected-statuses": INVALID},
    },
    "operations": [
        {
            "include-method": ["POST", "PATCH"],
            "checks": {"positive_data_acceptance": {"expected-statuses": [*VALID, 400]}},
        }
    ],
}


def described() -> Any:
    """The schema, whose requests name rows that are there: else most would end at the first id."""
    raw = json.loads(document(JSON))
    for operation in (operation for path in raw["paths"].values() for operation in path.values()):
        parameters = operation.get("parameters", [])
        # a cursor is ours to make, and does not go with numbered pages
        operation["parameters"] = [one for one in parameters if one["name"] not in {"cursor", "pagination"}]
        _use_known_ids([operation["parameters"], operation.get("requestBody")], raw["components"]["schemas"], set())
    schema = schemathesis.openapi.from_dict(raw, config=SchemathesisConfig.from_dict(CONFIG))
    schema.app = get_wsgi_application()
    return schema


def _use_known_ids(node: Any, schemas: dict[str, Any], seen: set[str]) -> None:
    if isinstance(node, list):
        for inner in node:
            _use_known_ids(inner, schemas, seen)
    elif isinstance(node, dict):
        if node.get("minimum") == 1 and node.get("format") == "int64":
            for key in set(ID) - {"type"}:
                node.pop(key, None)
            node["enum"] = [PK]
        name = str(node.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            _use_known_ids(schemas[name], schemas, seen)
        for inner in list(node.values()):
            _use_known_ids(inner, schemas, seen)


# files are streamed by a second connection, which sees nothing of a test's transaction: they have tests of their own
schema = described().exclude(operation_id_regex="_export$")


@pytest.fixture
def headers(db: None) -> Iterator[dict[str, str]]:
    """Of an admin. The requests run inside the test's transaction, so Django must leave its connection alone."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield {"Authorization": f"Bearer {pair_for(furnish())['access']}"}
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.timeout(0 if EXAMPLES else 120)
@schema.parametrize()
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_every_answer_is_what_the_schema_says(case: Any, headers: dict[str, str]) -> None:
    with transaction.atomic():
        case.call_and_validate(headers=headers)
        transaction.set_rollback(True)  # each request finds the same rows
