"""Captured configurations: the list, a device's timeline, one text, secrets, download."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config_mgmt.models import ConfigSnapshot
from conftest import MakeDevice
from core.models import AuditEvent
from customers.models import Customer
from devices.models import Device
from ui.snapshots.shown import WINDOW
from users.models import User

FRAGMENT = {"HX-Request": "true"}
TEXT = "hostname r1\nenable secret 9 $9$verysecret\nbanner ^<script>alert(1)</script>^\nend\n"
MakeSnapshot = Callable[..., ConfigSnapshot]


@pytest.fixture
def as_operator(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


@pytest.fixture
def snapshot(device: Device, make_snapshot: MakeSnapshot) -> ConfigSnapshot:
    return make_snapshot(device, TEXT)


def test_text_is_escaped_and_its_secrets_are_masked(client: Client, viewer: User, snapshot: ConfigSnapshot) -> None:
    client.force_login(viewer)
    text = client.get(f"/snapshots/{snapshot.pk}/").text
    assert "hostname r1" in text
    assert "verysecret" not in text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "Show secrets" not in text


@pytest.mark.parametrize("headers", [{}, FRAGMENT])
def test_showing_secrets_is_audited_and_never_cached(
    as_operator: Client, operator: User, snapshot: ConfigSnapshot, headers: dict[str, str]
) -> None:
    assert "Show secrets" in as_operator.get(f"/snapshots/{snapshot.pk}/").text
    response = as_operator.post(f"/snapshots/{snapshot.pk}/secrets/", headers=headers)
    assert "$9$verysecret" in response.text
    assert "no-store" in response["Cache-Control"]
    event = AuditEvent.objects.get(action="snapshot.reveal_secrets")
    assert (event.actor, event.object_id, event.customer) == (operator, snapshot.pk, snapshot.customer)


def test_viewer_may_not_see_secrets(client: Client, viewer: User, snapshot: ConfigSnapshot) -> None:
    client.force_login(viewer)
    response = client.post(f"/snapshots/{snapshot.pk}/secrets/")
    assert response.status_code == 403
    assert "verysecret" not in response.text
    assert not AuditEvent.objects.filter(action="snapshot.reveal_secrets").exists()


def test_secrets_are_not_shown_by_following_a_link(as_operator: Client, snapshot: ConfigSnapshot) -> None:
    assert as_operator.get(f"/snapshots/{snapshot.pk}/secrets/").status_code == 405


def test_download_is_masked_and_names_the_version(as_operator: Client, snapshot: ConfigSnapshot) -> None:
    response = as_operator.get(f"/snapshots/{snapshot.pk}/download/")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="acme-r1-v1-')
    assert "hostname r1" in response.text
    assert "verysecret" not in response.text


@pytest.mark.parametrize("tail", ["", "download/"])
def test_foreign_snapshot_is_404(
    as_operator: Client, foreign_device: Device, make_snapshot: MakeSnapshot, tail: str
) -> None:
    foreign = make_snapshot(foreign_device, TEXT)
    assert as_operator.get(f"/snapshots/{foreign.pk}/{tail}").status_code == 404
    assert as_operator.post(f"/snapshots/{foreign.pk}/secrets/").status_code == 404


def test_long_text_comes_in_windows(as_operator: Client, device: Device, make_snapshot: MakeSnapshot) -> None:
    lines = [f"line {number}" for number in range(1, 2 * WINDOW + 11)]
    snapshot = make_snapshot(device, "\n".join([*lines, "end", ""]))
    url = f"/snapshots/{snapshot.pk}/"
    first, last = as_operator.get(url), as_operator.get(f"{url}?from={2 * WINDOW}", headers=FRAGMENT)
    assert f'id="L{WINDOW}"' in first.text
    assert f'id="L{WINDOW + 1}"' not in first.text
    assert f"?from={WINDOW}" in first.text
    assert f'<li id="L{2 * WINDOW + 1}">line {2 * WINDOW + 1}</li>' in last.text
    assert "?from=" not in last.text
    assert as_operator.get(f"{url}?from=99999999").status_code == 200


def test_timeline_folds_unchanged_captures(as_operator: Client, device: Device, make_snapshot: MakeSnapshot) -> None:
    for text in ("a\nend\n", "b\nend\n", "b\nend\n", "b\nend\n"):
        make_snapshot(device, text)
    make_snapshot(device, "b\n", problems=("The end marker was not seen.",))
    make_snapshot(device, "b\n", problems=("The end marker was not seen.",))
    text = as_operator.get(f"/devices/{device.pk}/snapshots/").text
    assert text.count("<tr>") == 1 + 3
    assert "Confirmed 2 times" in text
    assert "2 times, last" in text
    assert "The end marker was not seen." in text


def test_version_leads_to_its_neighbours(as_operator: Client, device: Device, make_snapshot: MakeSnapshot) -> None:
    first, second, third = (make_snapshot(device, f"{word}\nend\n") for word in "abc")
    text = as_operator.get(f"/snapshots/{second.pk}/").text
    assert f'rel="prev" href="/snapshots/{first.pk}/"' in text
    assert f'rel="next" href="/snapshots/{third.pk}/"' in text
    assert f"?a={first.pk}&amp;b={second.pk}" in text


def test_failed_attempt_shows_its_reason(as_operator: Client, snapshot: ConfigSnapshot) -> None:
    ConfigSnapshot.objects.filter(pk=snapshot.pk).update(
        status="failed", problems=["No answer on port 22."], text=None, version=None, is_new_version=False
    )
    text = as_operator.get(f"/snapshots/{snapshot.pk}/").text
    assert "No answer on port 22." in text
    assert "Nothing was read" in text
    assert "Download" not in text


SHOWN = {
    "": {"acme-r1"},
    "show=all": {"acme-r1", "r2"},
    "show=problems": {"r2"},
    "q=r2&show=all": {"r2"},
    "q=zz": set(),
}


@pytest.mark.parametrize("query", SHOWN)
def test_list_shows_changes_problems_or_all(
    as_operator: Client,
    acme: Customer,
    snapshot: ConfigSnapshot,
    foreign_device: Device,
    make_device: MakeDevice,
    make_snapshot: MakeSnapshot,
    query: str,
) -> None:
    make_snapshot(make_device(acme, "r2"), "x\n", problems=("Cut off.",))
    make_snapshot(foreign_device, TEXT)
    text = as_operator.get(f"/snapshots/?{query}", headers=FRAGMENT).text
    assert {name for name in ("acme-r1", "r2", "globex-r1") if f">{name}<" in text} == SHOWN[query]


def test_empty_list_says_so(as_operator: Client) -> None:
    assert "No configurations yet" in as_operator.get("/snapshots/").text
    assert "Nothing matches" in as_operator.get("/snapshots/?q=zz").text


@pytest.mark.parametrize("url", ["/snapshots/?show=all", "/devices/{device}/snapshots/"])
def test_queries_do_not_grow_with_rows(
    as_operator: Client, device: Device, make_snapshot: MakeSnapshot, url: str
) -> None:
    counts = []
    for batch in range(2):
        for number in range(1 + 3 * batch):
            make_snapshot(device, f"{batch} {number}\nend\n")
        with CaptureQueriesContext(connection) as captured:
            as_operator.get(url.format(device=device.pk))
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_list_has_a_next_page_only_where_there_is_more(
    as_operator: Client, device: Device, make_snapshot: MakeSnapshot
) -> None:
    for number in range(26):
        make_snapshot(device, f"{number}\nend\n")
    first, second = (as_operator.get(f"/snapshots/?size=25&page={page}").text for page in (1, 2))
    assert first.count('class="row-link"') == 25
    assert 'rel="next"' in first
    assert second.count('class="row-link"') == 1
    assert 'rel="next"' not in second
    assert as_operator.get("/snapshots/?page=99999999").status_code == 200
