"""Where a webhook may go: to no address of the server's own machine or networks, however it is written.

A name is resolved once, by `checked_addresses`, and the connection is made to what that returned: what the name means a
moment later does not matter. Networks that `WEBNET_WEBHOOK_NETWORKS` names are let through.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

LONGEST = 500
PORTS = frozenset({80, 443, 8080, 8443})
"""Outside of named networks: nothing but the usual ports of web servers."""
MOST_ADDRESSES = 4
_PRINTABLE = re.compile(r"[!-~]+", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII)

FORBIDDEN = [
    (ipaddress.ip_network(network), words)
    for network, words in {
        "0.0.0.0/8": "is no address to send to",
        "10.0.0.0/8": "is a private address",
        "100.64.0.0/10": "is a shared address of a provider's inside",
        "127.0.0.0/8": "is this server itself",
        "169.254.0.0/16": "is a link-local address",
        "172.16.0.0/12": "is a private address",
        "192.0.0.0/24": "is a reserved address",
        "192.0.2.0/24": "is an address of examples",
        "192.88.99.0/24": "is a reserved address",
        "192.168.0.0/16": "is a private address",
        "198.18.0.0/15": "is an address of test networks",
        "198.51.100.0/24": "is an address of examples",
        "203.0.113.0/24": "is an address of examples",
        "224.0.0.0/4": "is a multicast address",
        "240.0.0.0/4": "is a reserved address",
        "::/128": "is no address to send to",
        "::1/128": "is this server itself",
        "::ffff:0:0/96": "wraps an IPv4 address",
        "64:ff9b::/96": "wraps an IPv4 address",
        "64:ff9b:1::/48": "wraps an IPv4 address",
        "2001::/23": "is a reserved address",
        "2001:db8::/32": "is an address of examples",
        "2002::/16": "wraps an IPv4 address",
        "3fff::/20": "is an address of examples",
        "fc00::/7": "is a private address",
        "fe80::/10": "is a link-local address",
        "ff00::/8": "is a multicast address",
    }.items()
]
_PUBLIC_V6 = ipaddress.ip_network("2000::/3")


class BadAddress(Exception):
    """Nothing is sent there; says why, in words."""


@dataclass(frozen=True, slots=True)
class Target:
    """A webhook's address, taken apart. `host` is a name or an address without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"


def read_url(url: str) -> Target:
    """Take a webhook's address apart, and refuse what can be refused without asking for a name's addresses."""
    if len(url) > LONGEST or not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise BadAddress(
            f"An address has at most {LONGEST} characters, ASCII alone and no blanks; a name in another script is "
            "written as xn--…"
        )
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").removesuffix(".")
    except ValueError as error:
        raise BadAddress("This is no address of a web server.") from error
    schemes = {"https": 443, "http": 80} if settings.WEBHOOK_HTTP else {"https": 443}
    if parts.scheme not in schemes:
        raise BadAddress(f"An address that begins with {' or '.join(f'{one}://' for one in schemes)} is expected.")
    if "@" in parts.netloc:
        raise BadAddress("No user name or password in an address: the signature proves who sends.")
    if "#" in url:
        raise BadAddress("No # in an address: what follows it is never sent.")
    if port == 0 or parts.netloc.endswith(":"):
        raise BadAddress("This is no port.")
    port = schemes[parts.scheme] if port is None else port
    path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    target = Target(parts.scheme, _host(host, bracketed="[" in parts.netloc), port, path)
    _refuse_early(target)
    return target


def _host(host: str, *, bracketed: bool) -> str:
    """A name in its plain form, or an IP address in its canonical one; no other notation of an address."""
    try:
        if bracketed:
            return str(ipaddress.IPv6Address("" if "%" in host else host))
        labels = host.split(".")
        if _NUMBER.fullmatch(labels[-1]):
            return str(ipaddress.IPv4Address(host))
    except ValueError as error:
        raise BadAddress("This is no IP address; write it as 192.0.2.1 or [2001:db8::1].") from error
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadAddress("This is no host name.")
    return host


def _refuse_early(target: Target) -> None:
    if target.host in {name for name in settings.ALLOWED_HOSTS if any(letter.isalpha() for letter in name)} - {
        "localhost"  # which its addresses decide
    }:
        raise BadAddress(f"{target.host} is this server itself.")
    if not settings.WEBHOOK_NETWORKS and target.port not in PORTS:
        raise BadAddress(_bad_port(target))
    if ":" in target.host or _NUMBER.fullmatch(target.host.rpartition(".")[2]):
        check(target, target.host)


def _bad_port(target: Target) -> str:
    return f"Port {target.port} is not one of a web server's: {', '.join(map(str, sorted(PORTS)))}."


def checked_addresses(target: Target) -> list[str]:
    """The addresses of the target's host, all of them fit to be connected to. Raises BadAddress, OSError."""
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    for address in addresses:
        check(target, address)
    return addresses[:MOST_ADDRESSES]


def check(target: Target, address: str) -> None:
    """Raises BadAddress where nothing may be sent to this address of the target's."""
    named = is_named(address)
    if not named and target.port not in PORTS:
        raise BadAddress(_bad_port(target))
    if not named and (words := refusal(address)):
        leads = "" if address == target.host else f"{target.host} leads to "
        raise BadAddress(f"{leads}{address}, which {words}.")


def is_named(address: str) -> bool:
    """Whether the installation lets webhooks into the network of this address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in ipaddress.ip_network(network) for network in settings.WEBHOOK_NETWORKS)


def refusal(address: str) -> str:
    """Why nothing is sent to an address; empty for one that everybody can reach and that is not our own."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "is no IP address"
    if isinstance(ip, ipaddress.IPv6Address) and ip.scope_id:
        return "means something on one machine alone"
    for network, words in FORBIDDEN:
        if ip in network:
            return words
    if not ip.is_global or ip.is_multicast or ip.is_reserved or (ip.version == 6 and ip not in _PUBLIC_V6):
        return "is no public address"
    return "is this server's own" if _is_ours(ip) else ""


def _is_ours(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an interface of this machine has the address: only then can a socket be bound to it."""
    family = socket.AF_INET if ip.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(ip), 0))
    except OSError:
        return False
    return True
