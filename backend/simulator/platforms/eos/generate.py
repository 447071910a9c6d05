"""Makes up the configuration of an EOS-like leaf switch."""

from __future__ import annotations

import hashlib
import random

from simulator.facts import rng, site_of
from simulator.platforms.base import Host

MODEL = "DCS-7050SX3-48YC8"
VERSION = "4.28.3M"
VLANS = ((110, "web"), (120, "app"), (130, "db"), (140, "storage"), (150, "backup"), (160, "build"), (170, "lab"))
SERVERS = ("hypervisor", "storage", "database", "build", "kubernetes")


def secret(kind: str, text: str) -> str:
    """The look of a hashed secret."""
    return f"${kind}$" + hashlib.sha512(text.encode()).hexdigest()[:86]


def generate(host: Host) -> str:
    """The body of `show running-config` below its first two lines."""
    spec = host.spec
    source = rng(spec.hostname, spec.seed, "config")
    blocks = [*_head(host, source), *_ports(host, source), *_routing(host, source)]
    missing = spec.config_lines - sum(len(block.splitlines()) + 1 for block in blocks)
    access = _access_list(source, max(missing - 3, source.randrange(8, 30)))
    return "\n!\n".join(["!", *blocks, access, "end"]).removeprefix("!\n") + "\n"


def _head(host: Host, source: random.Random) -> list[str]:
    spec = host.spec
    collector = f"10.{source.randrange(256)}.99"
    others = source.sample(("netops", "backup", "noc"), source.randrange(1, 3))
    users = [f"username {name} privilege 15 role network-admin secret sha512 {secret('6', f'{name}{source.random()}')}"
             for name in (spec.username, *others)]  # fmt: skip
    community = f"{source.randrange(16**10):010x}"
    return [
        "transceiver qsfp default-mode 4x10G",
        "service routing protocols model multi-agent",
        f"logging host {collector}.21\nlogging host {collector}.22",
        f"hostname {spec.hostname}\nip name-server vrf default {collector}.53\ndns domain example.net",
        f"ntp server {collector}.11\nntp server {collector}.12",
        f"snmp-server contact noc@example.net\nsnmp-server location {source.choice(('Row 4', 'Row 7', 'Row 9'))}\n"
        f"snmp-server community {community} ro",
        "spanning-tree mode mstp",
        "no aaa root",
        "aaa authorization exec default local",
        "\n".join(users),
        *(f"vlan {number}\n   name {name}" for number, name in VLANS),
        "vrf instance TENANT",
    ]


def _ports(host: Host, source: random.Random) -> list[str]:
    spec, site = host.spec, site_of(host.spec.hostname, host.spec.seed)
    linked = {link.interface: f"{link.peer} {link.peer_interface}" for link in spec.links}
    blocks = []
    for number in range(1, 33):
        name = f"Ethernet{number}"
        lines = [f"interface {name}"]
        if name in linked:
            lines += [f"   description {linked[name]}", "   mtu 9214", "   no switchport"]
            lines.append(f"   ip address {site.transit(number)[0]}/30")
        elif source.random() < 0.7:
            lines.append(f"   description {source.choice(SERVERS)}-{source.randrange(1, 40):02d}")
            lines.append(f"   switchport access vlan {source.choice(VLANS)[0]}")
            lines += ["   spanning-tree portfast"] if source.random() < 0.8 else ["   shutdown"]
        blocks.append("\n".join(lines))
    blocks.append(f"interface Loopback0\n   description Router ID\n   ip address {site.loopback}/32")
    blocks.append(
        f"interface Management1\n   description Out of band\n   ip address {site.lan(99)[:-1]}{site.slot + 10}/24"
    )
    blocks += [f"interface Vlan{number}\n   description {name}\n   vrf TENANT\n   ip address {site.lan(number)}/24"
               for number, name in VLANS]  # fmt: skip
    return blocks


def _routing(host: Host, source: random.Random) -> list[str]:
    site = site_of(host.spec.hostname, host.spec.seed)
    lines = [f"router bgp {site.asn}", f"   router-id {site.loopback}", "   maximum-paths 4 ecmp 4"]
    lines += [
        "   neighbor SPINE peer group",
        f"   neighbor SPINE remote-as {site.asn + 1}",
        "   neighbor SPINE send-community",
    ]
    lines.append(f"   neighbor SPINE password 7 {source.randrange(16**16):016X}")
    lines += [f"   neighbor {site.transit(number)[1]} peer group SPINE" for number in range(4)]
    lines += ["   redistribute connected", "   !", "   address-family ipv4", "      neighbor SPINE activate"]
    return [
        "ip routing\nip routing vrf TENANT",
        f"ip route 0.0.0.0/0 {site.lan(99)}",
        "\n".join(lines),
        "banner login\nAuthorised access only. Everything is logged.\nEOF",
        "management api http-commands\n   no shutdown",
        "management ssh\n   idle-timeout 30",
    ]


def _access_list(source: random.Random, entries: int) -> str:
    lines = ["ip access-list SERVERS-IN"]
    for number in range(entries):
        host = f"10.{number // 250 % 250}.{number % 250}.{source.randrange(2, 250)}"
        lines.append(f"   {(number + 1) * 10} permit tcp any host {host} eq {source.choice((22, 443, 5432, 8443))}")
    return "\n".join(lines)
