"""The platform table: what each kind of device speaks, and what its configuration looks like. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Transport = Literal["cli", "netconf", "xml", "nxapi"]
Proof = Literal["end", "braces", "prompt"]


@dataclass(frozen=True, slots=True)
class Platform:
    """One row. A device's `platform` is the row's `key`; regexes are matched line by line with `re.search`."""

    key: str
    vendor: str
    label: str
    netmiko: str
    """Netmiko's device_type for the CLI over SSH."""
    napalm: str = ""
    """NAPALM's driver name; empty: Netmiko alone."""
    napalm_args: Mapping[str, Any] = field(default_factory=dict)
    transport: Transport = "cli"
    """What carries the login: the CLI over SSH, NETCONF over SSH, IOS XR's XML agent over SSH, or NX-API over HTTPS."""
    port: int = 22
    config_command: str = "show running-config"
    enable: bool = False
    """A prompt that ends in `>` is unprivileged and `enable` lifts it."""
    proof: Proof = "prompt"
    """How a whole configuration shows: its last line (`end`), balanced braces, or the prompt behind it alone."""
    end_marker: str = ""
    volatile: tuple[str, ...] = ()
    """Lines that change without anybody changing the configuration; they make no new version."""
    error: str = r"^% "
    """A line by which the device refuses a command."""


_IOS_VOLATILE = (
    r"^Building configuration",
    r"^Current configuration\s*:",
    r"^! Last configuration change at ",
    r"^! NVRAM config last updated at ",
    r"^! No configuration change since last restart",
    r"^\s*ntp clock-period ",
)
_EOS_VOLATILE = (
    r"^! Command: show ",
    r"^! Startup-config last modified at ",
    r"^! Last configuration change at ",
)
_NXOS_VOLATILE = (
    r"^!Command: show ",
    r"^!Running configuration last done at:",
    r"^!Time: ",
    r"^!No configuration change",
)
_IOSXR_VOLATILE = (
    r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} +\d+ \d\d:\d\d:\d\d",
    r"^Building configuration",
    r"^!! IOS XR Configuration",
    r"^!! Last configuration change at ",
)
_JUNOS_VOLATILE = (r"^## Last (commit|changed): ", r"^\{(master|backup|primary|secondary|linecard)(:\w+)?\}$")
_JUNOS_ERROR = r"^(error: |syntax error|unknown command|\s+\^$)"
_VRP_ERROR = r"^\s*(Error: |% (Unrecognized|Incomplete|Wrong|Too many|Ambiguous))"
_FORTI_VOLATILE = (
    r"^#conf_file_ver=",
    r"^#(config-version|buildno|private-encryption-key)=",
    # Every `show` encrypts each secret with a new salt.
    r"^\s*set [\w-]+ ENC ",
)

_ROWS = (
    Platform(
        "ios", "Cisco", "Cisco IOS / IOS XE", "cisco_ios", napalm="ios", enable=True,
        proof="end", end_marker=r"^end$", volatile=_IOS_VOLATILE,
    ),
    Platform(
        "eos", "Arista", "Arista EOS", "arista_eos", napalm="eos", napalm_args={"transport": "ssh"}, enable=True,
        proof="end", end_marker=r"^end$", volatile=_EOS_VOLATILE,
    ),
    Platform(
        "nxos", "Cisco", "Cisco NX-OS (NX-API)", "cisco_nxos", napalm="nxos", napalm_args={"ssl_verify": True},
        transport="nxapi", port=443, volatile=_NXOS_VOLATILE,
    ),
    Platform(
        "nxos_ssh", "Cisco", "Cisco NX-OS (SSH)", "cisco_nxos", napalm="nxos_ssh", volatile=_NXOS_VOLATILE,
        error=r"^(% |\s+\^$|Syntax error)",
    ),
    Platform(
        "iosxr", "Cisco", "Cisco IOS XR (XML agent)", "cisco_xr", napalm="iosxr", napalm_args={"config_lock": False},
        transport="xml", proof="end", end_marker=r"^end$", volatile=_IOSXR_VOLATILE,
    ),
    Platform(
        "iosxr_cli", "Cisco", "Cisco IOS XR (CLI)", "cisco_xr",
        proof="end", end_marker=r"^end$", volatile=_IOSXR_VOLATILE,
    ),
    Platform(
        "junos", "Juniper", "Junos (NETCONF)", "juniper_junos", napalm="junos", transport="netconf", port=830,
        config_command="show configuration", proof="braces", volatile=_JUNOS_VOLATILE, error=_JUNOS_ERROR,
    ),
    Platform(
        "junos_cli", "Juniper", "Junos (CLI)", "juniper_junos", config_command="show configuration",
        proof="braces", volatile=_JUNOS_VOLATILE, error=_JUNOS_ERROR,
    ),
    # Netmiko has no type of its own for vtysh, which answers like IOS; our driver brings one.
    Platform(
        "frr", "FRRouting", "FRRouting (vtysh)", "cisco_ios", napalm="frr", proof="end", end_marker=r"^end$",
        volatile=(r"^Building configuration", r"^Current configuration\s*:"),
    ),
    Platform(
        "cisco_asa", "Cisco", "Cisco ASA", "cisco_asa", enable=True, proof="end", end_marker=r"^: end$",
        volatile=(r"^: Saved$", r"^: Written by ", r"^Cryptochecksum:", r"^: Serial Number: ", r"^: Hardware: "),
        error=r"^(ERROR: |% )",
    ),
    Platform(
        "cisco_wlc", "Cisco", "Cisco WLC (AireOS)", "cisco_wlc", config_command="show run-config commands",
        volatile=(r"^\s*# WLC Config (Begin|End)",), error=r"^Incorrect (usage|input)",
    ),
    Platform(
        "cisco_s300", "Cisco", "Cisco Small Business", "cisco_s300", enable=True,
        volatile=(r"^config-file-header", r"^v\d[\d.]+ / R", r"^file SSD indicator"),
    ),
    Platform(
        "huawei", "Huawei", "Huawei VRP", "huawei", config_command="display current-configuration",
        proof="end", end_marker=r"^return$", error=_VRP_ERROR,
        volatile=(r"^!Last configuration was (updated|saved) at ",),
    ),
    Platform(
        "hp_comware", "HPE", "HPE Comware", "hp_comware", config_command="display current-configuration",
        proof="end", end_marker=r"^return$", error=r"^\s*% (Unrecognized|Incomplete|Wrong|Too many|Ambiguous)",
    ),
    Platform(
        "hp_procurve", "HPE", "HPE ProCurve / ArubaOS-Switch", "hp_procurve", enable=True,
        volatile=(r"^Running configuration:$",), error=r"^(Invalid input: |Ambiguous input: |Incomplete input: )",
    ),
    Platform(
        "aruba_aoscx", "Aruba", "ArubaOS-CX", "aruba_aoscx",
        volatile=(r"^Current configuration:$",), error=r"^(Invalid input: |% )",
    ),
    Platform(
        "mikrotik_routeros", "MikroTik", "MikroTik RouterOS", "mikrotik_routeros", config_command="/export",
        volatile=(r"^# (\w{3}/\d\d/\d{4}|\d{4}-\d\d-\d\d) \d\d:\d\d:\d\d by RouterOS",),
        error=r"^(bad command name |syntax error |expected end of command |input does not match )",
    ),
    Platform(
        "vyos", "VyOS", "VyOS", "vyos", config_command="show configuration", proof="braces",
        error=r"^\s*(Invalid command: |Incomplete command: |Ambiguous command: )",
    ),
    Platform(
        "ubiquiti_edgerouter", "Ubiquiti", "Ubiquiti EdgeOS", "ubiquiti_edgerouter",
        config_command="show configuration", proof="braces",
        error=r"^\s*(Invalid command: |Incomplete command: |Ambiguous command: )",
    ),
    Platform(
        "fortinet", "Fortinet", "FortiOS", "fortinet", config_command="show", volatile=_FORTI_VOLATILE,
        error=r"^(Unknown action |command parse error |Command fail)",
    ),
    Platform(
        "paloalto_panos", "Palo Alto", "PAN-OS", "paloalto_panos", config_command="show config running",
        proof="braces", error=r"^(Unknown command: |Invalid syntax|Server error : )",
    ),
    Platform(
        "dell_os10", "Dell", "Dell OS10", "dell_os10", config_command="show running-configuration",
        volatile=(r"^! Version ", r"^! Last configuration change at "), error=r"^% ?Error: ",
    ),
    Platform(
        "nokia_sros", "Nokia", "Nokia SR OS (classic CLI)", "nokia_sros", config_command="admin display-config",
        proof="end", end_marker=r"^# Finished ", volatile=(r"^# (Generated|Finished) ",), error=r"^(Error: |MINOR: )",
    ),
    Platform(
        "juniper_screenos", "Juniper", "ScreenOS", "juniper_screenos", config_command="get config",
        volatile=(r"^Total Config size ",), error=r"^\s*(\^-+unknown keyword|Command not completed)",
    ),
    Platform(
        "extreme_exos", "Extreme", "ExtremeXOS", "extreme_exos", config_command="show configuration",
        volatile=(r"^# Configuration generated ", r"^# Module .* configuration generated"),
        error=r"^%% (Invalid|Incomplete|Ambiguous)",
    ),
    Platform(
        "linux", "Linux", "Linux (ifupdown)", "linux", config_command="cat /etc/network/interfaces",
        error=r"^(-?\w*sh: .*|cat: .*: (No such file|Permission denied).*)",
    ),
)  # fmt: skip

PLATFORMS: dict[str, Platform] = {row.key: row for row in _ROWS}
LABELS = {row.key: row.label for row in _ROWS}
