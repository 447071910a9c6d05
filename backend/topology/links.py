"""From what devices say of their neighbours to links. Plain functions on plain data: no database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from networkops.interfaces import interface_key, is_interface_name
from topology.enums import LinkState


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device heard another one of ours on an interface."""

    device: int
    interface: str
    remote: int
    port: str
    """The other end's interface in the other end's words, or what it gives in its place."""
    port_description: str
    first_seen: datetime
    last_seen: datetime
    is_current: bool
    """Whether the device's last answer still had it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A device's last answer, and whether it failed to give one since."""

    hostname: str
    answered_at: datetime | None = None
    failed_at: datetime | None = None
    problem: str = ""

    @property
    def is_stale(self) -> bool:
        return self.failed_at is not None and (self.answered_at is None or self.failed_at > self.answered_at)


@dataclass(frozen=True, slots=True)
class End:
    device: int
    interface: str
    """As the device itself calls it, where it ever did."""

    @property
    def key(self) -> Key:
        return self.device, interface_key(self.interface)


Key = tuple[int, str]
Pair = tuple[Key, Key]


@dataclass(frozen=True, slots=True)
class Link:
    """What is known of a cable. `a` is the end of the device with the lower id."""

    a: End
    b: End
    state: LinkState
    is_stale: bool
    """An end has not answered since it said what it said."""
    detail: str
    """What speaks against it, in words."""
    first_seen: datetime
    last_seen: datetime


@dataclass(slots=True)
class _Cable:
    a: End
    b: End
    seen: list[tuple[Key, Sighting]]
    """Each with the end that said it."""

    def says(self, key: Key) -> bool:
        """Whether this end's last answer has it."""
        return any(one.is_current for end, one in self.seen if end == key)

    def said(self, key: Key) -> bool:
        return any(end == key for end, _ in self.seen)

    @property
    def is_current(self) -> bool:
        return any(one.is_current for _, one in self.seen)

    @property
    def sayers(self) -> set[int]:
        return {one.device for _, one in self.seen if one.is_current}


def links_of(sightings: Sequence[Sighting], answers: Mapping[int, Answer]) -> list[Link]:
    """All links that the sightings speak of; `answers` has every device in them."""
    cables = _cables(sightings)
    by_end: dict[Key, list[_Cable]] = defaultdict(list)
    for cable in cables:
        if cable.is_current:
            for key in {cable.a.key, cable.b.key}:
                by_end[key].append(cable)
    return [_judge(cable, by_end, answers) for cable in cables]


def _cables(sightings: Iterable[Sighting]) -> list[_Cable]:
    sightings = list(sightings)
    own: dict[Key, str] = {}
    for one in sightings:
        own.setdefault((one.device, interface_key(one.interface)), one.interface)
    cables: dict[Pair, _Cable] = {}
    for one in sightings:
        key: Key = (one.device, interface_key(one.interface))
        here, there = End(one.device, own[key]), _far_end(one, own)
        a, b = sorted((here, there), key=lambda end: end.key)
        cable = cables.setdefault((a.key, b.key), _Cable(a, b, []))
        cable.seen.append((key, one))
    return list(cables.values())


def _far_end(one: Sighting, own: Mapping[Key, str]) -> End:
    """The interface at the other end: by its port, or by the port's description where that is one of its interfaces.

    Some devices give a hardware address or a number as their port, and its name as the description.
    """
    told = [text for text in (one.port, one.port_description) if text]
    for text in told:
        if name := own.get((one.remote, interface_key(text))):
            return End(one.remote, name)
    return End(one.remote, next(filter(is_interface_name, told), told[0] if told else ""))


def _judge(cable: _Cable, by_end: Mapping[Key, list[_Cable]], answers: Mapping[int, Answer]) -> Link:
    a, b = cable.a, cable.b
    words: list[str] = []
    if not cable.is_current:
        state = LinkState.VANISHED
        words += [f"{_name(end, answers)} answered without it" for end in _ends(cable) if cable.said(end.key)]
    elif a.key == b.key:
        state, words = LinkState.CONFLICT, [f"{_name(a, answers)} hears itself on {a.interface}"]
    elif cable.says(a.key) and cable.says(b.key):
        state = LinkState.PROVEN
    elif clash := _clash(cable, by_end, answers):
        state, words = LinkState.CONFLICT, [clash]
    else:
        state = LinkState.ONE_SIDED
        words += [_missing(cable, end, answers) for end in (a, b) if not cable.says(end.key)]
    stale = [end for end in _ends(cable) if answers[end.device].is_stale]
    words += [_unheard(end, answers) for end in stale]
    return Link(
        a, b, _one_sided_by_silence(state, cable, stale), bool(stale), "; ".join(words),
        min(one.first_seen for _, one in cable.seen), max(one.last_seen for _, one in cable.seen),
    )  # fmt: skip


def _one_sided_by_silence(state: LinkState, cable: _Cable, stale: Sequence[End]) -> LinkState:
    """With one end unreachable the other's word stands alone; with both, what they said last stands."""
    alone = len(stale) == 1 and cable.a.device != cable.b.device
    return LinkState.ONE_SIDED if state == LinkState.PROVEN and alone else state


def _ends(cable: _Cable) -> list[End]:
    return [cable.a] if cable.a.key == cable.b.key else [cable.a, cable.b]


def _clash(cable: _Cable, by_end: Mapping[Key, list[_Cable]], answers: Mapping[int, Answer]) -> str:
    """A link of which another device says that something else is plugged in there.

    One device that hears several on one interface is a shared segment, and contradicts nothing.
    """
    for end in (cable.a, cable.b):
        for other in by_end[end.key]:
            if other is not cable and not cable.sayers & other.sayers:
                far = other.b if other.a.key == end.key else other.a
                sayer = answers[min(other.sayers)].hostname
                return (
                    f"{sayer} says that {_name(end, answers)} {end.interface} leads to "
                    f"{_name(far, answers)} {far.interface}"
                )
    return ""


def _missing(cable: _Cable, end: End, answers: Mapping[int, Answer]) -> str:
    answer, name = answers[end.device], _name(end, answers)
    if answer.answered_at is None:
        return f"{name} was never asked" if answer.failed_at is None else f"{name} has never answered"
    return f"{name} no longer hears it" if cable.said(end.key) else f"{name} does not hear it"


def _unheard(end: End, answers: Mapping[int, Answer]) -> str:
    answer = answers[end.device]
    return f"{answer.hostname} does not answer: {answer.problem}" if answer.problem else f"{answer.hostname} is silent"


def _name(end: End, answers: Mapping[int, Answer]) -> str:
    return answers[end.device].hostname
