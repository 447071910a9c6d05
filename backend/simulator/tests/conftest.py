"""Fleets for the simulator's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from simulator import DeviceSpec, Fleet, FleetThread

RunFleet = Callable[..., Fleet]


@pytest.fixture
def run_fleet() -> Iterator[RunFleet]:
    """Start a fleet in a thread; it stops when the test ends."""
    with ExitStack() as stack:

        def run(*specs: DeviceSpec, **options: Any) -> Fleet:
            return stack.enter_context(FleetThread(specs, **options))

        yield run
