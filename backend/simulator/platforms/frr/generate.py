"""Makes up the configuration of an FRR-like software router."""

from __future__ import annotations

import random

from simulator.facts import rng, site_of
from simulator.platforms.base import Host

VERSION = "8.4.4"


def generate(host: Host) -> str:
    """The text of `show running-config no-header`."""
    spec = host.spec
    source = rng(spec.hostname, spec.seed, "config")
    blocks = [*_head(host, source), *_interfaces(host, source), *_routing(host, source)]
    missing = spec.config_lines - sum(len(block.splitlines()) + 1 for block in blocks)
    lists = _prefix_lists(source, max(missing, source.randrange(40, 120)))
    return "\n!\n".join([*blocks, *lists, "end"]) + "\n"


def _head(host: Host, source: random.Random) -> list[str]:
    static = [
        f"ip route 10.{source.randrange(256)}.{number}.0/24 blackhole" for number in range(source.randrange(3, 9))
    ]
    return [
        f"frr version {VERSION}\nfrr defaults traditional\nhostname {host.spec.hostname}\nlog syslog informational\n"
        f"no ipv6 forwarding\nservice integrated-vtysh-config\n{chr(10).join(static)}"
    ]


def _interfaces(host: Host, source: random.Random) -> list[str]:
    site = site_of(host.spec.hostname, host.spec.seed)
    linked = {link.interface: f"to {link.peer} {link.peer_interface}" for link in host.spec.links}
    blocks = []
    for number in range(8):
        name = f"eth{number}"
        description = linked.get(name, f"{source.choice(('Uplink', 'Rack', 'Transit'))} {source.randrange(1, 80)}")
        lines = [f"interface {name}", f" description {description}", f" ip address {site.transit(number)[0]}/30"]
        lines += [" ip ospf area 0", f" ip ospf cost {source.choice((10, 20, 100))}", " ip ospf network point-to-point"]
        if name not in linked and source.random() < 0.15:
            lines.append(" shutdown")
        blocks.append("\n".join([*lines, "exit"]))
    return [*blocks, f"interface lo\n ip address {site.loopback}/32\n ip ospf area 0\nexit"]


def _routing(host: Host, source: random.Random) -> list[str]:
    site = site_of(host.spec.hostname, host.spec.seed)
    lines = [f"router bgp {site.asn}", f" bgp router-id {site.loopback}", " no bgp default ipv4-unicast"]
    for number in range(6):
        peer = site.transit(number)[1]
        lines += [
            f" neighbor {peer} remote-as {site.asn + number + 1}",
            f" neighbor {peer} description Rack {number + 1}",
        ]
        lines.append(f" neighbor {peer} password {source.randrange(16**12):012x}")
    lines += [" !", " address-family ipv4 unicast", "  redistribute connected"]
    for number in range(6):
        peer = site.transit(number)[1]
        lines += [f"  neighbor {peer} activate", f"  neighbor {peer} route-map RACKS in"]
    ospf = f"router ospf\n ospf router-id {site.loopback}\n log-adjacency-changes\n passive-interface lo\nexit"
    return [
        "\n".join([*lines, " exit-address-family", "exit"]),
        ospf,
        "route-map RACKS permit 10\n match ip address prefix-list RACKS\nexit",
    ]


def _prefix_lists(source: random.Random, entries: int) -> list[str]:
    lines = []
    for number in range(entries):
        prefix = f"10.{number // 250 % 250}.{number % 250}.0/24 le {source.choice((26, 28, 32))}"
        lines.append(f"ip prefix-list RACKS seq {(number + 1) * 5} permit {prefix}")
    return ["\n".join(lines)]
