"""Lanes are served in turn, and a refusal holds up its lane alone."""

from __future__ import annotations

from networkops.lanes import Lanes
from networkops.tests.conftest import settled
from networkops.types import Alone


def _lanes(*items: str) -> Lanes[str]:
    lanes: Lanes[str] = Lanes(lambda item: item[0])
    for item in items:
        lanes.add(item)
    return lanes


def test_lanes_are_served_in_turn_and_each_in_order() -> None:
    lanes = _lanes("a1", "a2", "a3", "b1")

    assert [lanes.take(None) for _ in range(5)] == ["a1", "b1", "a2", "a3", None]


def test_refusal_holds_up_its_lane_and_asks_once() -> None:
    lanes = _lanes("a1", "a2", "a3", "b1", "b2")
    asked: list[str] = []

    def admit(item: str) -> float:
        asked.append(item)
        return 60 if item.startswith("a") else 0

    assert [lanes.take(admit) for _ in range(3)] == ["b1", "b2", None]
    assert asked == ["a1", "b1", "b2"]


def test_refusal_of_one_host_lets_those_behind_it_pass() -> None:
    lanes = _lanes("a1", "a2", "a3")
    refusals = {"a1": [Alone(0.02)]}

    def admit(item: str) -> float:
        return refusals[item].pop() if refusals.get(item) else 0

    assert [lanes.take(admit) for _ in range(3)] == ["a2", "a3", None]
    assert settled(lambda: lanes.take(admit) == "a1", 1)


def test_held_lane_comes_back() -> None:
    lanes = _lanes("a1")
    refusals = [0.02]

    assert lanes.take(lambda item: refusals.pop()) is None
    assert settled(lambda: lanes.take(None) == "a1", 1)


def test_later_item_waits() -> None:
    lanes = _lanes()
    lanes.add_later("a1", 0.02)

    assert lanes.take(None) is None
    assert lanes.next_moment() < float("inf")
    assert settled(lambda: lanes.take(None) == "a1", 1)
    assert lanes.next_moment() == float("inf")


def test_drain_gives_all_and_leaves_nothing() -> None:
    lanes = _lanes("a1", "a2")
    lanes.take(lambda item: 60.0)
    lanes.add_later("b1", 60)

    assert sorted(lanes.drain()) == ["a1", "a2", "b1"]
    assert lanes.take(None) is None
    assert lanes.next_moment() == float("inf")
