"""The two customers of `tests.isolation.world`, made once for a module: they are some two hundred rows."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeVar

import pytest
from django.db import transaction

from core.tenancy import EVERY, within
from tests.isolation import world as worlds
from tests.isolation.world import World

Made = TypeVar("Made")


class Blocker(Protocol):
    def unblock(self) -> AbstractContextManager[Any]: ...


@contextmanager
def staged(blocker: Blocker, build: Callable[[], Made]) -> Iterator[Made]:
    """What `build` makes, in a transaction that ends with the module; its tests work in savepoints of it."""
    outer = transaction.atomic()
    with blocker.unblock():
        outer.__enter__()
        with within(EVERY):
            made = build()
    yield made
    with blocker.unblock():
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)


@pytest.fixture(scope="module")
def furnished(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[World]:
    with staged(django_db_blocker, worlds.build) as made:
        yield made


@pytest.fixture
def world(furnished: World, db: None) -> World:
    """What a test does to the rows is taken back at its end; what it does to these objects is done to copies."""
    return copy.deepcopy(furnished)
