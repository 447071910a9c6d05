"""What one reads of one's own, in every order, is the same whatever another customer has."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest

from tests.architecture.routes import Route
from tests.conftest import Blocker, staged
from tests.isolation import checks
from tests.isolation.cases import Call
from tests.isolation.test_values import READ
from tests.isolation.world import Half


@pytest.fixture(scope="module")
def before(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[Half]:
    with staged(django_db_blocker, checks.alone) as made:
        yield made


@pytest.fixture
def half(before: Half, db: None) -> Half:
    return copy.deepcopy(before)


@pytest.mark.parametrize(("route", "calls"), READ)
def test_what_one_reads_does_not_depend_on_what_others_have(half: Half, route: Route, calls: list[Call]) -> None:
    assert checks.dependence(half, route, calls[0]) == []
