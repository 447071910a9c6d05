"""The terminal sessions of one device on its page: who, how long, how it ended, what it changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config_mgmt.models import ConfigSnapshot
from devices.models import Device
from terminals.models import SessionChange, TerminalSession
from users.models import User


@pytest.fixture
def client(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def address(device: Device) -> str:
    return reverse("ui:device_sessions", args=[device.pk])


def session_on(device: Device, user: User, *, ended: bool = True, **fields: Any) -> TerminalSession:
    """Opened two hours ago; it ended after 90 seconds."""
    opened = timezone.now() - timedelta(hours=2)
    end = {"status": "ended", "reason": "idle", "ended_at": opened + timedelta(seconds=90)} if ended else {}
    return TerminalSession.objects.create(
        customer=device.customer, device=device, user=user, username=user.username, holder=user, correlation_id="c",
        home="here", seen_at=timezone.now(), opened_at=opened, **end, **fields,
    )  # fmt: skip


def test_device_without_sessions_says_so(client: Client, device: Device) -> None:
    text = client.get(address(device)).text
    assert "Nobody has opened a terminal on this device yet" in text
    assert "Open a terminal" in text
    Device.objects.filter(pk=device.pk).update(enabled=False)
    text = client.get(address(device)).text
    assert "no terminal can be opened on it now" in text
    assert reverse("ui:terminal", args=[device.pk]) not in text


def test_an_ended_session_tells_who_how_long_and_how_it_ended(client: Client, device: Device, operator: User) -> None:
    session = session_on(device, operator, detail="Nobody typed for <15> minutes.", typed=True, config_check="first")
    text = client.get(address(device)).text
    for words in ("1 min 30 s", "Idle for too long", "Nobody typed for &lt;15&gt; minutes.", "no backup before it"):
        assert words in text
    assert reverse("ui:terminal_replay", args=[session.pk]) in text
    assert reverse("ui:terminal_end", args=[session.pk]) not in text


def test_an_open_one_is_watched_or_gone_to_and_ended_from_here(
    client: Client, device: Device, operator: User, admin: User
) -> None:
    mine, other = session_on(device, operator, ended=False), session_on(device, admin, ended=False)
    text = client.get(address(device)).text
    terminal = reverse("ui:terminal", args=[device.pk])
    assert f'"{terminal}?session={mine.pk}">Go to it' in text
    assert f'"{terminal}?session={other.pk}&amp;watch=1">Watch' in text
    assert 'hx-trigger="every 5s"' in text
    answer = client.post(reverse("ui:terminal_end", args=[other.pk]), {"back": "device"})
    assert (answer.status_code, answer["Location"]) == (302, address(device))
    other.refresh_from_db()
    assert (other.reason, other.is_open) == ("closed", False)
    assert client.post(reverse("ui:terminal_end", args=[mine.pk]), {"back": "x"})["Location"] == "/sessions/"
    assert 'hx-trigger="every 5s"' not in client.get(address(device)).text


def test_a_change_links_to_its_difference(
    client: Client, device: Device, operator: User, make_snapshot: Callable[..., ConfigSnapshot]
) -> None:
    before, after = (make_snapshot(device, f"hostname {name}\nntp server 10.0.0.1\nend\n") for name in ("r1", "r2"))
    session = session_on(device, operator, typed=True, config_check="changed")
    SessionChange.objects.create(customer=device.customer, session=session, before=before, after=after)
    text = client.get(address(device)).text
    assert f"?a={before.pk}&amp;b={after.pk}" in text
    assert "Changed, version 1 to 2" in text


def test_the_tab_stands_where_one_may_see_it(client: Client, device: Device, operator: User, viewer: User) -> None:
    session_on(device, operator)
    page = reverse("ui:device_detail", args=[device.pk])
    assert address(device) in client.get(page).text
    client.force_login(viewer)
    assert address(device) not in client.get(page).text
    assert client.get(address(device)).status_code == 403


def test_sessions_of_other_devices_and_customers_are_not_there(
    client: Client, device: Device, foreign_device: Device, operator: User, make_device: Any
) -> None:
    session_on(make_device(device.customer, "r2"), operator)
    assert client.get(address(device)).context["page"].paginator.count == 0
    assert client.get(address(foreign_device)).status_code == 404


def test_table_alone_for_a_fragment(client: Client, device: Device, operator: User) -> None:
    for _ in range(60):
        session_on(device, operator)
    text = client.get(f"{address(device)}?page=2", headers={"HX-Request": "true"}).text
    assert text.count("<tr>") == 1 + 10
    assert "<html" not in text


def test_page_asks_the_database_as_often_for_three_as_for_one(
    client: Client, device: Device, operator: User, make_snapshot: Callable[..., ConfigSnapshot]
) -> None:
    asked = []
    before = make_snapshot(device, "hostname r0\nntp server 10.0.0.1\nend\n")
    for number in range(1, 4):
        after = make_snapshot(device, f"hostname r{number}\nntp server 10.0.0.1\nend\n")
        assert after.target is not None
        session = session_on(device, operator, config_check="changed", backup=after.target.job)
        SessionChange.objects.create(customer=device.customer, session=session, before=before, after=after)
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(address(device)).context["page"]) == number
        asked.append(len(queries))
    assert len(set(asked)) == 1
