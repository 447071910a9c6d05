"""What is made up about a device: numbers, names and addresses drawn from its seed and host name."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass


def rng(hostname: str, seed: int, purpose: str = "") -> random.Random:
    """A generator of its own for each device and purpose; stable across processes and Python versions."""
    digest = hashlib.sha256(f"{seed}/{hostname}/{purpose}".encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))  # made-up facts, no secret  # nosec B311


@dataclass(frozen=True, slots=True)
class Site:
    """The addressing plan around a device: everything inside 10.0.0.0/8 from one number of 0-255 and one of 0-63."""

    region: int
    slot: int

    @property
    def loopback(self) -> str:
        """Router id."""
        return f"10.255.{self.region}.{self.slot + 1}"

    def lan(self, vlan: int) -> str:
        """Gateway address of a VLAN's /24."""
        return f"10.{self.region}.{vlan % 256}.1"

    def transit(self, index: int) -> tuple[str, str]:
        """Both ends of the point-to-point /30 number `index` of this device."""
        base = (self.slot * 4 + index) * 4
        return (f"172.{16 + self.region % 16}.{base // 256}.{base % 256 + 1}",
                f"172.{16 + self.region % 16}.{base // 256}.{base % 256 + 2}")  # fmt: skip

    @property
    def asn(self) -> int:
        """Private AS number."""
        return 64512 + self.region * 4


def site_of(hostname: str, seed: int) -> Site:
    """The addressing plan of a device."""
    source = rng(hostname, seed, "site")
    return Site(source.randrange(256), source.randrange(64))


def serial_number(hostname: str, seed: int, prefix: str) -> str:
    """A serial number of the usual shape: three letters of the plant, year and week, four characters."""
    source = rng(hostname, seed, "serial")
    tail = "".join(source.choice("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(4))
    return f"{prefix}{source.randrange(18, 26)}{source.randrange(1, 53):02d}{tail}"


def mac(hostname: str, name: str) -> str:
    """Twelve hexadecimal digits of the MAC address of one interface."""
    return "00" + hashlib.sha256(f"{hostname}/{name}".encode()).hexdigest()[:10]


def dotted_mac(digits: str) -> str:
    """`0011.2233.4455`."""
    return ".".join(digits[index : index + 4] for index in (0, 4, 8))


def colon_mac(digits: str) -> str:
    """`00:11:22:33:44:55`."""
    return ":".join(digits[index : index + 2] for index in range(0, 12, 2))


def uptime_at_start(hostname: str, seed: int) -> int:
    """Seconds that a device claims to have been up when the fleet starts."""
    return rng(hostname, seed, "uptime").randrange(3 * 86400, 700 * 86400)
