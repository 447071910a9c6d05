"""From what a device said to its rows: replaced, never poisoned, and in few queries."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.models import AuditEvent
from customers.models import Customer
from devices.models import Device
from discovery.models import DeviceFacts, Interface, InterfaceAddress
from discovery.selectors import facts_of, interface_counts, interfaces_of
from discovery.services import keep_facts
from discovery.tests.readings import keep, seen
from jobs.kinds import Finished
from jobs.models import Job, JobTarget
from networkops.errors import HostUnreachable
from networkops.facts.types import InterfaceSeen
from users.models import User

MakeDevice = Callable[..., Device]


def test_facts_and_interfaces_are_written(device: Device, viewer: User) -> None:
    e1 = InterfaceSeen(
        "e1", "uplink", "0E:1C:6E:BF:F3:FC", 1500, 1_000_000, True, True, ("10.0.0.1/24", "2001:db8::1/64")
    )

    (outcome,) = keep(device, found=seen(e1, "e2", problems=("left out: address ('x')",)))

    device.refresh_from_db()
    assert (device.model, device.serial, device.os_version, device.uptime_s) == ("C9300", "FOC1", "17.9", 3600)
    facts = facts_of(viewer, device)
    assert facts is not None
    assert (facts.vendor, facts.reported_hostname, facts.problems) == ("Cisco", "r1", ["left out: address ('x')"])
    assert facts.booted_at is not None and (facts.read_at - facts.booted_at).total_seconds() == 3600
    first, second = interfaces_of(viewer, device)
    assert (first.name, first.description, first.mtu, first.speed_kbps, first.up) == (
        "e1",
        "uplink",
        1500,
        1_000_000,
        True,
    )
    assert [str(one) for one in first.addresses.all()] == ["10.0.0.1/24", "2001:db8::1/64"]
    assert (second.mtu, second.up, second.addresses.count()) == (None, None, 0)
    assert outcome.result == {"interfaces": 2, "changed": [], "problems": 1}
    assert (outcome.line, outcome.level) == ("facts read, 2 interfaces", "warning")
    assert not AuditEvent.objects.filter(action="device.facts").exists()


def test_what_vanished_goes_and_what_changed_is_written_over(device: Device, viewer: User) -> None:
    keep(device, found=seen(InterfaceSeen("e1", addresses=("10.0.0.1/24",)), "e2", "e10"))
    before = Interface.objects.get(name="e1").pk

    (outcome,) = keep(device, found=seen(InterfaceSeen("e1", "new", addresses=("10.0.0.2/24",)), "e10", "e3"))

    assert [one.name for one in interfaces_of(viewer, device)] == ["e1", "e3", "e10"]
    row = Interface.objects.get(name="e1")
    assert (row.pk, row.description) == (before, "new")
    assert [str(one) for one in row.addresses.all()] == ["10.0.0.2/24"]
    assert outcome.line == "facts read, 3 interfaces, 1 new, 1 gone"


def test_what_could_not_be_read_stands(device: Device, viewer: User) -> None:
    keep(device, found=seen(InterfaceSeen("e1", addresses=("10.0.0.1/24",)), "e2"))

    keep(device, found=seen("e1", has_addresses=False, named=frozenset({"e1", "e2"})))
    assert [one.name for one in interfaces_of(viewer, device)] == ["e1", "e2"]
    assert InterfaceAddress.objects.count() == 1

    (outcome,) = keep(device, found=seen(interfaces=None, serial="", model=""))
    assert interfaces_of(viewer, device).count() == 2
    device.refresh_from_db()
    assert (device.serial, device.model) == ("FOC1", "C9300")
    assert outcome.line == "facts read, interfaces not"
    facts = facts_of(viewer, device)
    assert facts is not None and facts.interfaces_read_at is not None and facts.interfaces_read_at < facts.read_at


def test_an_answer_that_is_not_whole_removes_nothing(device: Device, viewer: User) -> None:
    keep(device, found=seen("e1", "e2", "e3"))

    (outcome,) = keep(device, found=seen("e1", "e9", serial=""))

    assert [one.name for one in interfaces_of(viewer, device)] == ["e1", "e2", "e3", "e9"]
    assert outcome.line == "facts read, 2 interfaces, 1 new"


def test_a_device_that_failed_keeps_its_facts(device: Device) -> None:
    keep(device, found=seen("e1"))

    (outcome,) = keep(device, error=HostUnreachable("no connection"))

    assert isinstance(outcome.error, HostUnreachable)
    assert Interface.objects.count() == 1
    device.refresh_from_db()
    assert device.serial == "FOC1"


def test_other_hardware_is_told_and_audited(device: Device) -> None:
    keep(device, found=seen("e1"))

    (outcome,) = keep(device, found=seen("e1", serial="FOC2", os_version="17.12", uptime_s=3600))

    assert outcome.level == "warning"
    assert "serial number changed from FOC1 to FOC2" in outcome.line
    assert "this is other hardware than before" in outcome.line
    assert outcome.result["changed"] == ["os_version", "serial"]
    event = AuditEvent.objects.get(action="device.facts")
    assert (event.before, event.after) == (
        {"serial": "FOC1", "os_version": "17.9"}, {"serial": "FOC2", "os_version": "17.12"}
    )  # fmt: skip
    assert (event.actor_name, event.object_id, event.customer_id) == ("webnet", device.pk, device.customer_id)


def test_a_restart_is_told(device: Device) -> None:
    keep(device, found=seen("e1", uptime_s=90_000))

    assert "restarted" not in keep(device, found=seen("e1", uptime_s=90_001))[0].line
    assert "restarted since it was last asked" in keep(device, found=seen("e1", uptime_s=60))[0].line


def test_texts_that_no_database_takes(device: Device) -> None:
    keep(device, found=seen(InterfaceSeen("e1", "a\x00b\ud800"), vendor="\x00", problems=("\x00",)))

    assert Interface.objects.get().description == "a�b�"


@pytest.mark.parametrize("number", [1, 3])
def test_as_many_queries_for_three_devices_as_for_one(acme: Customer, make_device: MakeDevice, number: int) -> None:
    devices = [make_device(acme, f"d-{one}") for one in range(number)]
    ports = tuple(InterfaceSeen(f"e{port}", addresses=(f"10.0.{port}.1/24",)) for port in range(20))
    keep(*devices, found=seen(*ports))
    job = Job.objects.create(customer=acme, kind="refresh_facts", correlation_id="test")
    targets = [JobTarget.objects.create(job=job, customer=acme, device=device) for device in devices]

    with (
        CaptureQueriesContext(
            connection,
        ) as queries,
        transaction.atomic(),
    ):
        keep_facts(job, [Finished(target, seen(*ports[1:])) for target in targets])

    told = [query["sql"] for query in queries.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert len(told) <= 14, told
    assert DeviceFacts.objects.count() == number
    assert Interface.objects.count() == InterfaceAddress.objects.count() == 19 * number


def test_twenty_thousand_interfaces(device: Device, viewer: User) -> None:
    keep(device, found=seen(*(InterfaceSeen(f"e{port}", up=bool(port % 2), enabled=True) for port in range(20_000))))

    assert interface_counts(interfaces_of(viewer, device)) == {"total": 20_000, "up": 10_000, "down": 10_000, "off": 0}
    keep(device, found=seen("e1"))
    assert Interface.objects.count() == 1


def test_another_customer_sees_none_of_it(device: Device, stranger: User) -> None:
    keep(device, found=seen("e1"))

    assert facts_of(stranger, device) is None
    assert not interfaces_of(stranger, device).exists()
