"""Which commands only read, platform by platform. Data for `networkops.readonly`, and nothing else."""
# ruff: noqa: E501 - a pattern is read in one line

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NOTHING = ""
NUMBER = r"\d{1,6}"
# A regular expression as a filter takes it. No backslash, no backquote, `$` at the very end alone: on some platforms the
# filter is a program that a shell starts. It does not begin like an option of such a program.
PATTERN = r'[\w.:/,@+=%^*\[\]"][\w.:/,@+=%^*\[\] "-]*\$?'
LOOSE_PATTERN = r'[\w.:/,@+=%^*\[\]"()][\w.:/,@+=%^*\[\]() "-]*\$?'
WORD = r"[\w.:/,@+=%][\w.:/,@+=%-]*"
HOST = r"[A-Za-z0-9:][\w.:-]*"
COUNT = r"(?:100|\d{1,2})"


@dataclass(frozen=True, slots=True)
class Rules:
    """What one platform's operators may send."""

    reads: tuple[str, ...]
    """First words that read, whatever plain words follow."""
    also: tuple[str, ...] = ()
    """Whole commands besides, as regular expressions that the command has to match from end to end."""
    never: tuple[str, ...] = ()
    """Words behind the first one that write a file, never end, or print keys; in order, abbreviated or not.
    They begin at the second word, or anywhere with `…` before them."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """What may stand behind `|`: a name as typed, and a regular expression of all that may follow it."""
    characters: str = ""
    """What words may hold besides letters, digits and `_.:/,@+=%-`."""
    alternation: tuple[str, ...] = ()
    """Where `| include a|b` is one pattern: the filters that no word behind its `|` may be the beginning of."""
    quotes: bool = False
    """A `|` between double quotes belongs to a pattern."""


def _named(names: str, argument: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), argument)


# As people type them; each is unambiguous on IOS.
_IOS_FILTERS = _named(
    "include inclu incl inc i exclude excl exc ex e begin beg b section sect sec s", LOOSE_PATTERN
) | _named("count", LOOSE_PATTERN)
_BASIC_FILTERS = _named("include exclude begin", PATTERN)
_GREP = {"grep": r"(?:-[iv]{1,2} )?" + PATTERN}
_JUNOS_FILTERS = (
    _named("match except find", r'[^\\`$;<>&!?]+\$?"?')
    | _named("count no-more", NOTHING)
    | {"last": rf"(?:{NUMBER})?", "trim": NUMBER, "display": r"set|xml|json|inheritance|detail"}
)
_VYOS_FILTERS = _named("match no-match", WORD) | _named("count no-more commands strip-private", NOTHING)

_IOS_PING = (
    rf"ping (?:vrf {WORD} )?(?:ip |ipv6 )?{HOST}(?: (?:repeat {COUNT}|size {NUMBER}|timeout \d|source {WORD}|df-bit))*",
    rf"traceroute (?:vrf {WORD} )?(?:ip |ipv6 )?{HOST}(?: (?:numeric|source {WORD}|timeout \d|probe \d|ttl \d{{1,2}} \d{{1,2}}))*",
)
_IOS_DIR = (r"dir(?: (?:flash|bootflash|disk\d|nvram|harddisk|slot\d|usb\d):[\w./-]*)?",)
_NXOS = Rules(
    reads=("show",),
    also=(rf"ping6? {HOST}(?: (?:count {COUNT}|vrf {WORD}|source {WORD}|packet-size {NUMBER}|timeout \d))*",
          rf"traceroute6? {HOST}(?: (?:vrf|source) {WORD})*",
          r"dir(?: (?:bootflash|volatile|log):[\w./-]*)?"),
    filters=_named("include exclude begin section", PATTERN) | _GREP | _named("no-more json json-pretty xml count", NOTHING)
    | {"last": NUMBER},
    never=("tech-support tac-pac",),
)  # fmt: skip
_IOSXR = Rules(
    reads=("show",),
    also=(rf"ping (?:vrf {WORD} )?{HOST}(?: (?:count {COUNT}|size {NUMBER}|timeout \d|source {WORD}))*",
          rf"traceroute (?:vrf {WORD} )?{HOST}(?: (?:source {WORD}|numeric|timeout \d|probe \d))*"),
    filters=_BASIC_FILTERS,
    never=("tech-support",),  # it always writes an archive
)  # fmt: skip
_JUNOS = Rules(
    reads=("show",),
    also=(
        rf"ping {HOST}(?=.* count )(?: (?:count {COUNT}|rapid|size {NUMBER}|wait \d|source {HOST}|routing-instance {WORD}))*",
        rf"traceroute {HOST}(?: (?:no-resolve|wait \d|ttl \d{{1,2}}|source {HOST}|routing-instance {WORD}))*",
        r"file list(?: /[\w./-]*)?",
    ),
    filters=_JUNOS_FILTERS,
    characters='*"',
    quotes=True,
)
_VRP = Rules(
    reads=("display",),
    also=(rf"ping (?:-c {COUNT} )?{HOST}", rf"tracert {HOST}", r"dir(?: flash:[\w./-]*)?"),
    filters=_BASIC_FILTERS | {"count": NOTHING},
    never=("diagnostic-information",),  # it asks for, or takes, the file that it writes
)
_SMALL = Rules(reads=("show",), filters=_BASIC_FILTERS)

_MIKROTIK_MENUS = (
    "interface", "interface bridge", "interface bridge host", "interface bridge port", "interface bridge vlan",
    "interface ethernet", "interface vlan", "interface bonding", "interface wireguard", "interface wireguard peers",
    "ip address", "ip arp", "ip dns", "ip route", "ip neighbor", "ip service", "ip firewall filter", "ip firewall nat",
    "ip firewall mangle", "ip firewall address-list", "ip firewall connection", "ip dhcp-server", "ip dhcp-server lease",
    "ipv6 address", "ipv6 route", "ipv6 neighbor", "routing bgp session", "routing bgp connection", "routing bgp peer",
    "routing ospf neighbor", "routing ospf interface", "routing ospf instance", "routing route", "log", "user",
    "system identity", "system resource", "system routerboard", "system clock", "system health", "system package",
    "system ntp client", "system history", "system license", "snmp",
)  # fmt: skip
_MIKROTIK = Rules(
    reads=(),
    also=(
        # menus are named one by one: `/system script run print` would run the script called print
        rf"/?(?:{'|'.join(menu.replace(' ', '[ /]') for menu in _MIKROTIK_MENUS)})[ /]print"
        r"(?: (?:detail|brief|terse|value-list|without-paging|count-only|stats))*",
        r"/?export(?: (?:compact|verbose|terse|hide-sensitive))*",
        rf"/?(?:tool )?ping (?:address=)?{HOST} count={COUNT}",
    ),
)
_LINUX = Rules(
    reads=(),
    also=(
        r"cat (?:/etc/(?:os-release|hostname|hosts|resolv\.conf|network/interfaces|debian_version|issue)"
        r"|/proc/(?:version|uptime|loadavg|meminfo|cpuinfo|net/dev|net/route|net/arp|mounts))",
        r"uptime", r"hostname(?: -[fsi])?", r"uname(?: -[amnrsv]+)?", r"date", r"whoami", r"id", r"lsb_release -a",
        r"df(?: -[hiPT]+)?", r"free(?: -[bkmgh]+)?", r"lscpu", r"lsblk", r"ps(?: (?:aux|-ef|ax))?", r"dmesg(?: -T)?",
        r"ip(?: -(?:4|6|br|brief|d|s|o|j|c))*"
        r" (?:a|addr|address|link|route|neigh|neighbour|rule|maddr)(?: (?:show|list)(?: (?:dev )?[\w.:@-]+| table \w+)?)?",
        rf"ip(?: -(?:4|6))? route get {HOST}",
        r"ss(?: -[46aelmnoprstuw]+)?", r"arp(?: -an?)?", r"netstat(?: -[46aeilnprstu]+)?", r"bridge (?:link|fdb|vlan)(?: show)?",
        r"ethtool(?: -[Sik])? [\w.-]+", r"lldpcli(?: -f (?:json0?|plain|keyvalue))? show (?:neighbors|chassis|interfaces)",
        r"systemctl --no-pager (?:status|is-active|list-units)(?: [\w@.]+[\w@.-]*)?",
        rf"ping6? -c {COUNT} {HOST}", rf"traceroute6? (?:-n )?{HOST}",
    ),
    filters={
        "grep": r"(?:-[ivE]{1,2} )?[\w.:/,@=][\w.:/,@= -]*",
        "head": rf"(?:-n {NUMBER}|-{NUMBER})?", "tail": rf"(?:-n {NUMBER}|-{NUMBER})?", "wc": r"-l",
    },
)  # fmt: skip

RULES: dict[str, Rules] = {
    "ios": Rules(
        reads=("show",),
        also=(*_IOS_PING, *_IOS_DIR),
        never=("crypto isakmp key", "… to-file"),
        filters=_IOS_FILTERS,
        alternation=("redirect", "append", "tee", "format", *_IOS_FILTERS),
    ),
    "eos": Rules(
        reads=("show",),
        also=(rf"ping (?:vrf {WORD} )?(?:ip |ipv6 )?{HOST}(?: (?:repeat {COUNT}|size {NUMBER}|timeout \d|source {WORD}))*",
              rf"traceroute (?:vrf {WORD} )?(?:ip |ipv6 )?{HOST}(?: source {WORD})?",
              r"dir(?: flash:[\w./-]*)?"),
        filters=_named("include exclude begin section", PATTERN) | _named("json no-more", NOTHING),
    ),
    "nxos": _NXOS,
    "nxos_ssh": _NXOS,
    "iosxr": _IOSXR,
    "iosxr_cli": _IOSXR,
    "junos": _JUNOS,
    "junos_cli": _JUNOS,
    # no ping: vtysh starts the system's own, which does not end by itself
    "frr": Rules(reads=("show",), also=(rf"traceroute (?:ip |ipv6 )?{HOST}",), filters={"include": PATTERN}),
    "cisco_asa": Rules(
        reads=("show",), also=(rf"ping {HOST}(?: (?:repeat {COUNT}|size {NUMBER}|timeout \d))*", rf"traceroute {HOST}"),
        filters=_BASIC_FILTERS | {"grep": r"(?:-v )?" + PATTERN, "count": PATTERN}, never=("tech-support file",),
    ),
    "cisco_wlc": Rules(reads=("show",), also=(rf"ping {HOST}",)),
    "cisco_s300": _SMALL,
    "huawei": _VRP,
    "hp_comware": _VRP,
    "hp_procurve": Rules(reads=("show",), also=(rf"ping {HOST}",), filters=_BASIC_FILTERS),
    "aruba_aoscx": Rules(
        reads=("show",), filters=_BASIC_FILTERS | {"count": NOTHING}, never=("tech local-file", "core-dump")
    ),
    "mikrotik_routeros": _MIKROTIK,
    "vyos": Rules(reads=("show",), filters=_VYOS_FILTERS, never=("… monitor", "tech-support", "log tail")),
    "ubiquiti_edgerouter": Rules(reads=("show",), filters=_VYOS_FILTERS, never=("… monitor", "tech-support", "log tail")),
    "fortinet": Rules(
        reads=("get", "show"), also=(rf"execute (?:ping|traceroute) {HOST}", r"diagnose sys ha status"),
        filters={"grep": r"(?:-[ivnf]{1,2} )?" + WORD}, never=("system performance top",),
    ),
    "paloalto_panos": Rules(
        reads=("show",), also=(rf"ping count {COUNT} host {HOST}", rf"traceroute host {HOST}"),
        filters=_named("match except", WORD), never=("… follow", "… tail"),
    ),
    "dell_os10": Rules(
        reads=("show",), also=(rf"ping -c {COUNT} {HOST}",),
        filters=_named("grep except find", PATTERN) | _named("no-more display-xml", NOTHING), never=("tech-support",),
    ),
    "nokia_sros": Rules(
        reads=("show",), also=(r"admin display-config(?: detail)?", rf"ping {HOST} count {COUNT}", rf"traceroute {HOST}"),
        filters={"match": PATTERN, "count": NOTHING}, never=("… repeat",),
    ),
    "juniper_screenos": Rules(reads=("get",), also=(rf"ping {HOST}(?: count {COUNT})?",), filters=_BASIC_FILTERS),
    "extreme_exos": Rules(
        reads=("show",), also=(rf"ping (?:count {COUNT} )?{HOST}", rf"traceroute {HOST}"), filters=_BASIC_FILTERS | _GREP,
        never=("… logto", "… file"),
    ),
    "linux": _LINUX,
}  # fmt: skip
