"""From sightings to links: a table of cases. `r1` is device 1."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from topology.enums import LinkState
from topology.links import Answer, Link, Sighting, links_of

T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE, NOW = T0, T0 + timedelta(hours=1)
PROVEN, ONE_SIDED, CONFLICT, VANISHED = (
    LinkState.PROVEN.value, LinkState.ONE_SIDED.value, LinkState.CONFLICT.value, LinkState.VANISHED.value,
)  # fmt: skip


def says(device: int, interface: str, remote: int, port: str, description: str = "", *, past: bool = False) -> Sighting:
    return Sighting(device, interface, remote, port, description, BEFORE, BEFORE if past else NOW, not past)


def said(device: int, interface: str, remote: int, port: str) -> Sighting:
    return says(device, interface, remote, port, past=True)


def answers(failed: tuple[int, ...] = (), never: tuple[int, ...] = ()) -> dict[int, Answer]:
    found = {}
    for pk in range(1, 7):
        answered = None if pk in never else BEFORE if pk in failed else NOW
        problem = "no TCP connection" if pk in failed else ""
        found[pk] = Answer(f"r{pk}", answered, NOW if pk in failed else None, problem)
    return found


def shown(links: list[Link]) -> list[tuple[str, str]]:
    return sorted(
        (f"{link.a.device}:{link.a.interface} {link.b.device}:{link.b.interface}", link.state.value) for link in links
    )


# sightings -> links with their states
ALL_ANSWER: dict[str, tuple[list[Sighting], list[tuple[str, str]]]] = {
    "nothing is heard": ([], []),
    "both ends agree": ([says(1, "eth1", 2, "eth2"), says(2, "eth2", 1, "eth1")], [("1:eth1 2:eth2", PROVEN)]),
    "in two spellings": (
        [says(1, "GigabitEthernet0/1", 2, "Gi0/2"), says(2, "GigabitEthernet0/2", 1, "Gi 0/1")],
        [("1:GigabitEthernet0/1 2:GigabitEthernet0/2", PROVEN)],
    ),
    "by LLDP and CDP": (
        [
            says(1, "Gi0/1", 2, "Gi0/2"),
            says(1, "GigabitEthernet0/1", 2, "GigabitEthernet0/2"),
            says(2, "Gi0/2", 1, "GigabitEthernet0/1"),
        ],
        [("1:Gi0/1 2:Gi0/2", PROVEN)],
    ),
    "a logical interface at one end": (
        [says(1, "ge-0/0/0", 2, "ge-0/0/1"), says(2, "ge-0/0/1.0", 1, "ge-0/0/0.0")],
        [("1:ge-0/0/0 2:ge-0/0/1.0", PROVEN)],
    ),
    "a port told as a hardware address, its name as description": (
        [says(1, "eth1", 2, "52:54:00:12:34:56", "eth2"), says(2, "eth2", 1, "eth1")],
        [("1:eth1 2:eth2", PROVEN)],
    ),
    "a port told as a number, its name as description": (
        [says(1, "eth1", 2, "531", "ge-0/0/2"), says(2, "ge-0/0/2", 1, "512", "eth1")],
        [("1:eth1 2:ge-0/0/2", PROVEN)],
    ),
    "a description that somebody wrote is no interface": (
        [says(1, "eth1", 2, "Gi0/2", "to r1"), says(2, "GigabitEthernet0/2", 1, "eth1", "uplink")],
        [("1:eth1 2:GigabitEthernet0/2", PROVEN)],
    ),
    "one end alone": ([says(1, "eth1", 2, "eth2")], [("1:eth1 2:eth2", ONE_SIDED)]),
    "the other end alone": ([says(2, "eth2", 1, "eth1")], [("1:eth1 2:eth2", ONE_SIDED)]),
    "one end no longer": ([says(1, "eth1", 2, "eth2"), said(2, "eth2", 1, "eth1")], [("1:eth1 2:eth2", ONE_SIDED)]),
    "neither end any longer": ([said(1, "eth1", 2, "eth2"), said(2, "eth2", 1, "eth1")], [("1:eth1 2:eth2", VANISHED)]),
    "one end, and it no longer": ([said(1, "eth1", 2, "eth2")], [("1:eth1 2:eth2", VANISHED)]),
    "a vanished one that is back": (
        [said(1, "eth1", 2, "eth2"), says(1, "Eth1", 2, "eth2"), says(2, "eth2", 1, "eth1")],
        [("1:eth1 2:eth2", PROVEN)],
    ),
    "two cables between two devices": (
        [says(1, "e1", 2, "e1"), says(2, "e1", 1, "e1"), says(1, "e2", 2, "e2"), says(2, "e2", 1, "e2")],
        [("1:e1 2:e1", PROVEN), ("1:e2 2:e2", PROVEN)],
    ),
    "a cable that was moved to another port": (
        [said(1, "e1", 2, "e1"), said(2, "e1", 1, "e1"), says(1, "e9", 2, "e1"), says(2, "e1", 1, "e9")],
        [("1:e1 2:e1", VANISHED), ("1:e9 2:e1", PROVEN)],
    ),
    "the other end says another device": (
        [says(1, "e1", 2, "e1"), says(2, "e1", 3, "e1")],
        [("1:e1 2:e1", CONFLICT), ("2:e1 3:e1", CONFLICT)],
    ),
    "the other end says another device, which agrees": (
        [says(1, "e1", 2, "e1"), says(2, "e1", 3, "e1"), says(3, "e1", 2, "e1")],
        [("1:e1 2:e1", CONFLICT), ("2:e1 3:e1", PROVEN)],
    ),
    "the other end says another port of ours": (
        [says(1, "e1", 2, "e1"), says(2, "e1", 1, "e5")],
        [("1:e1 2:e1", CONFLICT), ("1:e5 2:e1", CONFLICT)],
    ),
    "what contradicts is past": (
        [says(1, "e1", 2, "e1"), said(2, "e1", 3, "e1")],
        [("1:e1 2:e1", ONE_SIDED), ("2:e1 3:e1", VANISHED)],
    ),
    "two claim the same port of a third, which is silent": (
        [says(1, "e1", 3, "e1"), says(2, "e1", 3, "e1")],
        [("1:e1 3:e1", CONFLICT), ("2:e1 3:e1", CONFLICT)],
    ),
    "several on one interface: a shared segment": (
        [says(1, "e1", 2, "e1"), says(1, "e1", 3, "e1"), says(2, "e1", 1, "e1"), says(3, "e1", 1, "e1")],
        [("1:e1 2:e1", PROVEN), ("1:e1 3:e1", PROVEN)],
    ),
    "several on one interface, of which one answers": (
        [says(1, "e1", 2, "e1"), says(1, "e1", 3, "e1"), says(2, "e1", 1, "e1")],
        [("1:e1 2:e1", PROVEN), ("1:e1 3:e1", ONE_SIDED)],
    ),
    "a device that hears itself on the same interface": ([says(1, "e1", 1, "e1")], [("1:e1 1:e1", CONFLICT)]),
    "a cable from a device to itself": (
        [says(1, "e1", 1, "e2"), says(1, "e2", 1, "e1")],
        [("1:e1 1:e2", PROVEN)],
    ),
    "a port that is not told": ([says(1, "e1", 2, "")], [("1:e1 2:", ONE_SIDED)]),
}


@pytest.mark.parametrize("case", ALL_ANSWER)
def test_links_of_devices_that_answer(case: str) -> None:
    sightings, expected = ALL_ANSWER[case]
    found = links_of(sightings, answers())
    assert shown(found) == expected
    assert not any(link.is_stale for link in found)
    # in whatever order they come; only which of two spellings is shown may depend on it
    turned = links_of(sightings[::-1], answers())
    assert {(one.a.key, one.b.key, one.state) for one in turned} == {(one.a.key, one.b.key, one.state) for one in found}


BOTH = [says(1, "e1", 2, "e1"), says(2, "e1", 1, "e1")]
# sightings, who failed since -> state, whether it is stale, and a part of what is said
SILENT: dict[str, tuple[list[Sighting], tuple[int, ...], str, bool, str]] = {
    "both heard each other, then one failed": (BOTH, (2,), ONE_SIDED, True, "r2 does not answer: no TCP connection"),
    "both heard each other, then both failed": (BOTH, (1, 2), PROVEN, True, "no TCP connection; r2 does not"),
    "one failed, and the other hears it no more": (
        [said(1, "e1", 2, "e1"), says(2, "e1", 1, "e1")], (2,), ONE_SIDED, True, "r1 no longer hears it; r2 does not",
    ),
    "the one that said it failed": ([says(1, "e1", 2, "e1")], (1,), ONE_SIDED, True, "r2 does not hear it; r1"),
    "it had vanished before one failed": (
        [said(1, "e1", 2, "e1"), said(2, "e1", 1, "e1")], (2,), VANISHED, True, "r2 does not answer",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SILENT)
def test_a_device_that_failed_makes_no_link_vanish(case: str) -> None:
    sightings, failed, state, stale, words = SILENT[case]
    [link] = links_of(sightings, answers(failed))
    assert (link.state, link.is_stale) == (state, stale)
    assert words in link.detail


DETAILS = {
    "r2 does not hear it": ([says(1, "e1", 2, "e1")], ()),
    "r2 no longer hears it": ([says(1, "e1", 2, "e1"), said(2, "e1", 1, "e1")], ()),
    "r2 was never asked": ([says(1, "e1", 2, "e1")], (2,)),
    "r1 answered without it; r2 answered without it": ([said(1, "e1", 2, "e1"), said(2, "e1", 1, "e1")], ()),
    "r2 says that r2 e1 leads to r3 e7": ([says(1, "e1", 2, "e1"), says(2, "e1", 3, "e7"), says(3, "e7", 2, "e1")], ()),
    "r1 hears itself on e1": ([says(1, "e1", 1, "e1")], ()),
}


@pytest.mark.parametrize("words", DETAILS)
def test_what_speaks_against_a_link_is_said_in_words(words: str) -> None:
    sightings, never = DETAILS[words]
    assert links_of(sightings, answers(never=never))[0].detail == words


def test_a_proven_link_needs_no_words_and_a_link_knows_when_it_was_seen() -> None:
    early = Sighting(1, "e1", 2, "e1", "", BEFORE, BEFORE, is_current=False)
    [link] = links_of([early, *BOTH], answers())
    assert (link.detail, link.first_seen, link.last_seen) == ("", BEFORE, NOW)


def test_a_ring_is_a_ring() -> None:
    size = 6
    ring = []
    for number in range(1, size + 1):
        ahead, behind = number % size + 1, (number - 2) % size + 1
        ring += [says(number, "eth1", ahead, "eth2"), says(number, "eth2", behind, "eth1")]
    found = links_of(ring, answers())
    assert len(found) == size
    assert {link.state for link in found} == {LinkState.PROVEN}
    assert {frozenset((link.a.device, link.b.device)) for link in found} == {
        frozenset((number, number % size + 1)) for number in range(1, size + 1)
    }
