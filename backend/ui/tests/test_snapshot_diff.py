"""The difference of two captured configurations of a device."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from config_mgmt.models import ConfigSnapshot
from conftest import MakeDevice
from customers.models import Customer
from devices.models import Device
from users.models import User

MakeSnapshot = Callable[..., ConfigSnapshot]
Pair = tuple[ConfigSnapshot, ConfigSnapshot]
OLD = "! Last configuration change at 09:00\nhostname r1\nenable secret 9 $9$oldsecret\nip mtu 1500\nend\n"
NEW = "! Last configuration change at 10:00\nhostname r1\nenable secret 9 $9$newsecret\nip mtu <b>9000\nend\n"


@pytest.fixture
def as_viewer(client: Client, viewer: User) -> Client:
    client.force_login(viewer)
    return client


@pytest.fixture
def pair(device: Device, make_snapshot: MakeSnapshot) -> Pair:
    return make_snapshot(device, OLD), make_snapshot(device, NEW)


@pytest.mark.parametrize("view", ["split", "unified", "nonsense"])
def test_shows_what_changed_without_secrets(as_viewer: Client, pair: Pair, view: str) -> None:
    text = as_viewer.get(f"/snapshots/diff/?a={pair[0].pk}&b={pair[1].pk}&view={view}").text
    assert "<del>1500</del>" in text
    assert "<ins>&lt;b&gt;9000</ins>" in text
    assert "secret changed" in text
    assert "oldsecret" not in text
    assert "newsecret" not in text


def test_lines_that_change_by_themselves_do_not_count(as_viewer: Client, pair: Pair) -> None:
    text = as_viewer.get(f"/snapshots/diff/?a={pair[0].pk}&b={pair[1].pk}").text
    assert "+2" in text
    assert "−2" in text
    assert (pair[1].lines_added, pair[1].lines_removed) == (2, 2)


def test_older_one_stands_left_whatever_the_order_of_the_names(as_viewer: Client, pair: Pair) -> None:
    older, newer = pair
    texts = {
        as_viewer.get(f"/snapshots/diff/?{query}").text.split("<main")[1]
        for query in (f"a={older.pk}&b={newer.pk}", f"a={newer.pk}&b={older.pk}", f"v={newer.pk}&v={older.pk}")
    }
    assert len(texts) == 1


def test_same_text_says_so(as_viewer: Client, device: Device, make_snapshot: MakeSnapshot) -> None:
    first, second = make_snapshot(device, OLD), make_snapshot(device, OLD)
    assert "No difference" in as_viewer.get(f"/snapshots/diff/?a={first.pk}&b={second.pk}").text


def test_choosing_one_or_three_leads_back_with_words(
    as_viewer: Client, pair: Pair, device: Device, make_snapshot: MakeSnapshot
) -> None:
    third = make_snapshot(device, "end\n")
    for chosen in (pair[:1], (*pair, third)):
        query = "&".join(f"v={snapshot.pk}" for snapshot in chosen)
        response = as_viewer.get(f"/snapshots/diff/?{query}", follow=True)
        assert response.redirect_chain[0][0] == f"/devices/{device.pk}/snapshots/"
        assert "Choose two configurations" in response.text


def test_two_devices_cannot_be_compared(
    as_viewer: Client, acme: Customer, pair: Pair, make_device: MakeDevice, make_snapshot: MakeSnapshot
) -> None:
    other = make_snapshot(make_device(acme, "r2"), NEW)
    response = as_viewer.get(f"/snapshots/diff/?a={pair[0].pk}&b={other.pk}", follow=True)
    assert "Choose two configurations of one device" in response.text


@pytest.mark.parametrize("other", ["foreign", "999999", "x"])
def test_foreign_or_unknown_one_is_404(
    as_viewer: Client, pair: Pair, foreign_device: Device, make_snapshot: MakeSnapshot, other: str
) -> None:
    name = str(make_snapshot(foreign_device, OLD).pk) if other == "foreign" else other
    assert as_viewer.get(f"/snapshots/diff/?a={pair[0].pk}&b={name}").status_code == 404
    assert as_viewer.get(f"/snapshots/diff/?a={name}").status_code == 404
