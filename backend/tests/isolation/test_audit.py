"""What a request writes, it writes into the audit trail too; and so every look at a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from tests.architecture.routes import Route
from tests.isolation.calls import client_for, send
from tests.isolation.cases import Call
from tests.isolation.test_http import EVERY_CALL
from tests.isolation.world import FOREIGN, World, ids_from
from users.permissions import Permission

WRITE = re.compile(r'^\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)
TRAIL = "core_auditevent"
UNAUDITED: dict[str, str] = {
    "core_auditchain": "the end of the trail itself",
    "core_idempotentanswer": "the answer to a request, kept for its repetition",
    "topology_topologylayout": "where a user likes the devices to stand on the graph",
    "django_session": "who is logged in, and which customer they look at",
}
"""Tables that tell nothing of customers, and why."""


@contextmanager
def written() -> Iterator[set[str]]:
    """Tables that are written to."""
    tables: set[str] = set()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        found = WRITE.match(sql)
        # a compare-and-set that found nothing to set has written nothing
        if found and (found[1].upper() == "INSERT INTO" or context["cursor"].rowcount != 0):
            tables.add(found[2].lower())
        return result

    with connection.execute_wrapper(watch):
        yield tables


WRITING = [param for param in EVERY_CALL if param.values[0].method != "GET"]  # type: ignore[union-attr]
LOOKS = [
    param
    for param in EVERY_CALL
    if param.values[0].permission == Permission.VIEW_SECRETS  # type: ignore[union-attr]
]


@pytest.mark.parametrize(("route", "call"), WRITING)
def test_what_is_written_is_audited(world: World, route: Route, call: Call) -> None:
    client = client_for(world.owner, route)
    with written() as tables:
        answer = send(client, route, call, ids_from(FOREIGN))
    changed = tables - set(UNAUDITED) - {TRAIL}
    assert not changed or TRAIL in tables, f"{answer.status_code}: {sorted(changed)} changed without an audit row"


@pytest.mark.parametrize(("route", "call"), LOOKS)
def test_a_look_at_a_secret_is_audited(world: World, route: Route, call: Call) -> None:
    client = client_for(world.owner, route)
    with written() as tables:
        assert send(client, route, call, ids_from(FOREIGN)).status_code == 200
    assert TRAIL in tables


def test_a_write_without_an_audit_row_would_be_found(world: World) -> None:
    with written() as tables:
        world.customer.save()
    assert tables == {"customers_customer"}
