"""Show commands about interfaces, neighbours, routes."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator import facts
from simulator.grammar import Match
from simulator.platforms.ios.interfaces import Interface, interfaces
from simulator.platforms.ios.state import IosState
from simulator.spec import Link

if TYPE_CHECKING:
    from simulator.platforms.ios.cli import IosCli

SHORT_NAMES = (("TenGigabitEthernet", "Te"), ("GigabitEthernet", "Gi"), ("FastEthernet", "Fa"), ("Loopback", "Lo"),
               ("Ethernet", "Et"), ("Port-channel", "Po"), ("Vlan", "Vl"), ("Tunnel", "Tu"))  # fmt: skip


def short(name: str) -> str:
    """`Gi0/1` for `GigabitEthernet0/1`."""
    for long, abbreviation in SHORT_NAMES:
        if name.startswith(long):
            return abbreviation + name[len(long) :]
    return name


def _status(interface: Interface) -> tuple[str, str]:
    if not interface.enabled:
        return "administratively down", "down"
    return ("up", "up") if interface.up else ("down", "down")


def _wanted(state: IosState, match: Match[str]) -> list[Interface]:
    return [found for found in interfaces(state) if not match.args or found.name == match.args[0]]


def show_interfaces(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show interfaces [X]`."""
    return "".join(_interface(found) for found in _wanted(state, match))


def _interface(found: Interface) -> str:
    status, protocol = _status(found)
    hardware = "Hardware is Loopback" if found.name.startswith("Loopback") else (
        f"Hardware is Gigabit Ethernet, address is {facts.dotted_mac(found.mac)} (bia {facts.dotted_mac(found.mac)})"
    )  # fmt: skip
    seen = int(hashlib.sha256(found.mac.encode()).hexdigest()[:6], 16) if found.up else 0
    lines = [f"{found.name} is {status}, line protocol is {protocol} ", f"  {hardware}"]
    if found.description:
        lines.append(f"  Description: {found.description}")
    if found.addresses:
        lines.append(f"  Internet address is {found.addresses[0]}")
    lines += [
        f"  MTU {found.mtu} bytes, BW {found.bandwidth} Kbit/sec, DLY 10 usec, ",
        "     reliability 255/255, txload 1/255, rxload 1/255",
        "  Encapsulation ARPA, loopback not set",
        "  Last input 00:00:01, output 00:00:00, output hang never",
        f"     {seen} packets input, {seen * 312} bytes, 0 no buffer",
        "     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored",
        f"     {seen // 2} packets output, {seen * 150} bytes, 0 underruns",
        "     0 output errors, 0 collisions, 1 interface resets",
    ]
    return "".join(f"{line}\n" for line in lines)


def show_ip_interface_brief(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show ip interface brief`."""
    rows = ["Interface              IP-Address      OK? Method Status                Protocol"]
    for found in interfaces(state):
        status, protocol = _status(found)
        address = str(found.addresses[0].ip) if found.addresses else "unassigned"
        rows.append(f"{found.name:<22} {address:<15} YES {'NVRAM':<6} {status:<21} {protocol}")
    return "".join(f"{row}\n" for row in rows)


def show_ip_interface(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show ip interface [X]`."""
    out = []
    for found in _wanted(state, match):
        status, protocol = _status(found)
        out.append(f"{found.name} is {status}, line protocol is {protocol}")
        if not found.addresses:
            out.append("  Internet protocol processing disabled")
            continue
        out += [f"  Internet address is {found.addresses[0]}", "  Broadcast address is 255.255.255.255"]
        out += [f"  Secondary address {address}" for address in found.addresses[1:]]
        out += [f"  MTU is {found.mtu} bytes", "  Helper address is not set", "  Split horizon is enabled"]
    return "".join(f"{line}\n" for line in out)


def show_ipv6_interface(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show ipv6 interface`."""
    out = []
    for found in interfaces(state):
        if found.addresses6:
            status, protocol = _status(found)
            out.append(f"{found.name} is {status}, line protocol is {protocol}")
            out += [
                f"  IPv6 is enabled, link-local address is {found.link_local} ",
                "  No Virtual link-local address(es):",
            ]
            out.append("  Global unicast address(es):")
            for address in found.addresses6:
                network = str(address.network).upper()
                out.append(f"    {str(address.ip).upper()}, subnet is {network} ")
            out += [f"  MTU is {found.mtu} bytes", "  ND DAD is enabled, number of DAD attempts: 1"]
    return "".join(f"{line}\n" for line in out)


def show_ipv6_interface_brief(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show ipv6 interface brief`."""
    out = []
    for found in interfaces(state):
        if found.addresses6:
            status, protocol = _status(found)
            out += [f"{found.name:<22} [{status}/{protocol}]", f"    {found.link_local}"]
            out += [f"    {str(address.ip).upper()}" for address in found.addresses6]
    return "".join(f"{line}\n" for line in out)


def show_interfaces_description(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show interfaces description`."""
    rows = ["Interface                      Status         Protocol Description"]
    for found in interfaces(state):
        status = "admin down" if not found.enabled else _status(found)[0]
        rows.append(f"{short(found.name):<30} {status:<14} {_status(found)[1]:<8} {found.description}".rstrip())
    return "".join(f"{row}\n" for row in rows)


def show_interfaces_status(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show interfaces status`."""
    rows = ["", "Port      Name               Status       Vlan       Duplex  Speed Type"]
    for found in interfaces(state):
        if found.is_virtual or "." in found.name.rpartition("/")[2]:
            continue
        status = "connected" if found.up else "notconnect" if found.enabled else "disabled"
        trunk = found.node.value("switchport", "mode") == "trunk"
        vlan = "trunk" if trunk else found.node.value("switchport", "access", "vlan") or "1"
        head = f"{short(found.name):<9} {found.description[:18]:<18} {status:<12} {vlan:<10}"
        rows.append(f"{head} a-full a-1000 10/100/1000BaseTX")
    return "".join(f"{row}\n" for row in rows)


def show_arp(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show arp`: ourselves and one neighbour on every network that is up."""
    rows = ["Protocol  Address          Age (min)  Hardware Addr   Type   Interface"]
    for found in interfaces(state):
        if not found.up or found.name.startswith("Loopback"):
            continue
        for address in found.addresses[:1]:
            rows.append(_arp_row(str(address.ip), "-", found.mac, found.name))
            peer = next((host for host in address.network.hosts() if host != address.ip), None)
            if peer is not None:
                rows.append(_arp_row(str(peer), str(int(found.mac[-2:], 16)), facts.mac(str(peer), "arp"), found.name))
    return "".join(f"{row}\n" for row in rows)


def _arp_row(address: str, age: str, mac: str, interface: str) -> str:
    return f"Internet  {address:<16} {age:>8}   {facts.dotted_mac(mac)}  ARPA   {interface}"


def neighbours(state: IosState) -> list[Link]:
    """What LLDP and CDP see: the spec's links whose interface is up."""
    up = {found.name for found in interfaces(state) if found.up}
    return [link for link in state.host.spec.links if link.interface in up]


def _lldp_off(state: IosState) -> bool:
    return not any(state.tree.find("lldp", "run"))


def show_lldp(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show lldp neighbors`."""
    if _lldp_off(state):
        return "% LLDP is not enabled\n"
    head = (
        "Capability codes:\n    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device\n"
        "    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other\n\n"
        "Device ID           Local Intf     Hold-time  Capability      Port ID\n"
    )
    links = neighbours(state)
    rows = [
        f"{link.peer[:20]:<20}{short(link.interface):<15}{'120':<11}{'B,R':<16}{short(link.peer_interface)}\n"
        for link in links
    ]
    return f"{head}{''.join(rows)}\nTotal entries displayed: {len(links)}\n\n"


def show_lldp_detail(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show lldp neighbors [X] detail`."""
    if _lldp_off(state):
        return "% LLDP is not enabled\n"
    links = [link for link in neighbours(state) if not match.args or link.interface == match.args[0]]
    blocks = [
        "------------------------------------------------\n"
        f"Local Intf: {short(link.interface)}\nChassis id: {facts.dotted_mac(facts.mac(link.peer, 'base'))}\n"
        f"Port id: {short(link.peer_interface)}\nPort Description: to {state.hostname}\nSystem Name: {link.peer}\n\n"
        "System Description: \nSimulated network device\n\nTime remaining: 104 seconds\nSystem Capabilities: B,R\n"
        f"Enabled Capabilities: B,R\n{_managed(link)}Auto Negotiation - supported, enabled\n\n\n"
        for link in links
    ]
    return f"{''.join(blocks)}Total entries displayed: {len(links)}\n\n"


def show_cdp(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show cdp neighbors`."""
    if not any(state.tree.find("cdp", "run")):
        return "% CDP is not enabled\n"
    head = "Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID\n"
    rows = [
        f"{link.peer:<16} {_spaced(link.interface):<17} 155             "
        f"R S I  simulated {_spaced(link.peer_interface)}\n"
        for link in neighbours(state)
    ]
    return f"{head}{''.join(rows)}\nTotal cdp entries displayed : {len(rows)}\n"


def show_cdp_detail(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show cdp neighbors detail`."""
    if not any(state.tree.find("cdp", "run")):
        return "% CDP is not enabled\n"
    links = neighbours(state)
    blocks = "".join(
        f"-------------------------\nDevice ID: {link.peer}\nEntry address(es): \n{_entry_address(link)}"
        f"Platform: simulated,  Capabilities: Router Switch\n"
        f"Interface: {link.interface},  Port ID (outgoing port): {link.peer_interface}\nHoldtime : 155 sec\n\n"
        "Version :\nSimulated network device\n\nadvertisement version: 2\n\n"
        for link in links
    )
    return f"{blocks}\nTotal cdp entries displayed : {len(links)}\n"


def _managed(link: Link) -> str:
    if not link.peer_address:
        return "Management Addresses - not advertised\n"
    return f"Management Addresses:\n    IP: {link.peer_address}\n"


def _entry_address(link: Link) -> str:
    return f"  IP address: {link.peer_address}\n" if link.peer_address else ""


def _spaced(name: str) -> str:
    abbreviation = short(name)
    return f"{abbreviation[:2]} {abbreviation[2:]}"


def show_vlan(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show vlan brief`."""
    ports: dict[str, list[str]] = {}
    for found in interfaces(state):
        if not found.is_virtual:
            ports.setdefault(found.node.value("switchport", "access", "vlan") or "1", []).append(short(found.name))
    names = {"1": "default"} | {node.line.split()[1]: node.value("name") for node in state.tree.find("vlan")}
    rows = ["", "VLAN Name                             Status    Ports", f"---- {'-' * 32} --------- {'-' * 31}"]
    for number, name in sorted(names.items(), key=lambda item: int(item[0])):
        listed = ports.get(number, [])
        rows.append(f"{number:<4} {name:<32} active    {', '.join(listed[:4])}".rstrip())
        rows += [f"{'':<48}{', '.join(listed[index : index + 4])}" for index in range(4, len(listed), 4)]
    return "".join(f"{row}\n" for row in rows)


def show_ip_route(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show ip route`: connected networks and static routes."""
    rows = ["Codes: L - local, C - connected, S - static, O - OSPF, B - BGP", ""]
    for node in state.tree.find("ip", "route"):
        words = node.line.split()
        rows.append(f"S     {words[2]} {words[3]} [1/0] via {words[4]}")
    for found in interfaces(state):
        if found.up:
            for address in found.addresses:
                rows.append(f"C     {address.network} is directly connected, {found.name}")
                rows.append(f"L     {address.ip}/32 is directly connected, {found.name}")
    return "".join(f"{row}\n" for row in rows)


def show_ospf_neighbor(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show ip ospf neighbor`: one on each point-to-point network that is up and in OSPF."""
    rows = ["", "Neighbor ID     Pri   State           Dead Time   Address         Interface"]
    if any(state.tree.find("router", "ospf")):
        for found in interfaces(state):
            if found.up and any(found.node.find("ip", "ospf", "network")) and found.addresses:
                address = found.addresses[0]
                peer = next(host for host in address.network.hosts() if host != address.ip)
                rows.append(f"{peer!s:<15}   0   FULL/  -        00:00:35    {peer!s:<15} {found.name}")
    return "".join(f"{row}\n" for row in rows)


def show_bgp_summary(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show ip bgp summary`: a peer is up when the network it sits on is."""
    process = next(state.tree.find("router", "bgp"), None)
    if process is None:
        return "% BGP not active\n"
    reachable = [address.network for found in interfaces(state) if found.up for address in found.addresses]
    router_id = process.value("bgp", "router-id")
    rows = [
        f"BGP router identifier {router_id}, local AS number {process.line.split()[2]}",
        "BGP table version is 1",
        "",
    ]
    rows.append("Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd")
    for node in process.find("neighbor"):
        words = node.line.split()
        if words[2] == "remote-as":
            up = _inside(words[1], reachable)
            state_text, since = ("12", "5d04h") if up else ("Idle", "never")
            rows.append(
                f"{words[1]:<15} 4 {words[3]:>12}    8042    8040        1    0    0 {since:<8} {state_text:>8}"
            )
    return "".join(f"{row}\n" for row in rows)


def _inside(neighbor: str, networks: list[ipaddress.IPv4Network]) -> bool:
    """Whether a neighbor sits on one of the networks; a peer group's name sits on none."""
    try:
        return any(ipaddress.ip_address(neighbor) in network for network in networks)
    except ValueError:
        return False


def show_ntp(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show ntp associations`."""
    rows = ["", "  address         ref clock       st   when   poll reach  delay  offset   disp"]
    for number, node in enumerate(state.tree.find("ntp", "server")):
        mark, server = "+" if number else "*", node.line.split()[2]
        rows.append(f"{mark}~{server:<15} 10.0.0.1         2     31     64   377  1.234   0.123  0.456")
    return "".join(f"{row}\n" for row in rows)


COMMANDS: dict[str, Callable[[IosState, IosCli, Match[str]], str]] = {
    command.__name__: command
    for command in (
        show_interfaces,
        show_ip_interface_brief,
        show_ip_interface,
        show_ipv6_interface,
        show_ipv6_interface_brief,
        show_interfaces_description,
        show_interfaces_status,
        show_arp,
        show_lldp,
        show_lldp_detail,
        show_cdp,
        show_cdp_detail,
        show_vlan,
        show_ip_route,
        show_ospf_neighbor,
        show_bgp_summary,
        show_ntp,
    )
}
