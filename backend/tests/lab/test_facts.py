"""Facts and interfaces of real routers, through the worker's path; a cut link and a pulled plug are told."""

from __future__ import annotations

import json

import pytest

from devices.models import Device
from discovery.models import DeviceFacts, Interface
from jobs.enums import JobStatus
from jobs.models import Job
from jobs.services import start_job
from jobs.tests.test_runner import run_all
from networkops.tests.conftest import settled
from tests.lab.running import RunningLab
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def refresh(operator: User, *devices: Device, **params: int) -> Job:
    ids = [device.pk for device in devices]
    customer = devices[0].customer
    return run_all(start_job(actor=operator, customer=customer, kind="refresh_facts", devices=ids, params=params))


def test_what_stands_in_the_product_is_what_the_routers_have(
    lab: RunningLab, lab_devices: dict[str, Device], operator: User
) -> None:
    assert refresh(operator, *lab_devices.values()).status == JobStatus.SUCCEEDED

    for name, device in lab_devices.items():
        device.refresh_from_db()
        assert device.serial == lab.do("exec", name, "cat", "/etc/machine-id").strip()
        assert device.os_version in lab.do("exec", name, "/usr/lib/frr/zebra", "--version")
        facts = DeviceFacts.objects.get(device=device)
        assert (facts.vendor, facts.reported_hostname, facts.problems) == ("FRRouting", name, [])
        there = {row["ifname"]: row for row in json.loads(lab.do("exec", name, "ip", "-j", "addr")) if row}
        kept = {row.name: row for row in Interface.objects.filter(device=device)}
        assert set(kept) == set(there)
        for port, row in there.items():
            addresses = {f"{one['local']}/{one['prefixlen']}" for one in row["addr_info"]}
            assert set(kept[port].address_texts) >= {one for one in addresses if not one.startswith(("127.", "::1"))}
            assert kept[port].enabled == ("UP" in row["flags"])
            assert kept[port].mac in ("", row["address"].upper())


def test_a_cut_link_is_down_at_both_ends(lab: RunningLab, lab_devices: dict[str, Device], operator: User) -> None:
    port = lab.routers["r1"]["ports"][0]

    def is_up(name: str, interface: str) -> bool:
        refresh(operator, lab_devices[name])
        return bool(Interface.objects.get(device=lab_devices[name], name=interface).up)

    with lab.without_link("r1", port["name"]):
        assert not is_up("r1", port["name"])
        # the other end learns of it a moment later
        assert settled(lambda: not is_up(port["peer"], port["peer_port"]), within_s=30)
    assert settled(lambda: is_up("r1", port["name"]), within_s=30)


def test_a_router_without_power_keeps_what_was_known(
    lab: RunningLab, lab_devices: dict[str, Device], operator: User
) -> None:
    device = lab_devices["r3"]
    refresh(operator, device)
    known = Interface.objects.filter(device=device).count()
    with lab.without_power("r3"):
        target = refresh(operator, device, timeout_s=1).targets.get()
    lab.do("settle")

    assert (target.status, target.error_code) == ("failed", "unreachable")
    assert known and Interface.objects.filter(device=device).count() == known


def test_an_account_without_a_shell_gets_what_vtysh_tells(lab_devices: dict[str, Device], operator: User) -> None:
    device = lab_devices["r1"]
    assert device.credential
    device.credential.username = "vtysh"
    device.credential.save()

    assert refresh(operator, device).status == JobStatus.SUCCEEDED

    facts = DeviceFacts.objects.get(device=device)
    assert facts.booted_at is None
    assert any("no serial number" in problem for problem in facts.problems)
    assert Interface.objects.filter(device=device, up=True).exists()
