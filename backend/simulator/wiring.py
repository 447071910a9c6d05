"""Cables between simulated devices: each takes the next free port at both ends, and both hear each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from simulator.platforms.ios.generate import model_of
from simulator.spec import DeviceSpec, Link, SpecError


def ports_of(spec: DeviceSpec) -> list[str]:
    """Ports that a cable may go to, in the order in which they are taken: a switch's uplinks are its last ones."""
    if spec.platform == "ios":
        model = model_of(spec)
        return list(reversed(model.ports)) if model.is_switch else list(model.ports)
    names = {"eos": "Ethernet{}", "junos": "xe-0/1/{}", "frr": "eth{}"}[spec.platform]
    first, count = (1, 32) if spec.platform == "eos" else (0, 8)
    return [names.format(number) for number in range(first, first + count)]


def wired(
    specs: Sequence[DeviceSpec], cables: Iterable[tuple[str, str]], *, tell_addresses: bool = True
) -> list[DeviceSpec]:
    """The specs with links for the cables, which are pairs of host names. A peer that is no spec of these is heard
    all the same, and hears nothing.
    """
    by_name = {spec.hostname: spec for spec in specs}
    free: dict[str, Iterator[str]] = {name: iter(ports_of(spec)) for name, spec in by_name.items()}
    links: dict[str, list[Link]] = {name: list(spec.links) for name, spec in by_name.items()}

    def take(name: str) -> str:
        if name not in free:
            return "Port1"
        try:
            return next(free[name])
        except StopIteration:
            raise SpecError(f"links: {name} has no port left") from None

    for one, other in cables:
        port, far = take(one), take(other)
        for here, mine, there, theirs in ((one, port, other, far), (other, far, one, port)):
            if here in links:
                address = by_name[there].address if tell_addresses and there in by_name else ""
                links[here].append(Link(mine, there, theirs, address))
    return [replace(spec, links=tuple(links[spec.hostname])) for spec in specs]


def ring(names: Sequence[str]) -> list[tuple[str, str]]:
    """Cables from each to the next, and from the last to the first."""
    return list(zip(names, (*names[1:], *names[:1]), strict=True))
