"""The dashboard: figures, lists, and what it costs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config_mgmt.models import ConfigSnapshot
from conftest import MakeDevice
from customers.models import Customer
from devices.models import Device
from jobs.models import Job
from ui.dashboard.shown import percent
from users.models import User

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def as_operator(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def figures(client: Client) -> dict[str, str]:
    tiles = client.get("/").text.split('class="tile-label"')[1:]
    cells = [tile.split("</svg>")[1].split("</span>") for tile in tiles]
    return {label: value.split(">")[-1] for label, value, *_ in cells}


def test_figures_are_of_the_users_devices(
    as_operator: Client,
    acme: Customer,
    device: Device,
    foreign_device: Device,
    make_device: MakeDevice,
    make_snapshot: Callable[..., ConfigSnapshot],
) -> None:
    make_snapshot(device, "hostname r1\nend\n")
    make_snapshot(make_device(acme, "r2"), "hostname r2\n", problems=("The end marker was not seen.",))
    make_device(acme, "r3", reachability="unreachable")
    assert figures(as_operator) == {
        "Devices": "3",
        "Unreachable": "1",
        "Backed up in 24 h": "33.3 %",
        "Backup failing": "1",
    }
    assert "The end marker was not seen." in as_operator.get("/").text


@pytest.mark.parametrize(
    ("part", "total", "words"), [(99_999, 100_000, "99.9 %"), (100_000, 100_000, "100 %"), (0, 0, "–")]
)
def test_not_quite_all_is_never_called_100_percent(part: int, total: int, words: str) -> None:
    assert percent(part, total) == words


def test_changes_list_new_versions_but_not_first_ones(
    as_operator: Client, device: Device, make_snapshot: Callable[..., ConfigSnapshot]
) -> None:
    make_snapshot(device, "hostname r1\nend\n")
    assert "No change so far" in as_operator.get("/").text
    make_snapshot(device, "hostname r1\nip routing\nend\n")
    assert "Version 2" in as_operator.get("/").text


def test_jobs_under_way_refresh_until_they_end(
    as_operator: Client, operator: User, device: Device, make_job: Callable[..., Job]
) -> None:
    job = make_job(operator, [device])
    assert f"/jobs/{job.pk}/" in as_operator.get("/", headers=FRAGMENT).text
    Job.objects.filter(pk=job.pk).update(status="succeeded", finished_at=job.created_at)
    response = as_operator.get("/", headers=FRAGMENT)
    assert response["HX-Retarget"] == "#overview"
    assert "every 2s" not in response.text


def test_no_devices_says_so(as_operator: Client) -> None:
    assert "No devices yet" in as_operator.get("/").text


def test_queries_do_not_grow_with_rows(
    as_operator: Client,
    operator: User,
    acme: Customer,
    make_device: MakeDevice,
    make_job: Callable[..., Job],
    make_snapshot: Callable[..., ConfigSnapshot],
) -> None:
    counts = []
    for batch in range(2):
        for number in range(3):
            device = make_device(acme, f"r{batch}-{number}", platform=["ios", "eos", "frr"][number])
            make_snapshot(device, "a\nend\n")
            make_snapshot(device, "b\nend\n")
            make_snapshot(device, "c\n", problems=("Cut off.",))
            make_job(operator, [device])
        with CaptureQueriesContext(connection) as captured:
            as_operator.get("/")
        counts.append(len(captured))
    assert counts[0] == counts[1]
