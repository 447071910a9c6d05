"""Terminal sessions over the API: the list, the file, the recording and its audit."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import AuditEvent
from devices.models import Device
from terminals.models import TerminalSession
from terminals.services import keep_part
from users.models import User

SESSIONS = "/api/v1/sessions/"


@pytest.fixture
def session(device: Device, operator: User) -> TerminalSession:
    made = TerminalSession.objects.create(
        customer=device.customer, device=device, user=operator, username="operator", holder=operator,
        correlation_id="c", home="here", seen_at=timezone.now(),
    )  # fmt: skip
    for number, word in enumerate(("one", "two"), 1):
        lines = f'[{number}.0, "o", "{word}"]\n'.encode()
        keep_part(session=made, number=number, lines=lines, bytes_out=6, recorded_s=number)
    return made


def test_sessions_are_listed_and_their_recordings_read(
    session: TerminalSession, operator: User, as_: Callable[[User], APIClient]
) -> None:
    client = as_(operator)
    [row] = client.get(SESSIONS).json()["results"]
    assert (row["id"], row["device"]["hostname"], row["status"], row["recorded_s"]) == (
        session.pk, "acme-r1", "open", 2.0,
    )  # fmt: skip
    answer: Any = client.get(f"{SESSIONS}{session.pk}/recording/")
    head, *events = b"".join(answer.streaming_content).decode().splitlines()
    assert json.loads(head)["version"] == 2
    assert [json.loads(event)[2] for event in events] == ["one", "two"]
    assert AuditEvent.objects.filter(action="terminal.download", actor=operator).count() == 1


def test_an_open_session_is_ended_once(
    session: TerminalSession, operator: User, as_: Callable[[User], APIClient]
) -> None:
    for _ in range(2):
        assert as_(operator).post(f"{SESSIONS}{session.pk}/end/").json()["reason"] == "closed"
    assert AuditEvent.objects.filter(action="terminal.close").count() == 1


def test_a_part_that_was_written_stays_as_it_is(session: TerminalSession) -> None:
    keep_part(session=session, number=2, lines=b"other", bytes_out=9, recorded_s=9)
    session.refresh_from_db()
    assert (session.parts.count(), session.recorded_s) == (2, 2.0)


def test_viewers_see_no_sessions(session: TerminalSession, viewer: User, as_: Callable[[User], APIClient]) -> None:
    assert as_(viewer).get(SESSIONS).status_code == 403


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(
    session: TerminalSession, operator: User, as_: Callable[[User], APIClient], many: int,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    for _ in range(many - 1):
        session.pk = None
        session._state.adding = True
        session.save()
    client = as_(operator)
    with django_assert_max_num_queries(12):
        assert len(client.get(SESSIONS).json()["results"]) == many
