"""Pages that tell what changed around a session, and for whom they link to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config_mgmt.models import ConfigSnapshot
from devices.models import Device
from terminals.models import SessionChange, TerminalSession
from users.models import User


@pytest.fixture
def change(make_snapshot: Callable[..., ConfigSnapshot], device: Device, operator: User) -> SessionChange:
    before, after = (make_snapshot(device, f"hostname {name}\nntp server 10.0.0.1\nend\n") for name in ("r1", "r2"))
    session = TerminalSession.objects.create(
        customer=device.customer, device=device, user=operator, username="operator", holder=operator, typed=True,
        correlation_id="c", home="here", seen_at=timezone.now(), status="ended", reason="closed", detail="Closed.",
        ended_at=timezone.now(), config_check="changed",
    )  # fmt: skip
    return SessionChange.objects.create(customer=device.customer, session=session, before=before, after=after)


def page(client: Client, user: User, name: str, pk: int | None = None) -> str:
    client.force_login(user)
    return client.get(reverse(f"ui:{name}", args=[pk] if pk else [])).content.decode()


def test_the_recording_shows_the_difference(client: Client, change: SessionChange, operator: User) -> None:
    html = page(client, operator, "terminal_replay", change.session_id)
    assert "Configuration changed during this session" in html
    assert "hostname <del>r1</del>" in html and "hostname <ins>r2</ins>" in html
    assert f"?a={change.before_id}&amp;b={change.after_id}" in html
    assert "Config changed" in page(client, operator, "terminal_list")


def test_the_history_names_the_session(
    client: Client, change: SessionChange, operator: User, viewer: User, device: Device
) -> None:
    link = reverse("ui:terminal_replay", args=[change.session_id])
    for name, pk in (("device_snapshots", device.pk), ("snapshot_detail", change.after_id)):
        html = page(client, operator, name, pk)
        assert html.count("Changed during the") == 1 and link in html
        html = page(client, viewer, name, pk)
        assert "session of operator" in html and link not in html
    assert "Changed during the" not in page(client, operator, "snapshot_detail", change.before_id)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"config_check": "waiting"}, "waits for a backup after it"),
        ({"config_check": "unchanged"}, "unchanged"),
        ({"config_check": "first"}, "there was no backup before it"),
        ({"config_check": "failed", "config_detail": "The device is <disabled>."}, "The device is &lt;disabled&gt;."),
        ({"config_check": "unknown", "config_detail": "Its log says what."}, "not known. Its log says what."),
        ({"config_check": "", "typed": False}, "nothing was typed"),
    ],
)
def test_what_is_known_is_said_in_words(
    client: Client, change: SessionChange, operator: User, values: dict[str, object], words: str
) -> None:
    TerminalSession.objects.filter(pk=change.session_id).update(**values)
    assert words in page(client, operator, "terminal_replay", change.session_id)
