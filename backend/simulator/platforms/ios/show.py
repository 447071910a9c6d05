"""What the IOS-like platform's show commands print, computed from its state."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator import facts
from simulator.grammar import Match
from simulator.platforms.ios import archive, files, show_network
from simulator.platforms.ios.state import IosState, stamp

if TYPE_CHECKING:
    from simulator.platforms.ios.cli import IosCli

Show = Callable[[IosState, "IosCli", Match[str]], str]


def uptime_words(seconds: int) -> str:
    """`1 year, 2 weeks, 3 days, 4 hours, 5 minutes`."""
    units = (("year", 31_536_000), ("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60))
    parts: list[str] = []
    for name, length in units:
        count, seconds = divmod(seconds, length)
        if count or (name == "minute" and not parts):
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return ", ".join(parts)


def version(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show version`."""
    model, spec = state.model, state.host.spec
    serial = facts.serial_number(spec.hostname, spec.seed, "FOC")
    ports = len(model.ports)
    return (
        f"Cisco IOS Software, {model.family} ({model.image}), Version {model.version}, RELEASE SOFTWARE (fc1)\n"
        "Technical Support: http://www.cisco.com/techsupport\n"
        "Copyright (c) 1986-2023 by Cisco Systems, Inc.\nCompiled Tue 14-Feb-23 09:11 by prod_rel_team\n\n"
        "ROM: Bootstrap program is simulated\n\n"
        f"{state.hostname} uptime is {uptime_words(state.host.uptime())}\n"
        "System returned to ROM by power-on\n"
        f'System image file is "flash:{model.image.lower()}.{model.version}.bin"\n'
        "Last reload reason: Reload Command\n\n"
        f"cisco {model.name} (simulated) processor with 524288K bytes of memory.\n"
        f"Processor board ID {serial}\n{ports} Ethernet interfaces\n"
        "512K bytes of flash-simulated non-volatile configuration memory.\n"
        f"Base ethernet MAC Address       : {facts.colon_mac(facts.mac(spec.hostname, 'base')).upper()}\n"
        f"Model number                    : {model.name}\nSystem serial number            : {serial}\n\n"
        "Configuration register is 0x2102\n\n"
    )


def running(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show running-config [all]`."""
    return state.printed_running()


def running_interface(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show running-config interface X`."""
    node = state.tree.child(("interface", match.args[0]))
    if node is None:
        return "% Invalid input detected at '^' marker.\n\n"
    block = "".join(f"{line}\n" for line in [node.line, *(f" {child.line}" for child in node.children)])
    return f"Building configuration...\n\nCurrent configuration : {len(block)} bytes\n!\n{block}end\n\n"


def startup(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show startup-config`."""
    return state.printed_startup() if state.startup_config else "startup-config is not present\n"


def hosts(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show hosts`."""
    domain = state.tree.value("ip", "domain", "name") or state.tree.value("ip", "domain-name")
    head = f"Default domain is {domain}\n" if domain else "Default domain is not set\n"
    return (
        head
        + "Name/address lookup uses static mappings\n\n"
        + "Host                      Port  Flags      Age Type   Address(es)\n"
    )


def inventory(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show inventory`."""
    spec = state.host.spec
    serial = facts.serial_number(spec.hostname, spec.seed, "FOC")
    return f'NAME: "1", DESCR: "{state.model.name}"\nPID: {state.model.name:<18}, VID: V02  , SN: {serial}\n\n'


def users(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show users`."""
    head = "    Line       User       Host(s)              Idle       Location\n"
    return f"{head}*  1 vty 0     {cli.username:<10} idle                 00:00:00\n"


def history(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show history`."""
    return "".join(f"  {line}\n" for line in cli.terminal.history)


def logging(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show logging`."""
    changed = stamp(state.changed_at)
    return (
        "Syslog logging: enabled (0 messages dropped, 0 flushes, 0 overruns)\n\nLog Buffer:\n\n"
        f"*{changed}: %SYS-5-CONFIG_I: Configured from console by {state.changed_by} on vty0\n"
    )


def file_systems(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show file systems`."""
    head = "File Systems:\n\n       Size(b)       Free(b)      Type  Flags  Prefixes\n"
    return f"{head}*  {files.FLASH_BYTES}     215000000     flash     rw   flash:\n"


def differences(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show archive config differences [FIRST [SECOND]]`."""
    first, second, *_ = (*match.args, "running-config") if match.args else ("startup-config", "running-config")
    return archive.differences(state, first, second)


def cpu(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show processes cpu`."""
    busy = state.reads % 30 + 3
    return f"CPU utilization for five seconds: {busy}%/0%; one minute: {busy}%; five minutes: {busy}%\n"


def memory(state: IosState, cli: IosCli, match: Match[str]) -> str:
    """`show memory statistics`."""
    head = "                Head    Total(b)     Used(b)     Free(b)   Lowest(b)  Largest(b)\n"
    return f"{head}Processor   7F51A208   422334968   158342660   263992308   261009420   260114300\n" + (
        "      I/O   6EC00000    41943040    12976128    28966912    28900000    28841984\n"
    )


COMMANDS: dict[str, Show] = {
    "show_version": version,
    "show_cpu": cpu,
    "show_memory": memory,
    "show_clock": lambda state, cli, match: f"{stamp(time.time()).replace(' CET', '.000 CET', 1)}\n",
    "show_privilege": lambda state, cli, match: f"Current privilege level is {15 if cli.privileged else 1}\n",
    "show_users": users,
    "show_history": history,
    "show_hosts": hosts,
    "show_inventory": inventory,
    "show_logging": logging,
    "show_running": running,
    "show_running_interface": running_interface,
    "show_startup": startup,
    "show_file_systems": file_systems,
    "show_nothing": lambda state, cli, match: "",
    "show_flash": lambda state, cli, match: files.directory(state, "flash:/"),
    "show_archive": lambda state, cli, match: archive.listing(state),
    "show_rollback_timer": lambda state, cli, match: archive.rollback_timer(state),
    "show_incremental": lambda state, cli, match: archive.incremental(state, match.args[0]),
    "show_differences": differences,
    "show_snmp_chassis": lambda state, cli, match: f"{state.tree.value('snmp-server', 'chassis-id') or 'not set'}\n",
    "show_snmp_location": lambda state, cli, match: f"{state.tree.value('snmp-server', 'location')}\n",
    **show_network.COMMANDS,
}
