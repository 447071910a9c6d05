"""Discoveries on simulated devices, through the worker's path: from start_job to links and words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.utils import timezone

from conftest import MakeDevice
from core.models import AuditEvent
from customers.models import Customer
from devices.models import Device
from jobs.enums import JobKind, JobStatus
from jobs.kinds import Finished
from jobs.models import Job, JobTarget
from networkops.errors import Cancelled, HostUnreachable, NetworkError
from networkops.neighbours import Heard, Neighbours
from simulator.wiring import ring
from topology import sightings
from topology.enums import LinkState, MatchedBy
from topology.handlers import after_discovery, keep_neighbours
from topology.models import Neighbour, NeighbourAnswer, TopologyLink
from topology.selectors import unknown_neighbours
from topology.services import NO_ADDRESS, add_as_device
from topology.tests.conftest import MakeWired, discover
from users.models import User
from users.permissions import NotAllowed

Tell = Callable[[dict[Device, Any]], Job]


def states() -> dict[frozenset[str], str]:
    """The state of each link by the names of its devices."""
    rows = TopologyLink.objects.values_list("device_a__hostname", "device_b__hostname", "state")
    return {frozenset((a, b)): state for a, b, state in rows}


@pytest.mark.django_db(transaction=True)
def test_the_topology_of_a_ring_is_the_ring_and_says_what_was_cut_and_switched_off(
    make_wired: MakeWired, operator: User
) -> None:
    names = ["r1", "r2", "r3", "r4", "r5", "r6"]
    platforms = dict(zip(names, ["ios", "eos", "frr", "junos", "ios", "frr"], strict=True))
    fleet, devices = make_wired(platforms, ring(names))
    job = discover(operator, *devices.values())

    assert job.status == JobStatus.SUCCEEDED, job.summary
    cables = {frozenset(cable) for cable in ring(names)}
    assert states() == dict.fromkeys(cables, LinkState.PROVEN)
    assert not TopologyLink.objects.exclude(detail="").exists()
    assert not Neighbour.objects.filter(remote=None).exists()

    for name, peer in (("r2", "r3"), ("r3", "r2")):  # the cable between them is cut
        spec = fleet[name].spec
        object.__setattr__(spec, "links", tuple(link for link in spec.links if link.peer != peer))
    fleet["r5"].set_fault("unreachable")
    job = discover(operator, *devices.values())

    assert job.status == JobStatus.PARTIAL
    off = {frozenset(("r4", "r5")), frozenset(("r5", "r6"))}
    gone = frozenset(("r2", "r3"))
    assert states() == dict.fromkeys(cables, LinkState.PROVEN) | dict.fromkeys(off, LinkState.ONE_SIDED) | {
        gone: LinkState.VANISHED
    }
    cut = TopologyLink.objects.get(state=LinkState.VANISHED)
    assert cut.detail == "r2 answered without it; r3 answered without it"
    assert cut.last_seen_at < cut.changed_at
    for link in TopologyLink.objects.filter(state=LinkState.ONE_SIDED):
        assert link.is_stale
        assert "r5 does not answer: no TCP connection to 127.0.0.1" in link.detail

    fleet["r5"].set_fault(None)
    discover(operator, devices["r5"])
    assert states() == dict.fromkeys(cables, LinkState.PROVEN) | {gone: LinkState.VANISHED}
    assert TopologyLink.objects.get(state=LinkState.VANISHED).pk == cut.pk


@pytest.fixture
def tell(acme: Customer) -> Tell:
    """`tell({device: [Heard(…)], other: HostUnreachable("…")})`: a discovery in which they said so."""

    def run(said: dict[Device, Any]) -> Job:
        job = Job.objects.create(
            customer=acme, kind=JobKind.TOPOLOGY_DISCOVERY, correlation_id="test", targets_total=len(said)
        )
        keep_neighbours(job, finished_of(job, said))
        after_discovery(job)
        return job

    return run


def finished_of(job: Job, said: dict[Device, Any]) -> list[Finished]:
    finished = []
    for device, answer in said.items():
        target = JobTarget.objects.create(job=job, customer=job.customer, device=device)
        is_error = isinstance(answer, NetworkError)
        finished.append(Finished(target, error=answer) if is_error else Finished(target, Neighbours(tuple(answer))))
    return finished


def heard(name: str, interface: str = "eth1", port: str = "eth2", **fields: str) -> Heard:
    return Heard("lldp", interface, name, port=port, **fields)


def test_what_is_heard_is_kept_with_when_it_was_heard_first_and_last(
    tell: Tell, make_device: MakeDevice, acme: Customer
) -> None:
    r1 = make_device(acme, "r1")
    tell({r1: [heard("core-1", description="first"), heard("core-2")]})
    first = Neighbour.objects.get(name="core-1")
    tell({r1: [heard("core-1", description="second")]})

    again = Neighbour.objects.get(name="core-1")
    assert (again.pk, again.first_seen_at, again.description) == (first.pk, first.first_seen_at, "second")
    assert again.last_seen_at > first.last_seen_at
    gone = Neighbour.objects.get(name="core-2")
    assert not gone.is_current
    assert gone.last_seen_at == first.last_seen_at


def test_a_device_that_failed_or_was_not_reached_keeps_what_it_said(
    tell: Tell, make_device: MakeDevice, acme: Customer
) -> None:
    r1, r2 = make_device(acme, "r1"), make_device(acme, "r2")
    tell({r1: [heard("r2")], r2: [heard("r1", "eth2", "eth1")]})
    tell({r1: HostUnreachable("no TCP connection"), r2: Cancelled("cancelled")})

    assert Neighbour.objects.filter(is_current=True).count() == 2
    answer = NeighbourAnswer.objects.get(device=r1)
    assert (answer.problem, answer.failed_at is None) == ("no TCP connection", False)
    assert NeighbourAnswer.objects.get(device=r2).failed_at is None
    link = TopologyLink.objects.get()
    assert (link.state, link.is_stale, link.detail) == ("one_sided", True, "r1 does not answer: no TCP connection")


def test_neighbours_are_devices_of_the_same_customer_alone(
    tell: Tell, make_device: MakeDevice, acme: Customer, globex: Customer
) -> None:
    r1 = make_device(acme, "r1")
    make_device(globex, "core-1", mgmt_ip="10.9.9.9")
    tell({r1: [heard("core-1", address="10.9.9.9")]})

    row = Neighbour.objects.get()
    assert (row.remote, row.matched_by, row.problem) == (None, MatchedBy.NOTHING, "")
    assert not TopologyLink.objects.exists()


def test_a_chassis_is_learned_from_who_says_its_name(tell: Tell, make_device: MakeDevice, acme: Customer) -> None:
    r1, r2, core = (make_device(acme, name) for name in ("r1", "r2", "core"))
    tell({r1: [heard("core", chassis="00:11:22:33:44:55")]})
    tell({r2: [heard("", chassis="00:11:22:33:44:55")]})

    row = Neighbour.objects.get(device=r2)
    assert (row.remote, row.matched_by) == (core, MatchedBy.CHASSIS)


def test_a_chassis_that_is_learned_late_in_a_job_counts_for_who_answered_before(
    tell: Tell, make_device: MakeDevice, acme: Customer
) -> None:
    r1, r2, r3 = (make_device(acme, name) for name in ("r1", "r2", "r3"))
    tell({r1: [heard("", chassis="02:00:00:00:00:02")], r3: [heard("r2", chassis="02:00:00:00:00:02")]})

    assert [row.remote for row in Neighbour.objects.order_by("device__hostname")] == [r2, r2]
    assert TopologyLink.objects.filter(device_a=r1, device_b=r2).exists()


def test_a_link_shows_as_soon_as_both_ends_have_told_it_and_nothing_else_before_the_end(
    tell: Tell, make_device: MakeDevice, acme: Customer
) -> None:
    r1, r2, r3 = (make_device(acme, name) for name in ("r1", "r2", "r3"))
    both = {r1: [heard("r2")], r2: [heard("r1", "eth2", "eth1"), heard("r3")], r3: [heard("r2", "eth2", "eth1")]}
    tell({r3: both[r3]})
    [one_sided] = TopologyLink.objects.all()
    job = Job.objects.create(customer=acme, kind=JobKind.TOPOLOGY_DISCOVERY, correlation_id="test")

    def answer(*devices: Device) -> dict[frozenset[str], str]:
        keep_neighbours(job, finished_of(job, {device: both[device] for device in devices}))
        return states()

    one, two = frozenset(("r1", "r2")), frozenset(("r2", "r3"))
    assert answer(r1) == {two: "one_sided"}, "r2 has not been asked"
    assert answer(r2) == {one: "proven", two: "one_sided"}, "what r3 said is of another job"
    assert answer(r3) == {one: "proven", two: "proven"}
    one_sided.refresh_from_db()
    assert one_sided.state == "proven"
    drawn = list(TopologyLink.objects.order_by("pk").values())
    after_discovery(job)
    assert list(TopologyLink.objects.order_by("pk").values()) == drawn


def test_a_link_that_is_missing_in_one_answer_stands_until_the_end(
    tell: Tell, make_device: MakeDevice, acme: Customer
) -> None:
    r1, r2 = make_device(acme, "r1"), make_device(acme, "r2")
    tell({r1: [heard("r2")], r2: [heard("r1", "eth2", "eth1")]})
    job = Job.objects.create(customer=acme, kind=JobKind.TOPOLOGY_DISCOVERY, correlation_id="test")

    keep_neighbours(job, finished_of(job, {r1: []}))
    assert states() == {frozenset(("r1", "r2")): "proven"}
    keep_neighbours(job, finished_of(job, {r2: []}))
    after_discovery(job)
    assert states() == {frozenset(("r1", "r2")): "vanished"}


def test_what_fits_two_devices_is_no_link_and_says_so(tell: Tell, make_device: MakeDevice, acme: Customer) -> None:
    r1, _, _ = (make_device(acme, name) for name in ("r1", "sw.north", "sw.south"))
    tell({r1: [heard("sw")]})

    assert Neighbour.objects.get().problem == "its name fits 2 devices: sw.north, sw.south"
    assert not TopologyLink.objects.exists()


def test_text_that_no_database_takes_is_stored_all_the_same(
    tell: Tell, make_device: MakeDevice, acme: Customer
) -> None:
    tell({make_device(acme, "r1"): [heard("a\x00b\ud800", description="\x00")]})
    assert Neighbour.objects.get().name == "a\ufffdb\ufffd"


def test_of_what_is_heard_no_more_the_oldest_is_forgotten(
    tell: Tell, make_device: MakeDevice, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sightings, "MOST_GONE", 2)
    r1 = make_device(acme, "r1")
    for number in range(5):
        tell({r1: [heard(f"phone-{number}")]})
    names = Neighbour.objects.order_by("pk").values_list("name", flat=True)
    assert list(names) == ["phone-2", "phone-3", "phone-4"]


def test_a_link_that_nothing_speaks_of_any_more_is_gone(tell: Tell, make_device: MakeDevice, acme: Customer) -> None:
    r1, r2 = make_device(acme, "r1"), make_device(acme, "r2")
    tell({r1: [heard("r2")], r2: [heard("r1", "eth2", "eth1")]})
    r2.delete()
    tell({r1: []})
    assert not TopologyLink.objects.exists()


def test_links_are_written_in_as_many_queries_for_many_as_for_few(
    tell: Tell, make_device: MakeDevice, acme: Customer, django_assert_max_num_queries: Any
) -> None:
    devices = [make_device(acme, f"r{number}") for number in range(12)]
    said = {
        device: [heard(f"r{(number + 1) % 12}", "eth1", "eth2"), heard(f"r{number - 1}", "eth2", "eth1")]
        for number, device in enumerate(devices)
    }
    with django_assert_max_num_queries(40):  # of which a dozen make the job's targets
        tell(said)
    with django_assert_max_num_queries(40):
        tell(said)
    assert TopologyLink.objects.count() == 12


def test_an_unknown_neighbour_becomes_a_device_and_its_link_shows(
    tell: Tell, make_device: MakeDevice, acme: Customer, operator: User
) -> None:
    r1 = make_device(acme, "r1")
    tell({r1: [heard("new-1", address="192.0.2.77")]})
    [unknown] = unknown_neighbours(Neighbour.objects.all())
    assert (unknown["called"], unknown["seen_by"], unknown["hearer"]) == ("new-1", 1, "r1")

    row = Neighbour.objects.get()
    device = add_as_device(actor=operator, neighbour=row, hostname="new-1", platform="frr", site=r1.site)

    assert (device.customer, device.mgmt_ip) == (acme, "192.0.2.77")
    row.refresh_from_db()
    assert (row.remote, row.matched_by) == (device, MatchedBy.NAME)
    link = TopologyLink.objects.get()
    assert (link.state, link.detail) == ("one_sided", "new-1 was never asked")
    assert AuditEvent.objects.filter(action="device.create", object_id=str(device.pk)).exists()
    with pytest.raises(ValidationError, match="is a device already"):
        add_as_device(actor=operator, neighbour=row, hostname="new-2", platform="frr", site=r1.site)


def test_a_neighbour_that_several_hear_by_two_protocols_is_one(
    tell: Tell, make_device: MakeDevice, acme: Customer
) -> None:
    by_cdp = Heard("cdp", "eth1", "core-9", address="192.0.2.9")
    devices = [make_device(acme, name) for name in ("r1", "r2")]
    tell({device: [heard("core-9", chassis="0011.2233.4455"), by_cdp] for device in devices})

    [unknown] = unknown_neighbours(Neighbour.objects.all())

    assert (unknown["called"], unknown["told_chassis"], unknown["told_address"], unknown["seen_by"]) == (
        "core-9", "0011.2233.4455", "192.0.2.9", 2,
    )  # fmt: skip
    assert Neighbour.objects.get(pk=unknown["example"]).protocol == "cdp"


def test_a_neighbour_without_an_address_is_not_made_a_device(
    tell: Tell, make_device: MakeDevice, acme: Customer, operator: User
) -> None:
    r1 = make_device(acme, "r1")
    tell({r1: [heard("new-1")]})
    with pytest.raises(ValidationError, match=NO_ADDRESS[:40]):
        add_as_device(actor=operator, neighbour=Neighbour.objects.get(), hostname="n", platform="frr", site=r1.site)


def test_neighbours_are_made_devices_by_those_who_may_and_of_their_customers_alone(
    tell: Tell, make_device: MakeDevice, acme: Customer, viewer: User, stranger: User
) -> None:
    r1 = make_device(acme, "r1")
    tell({r1: [heard("new-1", address="192.0.2.77")]})
    fields: dict[str, Any] = {"hostname": "new-1", "platform": "frr", "site": r1.site}
    with pytest.raises(NotAllowed):
        add_as_device(actor=viewer, neighbour=Neighbour.objects.get(), **fields)
    with pytest.raises(ObjectDoesNotExist):
        add_as_device(actor=stranger, neighbour=Neighbour.objects.get(), **fields)


def test_other_jobs_draw_no_links(make_device: MakeDevice, acme: Customer) -> None:
    r1, r2 = make_device(acme, "r1"), make_device(acme, "r2")
    now = timezone.now() - timedelta(hours=1)
    Neighbour.objects.create(
        customer=acme, device=r1, interface="e1", protocol="lldp", name="r2", remote=r2, first_seen_at=now,
        last_seen_at=now,
    )  # fmt: skip
    after_discovery(Job.objects.create(customer=acme, kind=JobKind.CONFIG_BACKUP, correlation_id="test"))
    assert not TopologyLink.objects.exists()
