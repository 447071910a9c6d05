"""Schemathesis: the API does what its schema says, whatever it is sent, and never fails.

`make test` tries the same few requests each time; `make fuzz` tries others, and more of them. All checks are on: every
request that fits the schema is accepted, or refused for the state of things alone, and every other one is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django.core import signals
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, settings

from api.auth.tokens import pair_for
from api.bulk import BulkWrites
from api.schema.tests.fuzz import EXAMPLES, MOST_ROWS, check, described, fit
from api.schema.tests.world import furnish

FILES = "/export/$"
schema = described()
QUIET = settings(suppress_health_check=list(HealthCheck), deadline=None)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(0 if EXAMPLES else 120)]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Requests run inside the test's transaction, so Django must leave its connection alone."""
    monkeypatch.setattr(BulkWrites, "bulk_limit", MOST_ROWS)
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def headers(connected: None, db: None) -> dict[str, str]:
    """Of an admin."""
    return {"Authorization": f"Bearer {pair_for(furnish())['access']}"}


@schema.exclude(path_regex=FILES).parametrize()
@QUIET
def test_every_answer_is_what_the_schema_says(case: Any, headers: dict[str, str]) -> None:
    with transaction.atomic():
        fit(case, headers)
        check(case, case.call(headers=headers), headers)
        transaction.set_rollback(True)  # each request finds the same rows


@schema.include(path_regex=FILES).parametrize()
@QUIET
@pytest.mark.django_db(transaction=True)  # files are read by connections of their own
def test_every_file_is_what_the_schema_says(case: Any, headers: dict[str, str]) -> None:
    check(case, case.call(headers=headers), headers)


class Life:
    """Rows of one collection are made, and then read, changed and removed by the links that the schema gives."""

    headers: ClassVar[dict[str, str]]

    def setup(self) -> None:
        self.undone = transaction.atomic()
        self.undone.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    def before_call(self, case: Any) -> None:
        fit(case, self.headers)

    def get_call_kwargs(self, case: Any) -> dict[str, Any]:
        return {"headers": self.headers}

    def validate_response(self, response: Any, case: Any, additional_checks: Any = None, **_: Any) -> None:
        check(case, response, self.headers, self.recorder)  # type: ignore[attr-defined]  # the machine's


PATHS = schema.raw_schema["paths"]
COLLECTIONS = [path for path, methods in PATHS.items() if "post" in methods and f"{path}{{id}}/" in PATHS]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_row_can_be_used_and_is_gone_when_deleted(collection: str, headers: dict[str, str]) -> None:
    its_own = schema.include(path_regex=rf"^{collection}(\{{id\}}/.*)?$").exclude(path_regex=FILES)
    machine = type(
        "Scenario", (Life, its_own.exclude(operation_id_regex="_list$").as_state_machine()), {"headers": headers}
    )
    examples = {"max_examples": EXAMPLES or 8, "stateful_step_count": 8, "derandomize": not EXAMPLES}
    machine.run(settings=settings(QUIET, **examples))  # type: ignore[attr-defined, arg-type]
