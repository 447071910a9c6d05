"""The topology that a discovery finds on real routers: the ring, and what was cut and switched off in it."""

from __future__ import annotations

import pytest

from devices.models import Device
from networkops.tests.conftest import settled
from tests.lab.running import RunningLab
from topology.enums import LinkState
from topology.models import Neighbour, TopologyLink
from topology.tests.conftest import discover
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

End = tuple[str, str]


def cables(lab: RunningLab) -> set[frozenset[End]]:
    """What is plugged in, by the lab's own plan."""
    return {
        frozenset({(name, port["name"]), (port["peer"], port["peer_port"])})
        for name, router in lab.routers.items()
        for port in router["ports"]
    }


def found() -> dict[frozenset[End], str]:
    rows = TopologyLink.objects.values_list(
        "device_a__hostname", "interface_a", "device_b__hostname", "interface_b", "state"
    )
    return {frozenset({(a, port_a), (b, port_b)}): state for a, port_a, b, port_b, state in rows}


def test_the_topology_is_the_ring_and_says_what_was_cut_and_switched_off(
    lab: RunningLab, lab_devices: dict[str, Device], operator: User
) -> None:
    def states() -> dict[frozenset[End], str]:
        discover(operator, *lab_devices.values())
        return found()

    lab.do("settle")
    ring = dict.fromkeys(cables(lab), LinkState.PROVEN.value)
    assert states() == ring
    assert set(Neighbour.objects.values_list("address", flat=True)) == {row["address"] for row in lab.routers.values()}

    port = lab.routers["r1"]["ports"][0]
    cut = frozenset({("r1", port["name"]), (port["peer"], port["peer_port"])})
    with lab.without_link("r1", port["name"]):
        # LLDP holds what it heard for some seconds
        assert settled(lambda: states() == ring | {cut: LinkState.VANISHED.value}, within_s=60)
        assert "answered without it" in TopologyLink.objects.get(state=LinkState.VANISHED).detail
    lab.do("settle")
    assert settled(lambda: states() == ring, within_s=60)

    off = {cable for cable in cables(lab) if any(name == "r3" for name, _ in cable)}
    with lab.without_power("r3"):
        expected = ring | dict.fromkeys(off, LinkState.ONE_SIDED.value)
        assert settled(lambda: states() == expected, within_s=60)
        for link in TopologyLink.objects.filter(state=LinkState.ONE_SIDED):
            assert link.is_stale
            assert f"r3 does not answer: no TCP connection to {lab.routers['r3']['address']}:22" in link.detail
    lab.do("settle")
    assert settled(lambda: states() == ring, within_s=60)
