"""A recording holds what was shown, whatever the database does meanwhile."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from django.db import OperationalError
from django.utils.timezone import now

from conftest import MakeDevice
from customers.models import Customer
from terminals import recorder
from terminals.models import TerminalSession
from terminals.recorder import Recorder
from terminals.selectors import asciicast
from terminals.services import keep_part
from users.models import User


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_written", [True, False])
def test_a_part_whose_try_failed_is_whole_and_so_is_what_came_meanwhile(
    make_device: MakeDevice, acme: Customer, operator: User, monkeypatch: pytest.MonkeyPatch, is_written: bool
) -> None:
    session = TerminalSession.objects.create(
        customer=acme,
        device=make_device(acme, "r1"),
        user=operator,
        holder=operator,
        username="operator",
        seen_at=now(),
    )
    monkeypatch.setattr(recorder, "RETRY_S", 0.01)
    failed: list[int] = []

    async def record() -> Recorder:
        written = Recorder(session, typed=False, caught_up=lambda: None)
        loop = asyncio.get_running_loop()

        def keep(**part: Any) -> None:
            if not failed:
                failed.append(part["number"])
                if is_written:
                    keep_part(**part)
                loop.call_soon_threadsafe(written.shown, b"second ")
                raise OperationalError("the answer got lost")
            keep_part(**part)

        monkeypatch.setattr(recorder, "keep_part", keep)
        written.start()
        written.shown(b"first ")
        while not written.written:
            await asyncio.sleep(0.01)
        written.shown(b"third")
        await written.finish()
        return written

    written = asyncio.run(record())
    shown = "".join(json.loads(event)[2] for event in "".join(asciicast(session)).splitlines()[1:])
    assert shown == "first second third"
    assert failed == [1]
    assert (written.total, written.waiting) == (len(shown), 0)
