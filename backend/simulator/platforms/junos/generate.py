"""Makes up the configuration of a Junos-like edge router."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Union

from simulator.facts import rng, site_of
from simulator.platforms.base import Host
from simulator.platforms.eos.generate import secret

MODEL = "mx204"
VERSION = "21.4R3.15"

Tree = Mapping[str, Union["Tree", str, None]]
"""Statement to its block, to its value, or to None when it stands alone."""


def generate(host: Host) -> str:
    """The text of `show configuration` below its first line."""
    spec = host.spec
    source = rng(spec.hostname, spec.seed, "config")
    tree: dict[str, Tree | str | None] = {
        f"version {VERSION}": None,
        "system": _system(host, source),
        "chassis": {"aggregated-devices": {"ethernet": {"device-count": "8"}}},
        "interfaces": _interfaces(host, source),
        "snmp": {"location": f'"Rack {source.randrange(1, 40)}"', "contact": "noc@example.net",
                 f"community {source.randrange(16**10):010x}": {"authorization": "read-only"}},
        "routing-options": {"router-id": site_of(spec.hostname, spec.seed).loopback,
                            "autonomous-system": str(site_of(spec.hostname, spec.seed).asn)},
        "protocols": _protocols(host, source),
        "policy-options": _policies(source),
        "firewall": {},
    }  # fmt: skip
    missing = (spec.config_lines - "".join(render(tree)).count("\n")) // 10
    tree["firewall"] = _firewall(source, max(missing, source.randrange(6, 14)))
    return "".join(render(tree))


def render(tree: Tree, depth: int = 0) -> Sequence[str]:
    """The tree in braces."""
    pad, out = "    " * depth, []
    for name, below in tree.items():
        if isinstance(below, Mapping):
            out += [f"{pad}{name} {{\n", *render(below, depth + 1), f"{pad}}}\n"]
        else:
            statement = name if below is None else f"{name} {below}"
            hidden = " ## SECRET-DATA" if name in ("encrypted-password", "authentication-key") else ""
            out.append(f"{pad}{statement};{hidden}\n")
    return out


def _system(host: Host, source: random.Random) -> Tree:
    spec = host.spec
    collector = f"10.{source.randrange(256)}.99"
    names = (spec.username, *source.sample(("netops", "backup", "noc"), source.randrange(1, 3)))
    users: Tree = {
        f"user {name}": {
            "uid": str(2000 + number),
            "class": "super-user",
            "authentication": {"encrypted-password": f'"{secret("6", f"{name}{source.random()}")}"'},
        }
        for number, name in enumerate(dict.fromkeys(names))
    }
    return {
        "host-name": spec.hostname,
        "root-authentication": {"encrypted-password": f'"{secret("6", str(source.random()))}"'},
        "login": {"message": '"Authorised access only"', **users},
        "services": {"ssh": {"root-login": "deny", "protocol-version": "v2"}, "netconf": {"ssh": None}},
        "domain-name": "example.net",
        "name-server": {f"{collector}.53": None},
        "syslog": {f"host {collector}.21": {"any": "notice", "authorization": "info"},
                   "file messages": {"any": "notice", "authorization": "info"}},
        "ntp": {f"server {collector}.11": None, f"server {collector}.12": None},
    }  # fmt: skip


def _interfaces(host: Host, source: random.Random) -> Tree:
    spec, site = host.spec, site_of(host.spec.hostname, host.spec.seed)
    linked = {link.interface: f"to {link.peer} {link.peer_interface}" for link in spec.links}
    tree: dict[str, Tree] = {}
    for number in range(8):
        name = f"xe-0/1/{number}"
        description = linked.get(
            name, f"{source.choice(('Transit', 'Peering', 'Customer', 'Core'))} {source.randrange(100, 999)}"
        )
        block: dict[str, Tree | str | None] = {"description": f'"{description}"'}
        if name not in linked and source.random() < 0.15:
            block["disable"] = None
        block["mtu"] = source.choice(("1514", "9192"))
        families: dict[str, Tree] = {
            "inet": {"address": f"{site.transit(number)[0]}/30"},
            "inet6": {"address": f"2001:db8:{site.region:x}:{number:x}::1/64"},
        }
        block["unit 0"] = {f"family {family}": below for family, below in families.items()}
        tree[name] = block
    tree["fxp0"] = {"unit 0": {"family inet": {"address": f"{site.lan(99)[:-1]}{site.slot + 10}/24"}}}
    tree["lo0"] = {"unit 0": {"family inet": {"filter": {"input": "PROTECT-RE"}, "address": f"{site.loopback}/32"}}}
    return tree


def _protocols(host: Host, source: random.Random) -> Tree:
    site = site_of(host.spec.hostname, host.spec.seed)
    groups: dict[str, Tree] = {}
    for number in range(4):
        groups[f"group PEERS-{number + 1}"] = {
            "type": "external",
            "import": f"IMPORT-{number % 2 + 1}",
            "authentication-key": f'"$9${source.randrange(16**20):020x}"; ## SECRET-DATA'.removesuffix(
                "; ## SECRET-DATA"
            ),
            "peer-as": str(site.asn + number + 1),
            f"neighbor {site.transit(number)[1]}": {"description": f'"Provider {number + 1}"'},
        }
    area = {
        f"interface xe-0/1/{number}.0": {"interface-type": "p2p", "metric": source.choice(("10", "100"))}
        for number in range(4, 8)
    }
    return {
        "bgp": {"log-updown": None, **groups},
        "ospf": {"area 0.0.0.0": {**area, "interface lo0.0": {"passive": None}}},
        "lldp": {"interface all": None},
    }


def _policies(source: random.Random) -> Tree:
    prefixes = {f"10.{source.randrange(256)}.{number}.0/24": None for number in range(source.randrange(6, 16))}
    statements: dict[str, Tree] = {
        f"policy-statement IMPORT-{number}": {
            "term accept": {
                "from": {"prefix-list": "CUSTOMERS"},
                "then": {"local-preference": str(100 * number), "accept": None},
            },
            "then": "reject",
        }
        for number in (1, 2)
    }
    return {"prefix-list CUSTOMERS": prefixes, **statements}


def _firewall(source: random.Random, terms: int) -> Tree:
    rules: dict[str, Tree] = {}
    for number in range(terms):
        protocol, port = source.choice((("tcp", "ssh"), ("tcp", "bgp"), ("udp", "ntp"), ("udp", "snmp")))
        host = f"10.{number // 250 % 250}.{number % 250}.{source.randrange(2, 250)}/32"
        rules[f"term {protocol}-{port}-{number + 1}"] = {
            "from": {"source-address": {host: None}, "protocol": protocol, "port": f"[ {port} {1024 + number} ]"},
            "then": "accept",
        }
    return {"family inet": {"filter PROTECT-RE": {**rules, "term last": {"then": {"discard": None}}}}}
