"""Makes up the configuration of an IOS-like device: an access switch or a branch router, as its seed says."""

from __future__ import annotations

import random
from dataclasses import dataclass

from simulator.facts import Site, rng, serial_number, site_of
from simulator.platforms.ios.secrets import hash_secret
from simulator.spec import DeviceSpec

PLACES = (
    "Berlin, Rack A3",
    "Hamburg, Floor 2",
    "Munich, Room 114",
    "Vienna, Basement",
    "Zurich, Rack 12",
    "Graz, Hall 4",
)
VLANS = ((10, "DATA"), (20, "VOICE"), (30, "PRINTERS"), (40, "CAMERAS"), (50, "GUEST"), (99, "MANAGEMENT"))
DOMAINS = ("example.net", "corp.example.com", "branch.example.org")
DEVICES_AT_PORTS = ("Workstation", "IP phone", "Printer", "Access point", "Camera", "Badge reader", "Meeting room")


@dataclass(frozen=True, slots=True)
class Model:
    """Hardware and software a device claims to be."""

    name: str
    family: str
    image: str
    version: str
    is_switch: bool
    ports: tuple[str, ...]
    has_clock_period: bool = False


MODELS = (
    Model("WS-C2960X-24TS-L", "C2960X Software", "C2960X-UNIVERSALK9-M", "15.2(7)E8", True,
          tuple(f"GigabitEthernet1/0/{port}" for port in range(1, 29))),
    Model("WS-C2960-24TT-L", "C2960 Software", "C2960-LANBASEK9-M", "12.2(55)SE12", True,
          (*(f"FastEthernet0/{port}" for port in range(1, 25)), "GigabitEthernet0/1", "GigabitEthernet0/2"), True),
    Model("CISCO2911/K9", "C2900 Software", "C2900-UNIVERSALK9-M", "15.7(3)M8", False,
          tuple(f"GigabitEthernet0/{port}" for port in range(3))),
    Model("ISR4331/K9", "ISR Software", "X86_64_LINUX_IOSD-UNIVERSALK9-M", "16.12.8", False,
          tuple(f"GigabitEthernet0/0/{port}" for port in range(3))),
)  # fmt: skip


def model_of(spec: DeviceSpec) -> Model:
    """The model of a device."""
    fitting = [model for model in MODELS if spec.role in ("", "switch" if model.is_switch else "router")]
    return rng(spec.hostname, spec.seed, "model").choice(fitting)


def generate(spec: DeviceSpec) -> str:
    """The body of the running configuration, as `render` would print it."""
    source = rng(spec.hostname, spec.seed, "config")
    model = model_of(spec)
    blocks = [*_head(spec, model, source), *_management(spec, model, source)]
    blocks += _switch(spec, model, source) if model.is_switch else _router(spec, model, source)
    tail = _tail(spec, model, source)
    missing = spec.config_lines - sum(len(block.splitlines()) + 1 for block in blocks + tail)
    return "\n!\n".join(["!", *blocks, *_acls(source, missing), *tail, "end"]).removeprefix("!\n") + "\n"


def _head(spec: DeviceSpec, model: Model, source: random.Random) -> list[str]:
    short = ".".join(model.version.split(".")[:2]).split("(")[0]
    enable = [f"enable secret 9 {hash_secret(spec.enable_secret)}"] if spec.enable_secret else []
    level = 1 if spec.enable_secret else 15
    cdp = "no cdp run" if source.random() < 0.2 else "cdp run"
    return [
        f"version {short}\nservice timestamps debug datetime msec localtime\n"
        "service timestamps log datetime msec localtime\n"
        "service password-encryption\nno service pad",
        f"hostname {spec.hostname}",
        "boot-start-marker\nboot-end-marker",
        "\n".join([f"logging buffered {source.choice((16384, 32768, 64000))}", "no logging console", *enable]),
        "aaa new-model",
        "aaa authentication login default local\naaa authorization exec default local\naaa session-id common",
        f"clock timezone CET 1 0\nip domain name {source.choice(DOMAINS)}\n"
        f"no ip domain lookup\nlldp run\n{cdp}",
        _archive_and_users(spec, level, source),
    ]  # fmt: skip


def _archive_and_users(spec: DeviceSpec, level: int, source: random.Random) -> str:
    others = source.sample(("netops", "backup", "noc", "audit", "monitor"), source.randrange(1, 4))
    users = [f"username {spec.username} privilege {level} secret 9 {hash_secret(spec.password)}"]
    users += [
        f"username {name} privilege {source.choice((1, 5, 15))} secret 9 {hash_secret(f'{name}{source.random()}')}"
        for name in others
        if name != spec.username
    ]
    archive = (
        "archive\n log config\n  logging enable\n  logging size 500\n  notify syslog contenttype plaintext\n  hidekeys"
    )
    return f"{archive}\n path flash:{spec.hostname}-config\n maximum 10\n write-memory\n!\n" + "\n".join(users)


def _management(spec: DeviceSpec, model: Model, source: random.Random) -> list[str]:
    vlans = [f"vlan {number}\n name {name}" for number, name in VLANS] if model.is_switch else []
    source_interface = "Vlan99" if model.is_switch else "Loopback0"
    ssh = f"ip ssh time-out 60\nip ssh version 2\nip ssh source-interface {source_interface}\nip scp server enable"
    voice = (
        "class-map match-any VOICE\n match dscp ef\n match dscp cs5\n!\n"
        f"policy-map WAN-OUT\n class VOICE\n  priority percent {source.choice((10, 20, 30))}\n"
        " class class-default\n  fair-queue"
    )
    return [*vlans, ssh, *voice.split("\n!\n")]


def _switch(spec: DeviceSpec, model: Model, source: random.Random) -> list[str]:
    site = site_of(spec.hostname, spec.seed)
    blocks = []
    linked = {link.interface: f"Uplink to {link.peer} {link.peer_interface}" for link in spec.links}
    for number, port in enumerate(model.ports):
        if port in linked or (number >= len(model.ports) - 2):
            blocks.append(_trunk(port, linked.get(port, "Uplink"), source))
        else:
            blocks.append(_access_port(port, number, source))
    blocks.append("interface Vlan1\n no ip address\n shutdown")
    blocks.append(
        f"interface Vlan99\n description Management\n ip address {site.lan(99)[:-1]}{site.slot + 10} 255.255.255.0"
    )
    gateway = f"ip default-gateway {site.lan(99)}"
    return [*blocks, f"{_services()}\n{gateway}"]


def _trunk(port: str, description: str, source: random.Random) -> str:
    allowed = ",".join(str(number) for number, _ in VLANS)
    return (
        f"interface {port}\n description {description}\n switchport trunk allowed vlan {allowed}\n"
        f" switchport mode trunk\n storm-control broadcast level {source.choice(('1.00', '2.00', '5.00'))}"
    )


def _access_port(port: str, number: int, source: random.Random) -> str:
    vlan = source.choice((10, 10, 10, 30, 40, 50))
    lines = [f"interface {port}"]
    if source.random() < 0.75:
        lines.append(f" description {source.choice(DEVICES_AT_PORTS)} {source.randrange(1, 4)}.{number + 1:02d}")
    lines += [f" switchport access vlan {vlan}", " switchport mode access"]
    if vlan == 10:
        lines.append(" switchport voice vlan 20")
    if source.random() < 0.15:
        lines.append(" shutdown")
    return "\n".join([*lines, " spanning-tree portfast", " spanning-tree bpduguard enable"])


def _services() -> str:
    return "ip forward-protocol nd\nno ip http server\nno ip http secure-server"


def _router(spec: DeviceSpec, model: Model, source: random.Random) -> list[str]:
    site = site_of(spec.hostname, spec.seed)
    transits = [site.transit(number) for number in range(len(model.ports))]
    lan = model.ports[0]
    return [
        f"interface Loopback0\n description Router ID\n ip address {site.loopback} 255.255.255.255",
        *(_wan_port(spec, site, number, port, source) for number, port in enumerate(model.ports)),
        *(
            f"interface {lan}.{number}\n description {name} gateway\n encapsulation dot1Q {number}\n"
            f" ip address {site.lan(number)} 255.255.255.0\n ip helper-address 10.{site.region}.99.20"
            for number, name in VLANS[:4]
        ),
        _ospf(site.loopback, [ours for ours, _ in transits], site.region),
        _bgp(site.asn, site.loopback, [peer for _, peer in transits], source),
        f"{_services()}\nip route 0.0.0.0 0.0.0.0 {transits[0][1]} 250",
    ]


def _wan_port(spec: DeviceSpec, site: Site, number: int, port: str, source: random.Random) -> str:
    link = next((link for link in spec.links if link.interface == port), None)
    circuit = f"WAN circuit {source.randrange(10000, 99999)}"
    lines = [
        f"interface {port}",
        f" description to {link.peer} {link.peer_interface}" if link else f" description {circuit}",
    ]
    lines += [f" ip address {site.transit(number)[0]} 255.255.255.252", " no ip redirects", " no ip proxy-arp"]
    lines += [" ip ospf network point-to-point", f" ip ospf cost {source.choice((10, 100, 1000))}"]
    if link is None and source.random() < 0.15:
        lines.append(" shutdown")
    lines += [" duplex auto", " speed auto", f" ipv6 address 2001:DB8:{site.region:X}:{number:X}::1/64"]
    return "\n".join([*lines, " service-policy output WAN-OUT"])


def _ospf(router_id: str, addresses: list[str], region: int) -> str:
    lines = ["router ospf 1", f" router-id {router_id}", " auto-cost reference-bandwidth 100000"]
    lines += [" passive-interface default", f" network {router_id} 0.0.0.0 area 0"]
    lines += [f" network {address} 0.0.0.0 area 0" for address in addresses]
    return "\n".join([*lines, f" network 10.{region}.0.0 0.0.255.255 area 0"])


def _bgp(asn: int, router_id: str, peers: list[str], source: random.Random) -> str:
    lines = [f"router bgp {asn}", f" bgp router-id {router_id}", " bgp log-neighbor-changes"]
    for number, peer in enumerate(peers):
        lines += [
            f" neighbor {peer} remote-as {asn + number + 1}",
            f" neighbor {peer} description Provider {number + 1}",
        ]
        lines += [f" neighbor {peer} password 7 {source.randrange(16**14):014X}"]
    lines += [" !", " address-family ipv4", "  redistribute connected"]
    for peer in peers:
        lines += [f"  neighbor {peer} activate", f"  neighbor {peer} route-map PROVIDER-IN in"]
        lines += [f"  neighbor {peer} maximum-prefix {source.choice((100, 1000, 10000))} 80"]
    return "\n".join([*lines, " exit-address-family"])


def _acls(source: random.Random, missing: int) -> list[str]:
    entries = source.randrange(10, 30)
    blocks = ["ip access-list standard MANAGEMENT\n permit 10.0.0.0 0.255.255.255\n deny any log"]
    lines = ["ip access-list extended USERS-IN", " remark Traffic from user networks"]
    for number in range(max(entries, missing - 5)):
        protocol = source.choice(("tcp", "udp"))
        host = f"10.{number // 250 % 250}.{number % 250}.{source.randrange(2, 250)}"
        lines.append(f" permit {protocol} any host {host} eq {source.choice((22, 53, 80, 123, 443, 8443))}")
    return [*blocks, "\n".join([*lines, " deny ip any any log"])]


def _tail(spec: DeviceSpec, model: Model, source: random.Random) -> list[str]:
    collector = f"10.{source.randrange(256)}.99"
    communities = [f"snmp-server community {source.randrange(16**10):010x} RO MANAGEMENT"]
    if source.random() < 0.3:
        communities.append(f"snmp-server community {source.randrange(16**10):010x} RW MANAGEMENT")
    ntp = [f"ntp clock-period {source.randrange(17179000, 17181000)}"] if model.has_clock_period else []
    ntp += [f"ntp server {collector}.{number}" for number in (11, 12)]
    return [
        f"logging trap {source.choice(('notifications', 'informational', 'warnings'))}\n"
        f"logging host {collector}.21\nlogging host {collector}.22",
        *(["route-map PROVIDER-IN permit 10\n set local-preference 200"] if not model.is_switch else []),
        "\n".join([*communities, f"snmp-server location {source.choice(PLACES)}", "snmp-server contact noc@example.net",
                   f"snmp-server chassis-id {serial_number(spec.hostname, spec.seed, 'FOC')}",
                   "snmp-server enable traps config", "snmp-server enable traps bgp",
                   f"snmp-server host {collector}.31 version 2c {source.randrange(16**8):08x}"]),
        "control-plane",
        "banner motd ^C\nAuthorised access only. Everything is logged.\n^C",
        "line con 0\n exec-timeout 15 0\n logging synchronous\nline vty 0 4\n access-class MANAGEMENT in vrf-also\n"
        " exec-timeout 30 0\n transport input ssh\nline vty 5 15\n exec-timeout 30 0\n transport input ssh",
        "\n".join(ntp),
    ]  # fmt: skip
