"""Names of interfaces: one interface has many spellings, and only the spelling tells two devices' words apart."""

from __future__ import annotations

import re
from functools import lru_cache

from netutils.interface import canonical_interface_name

_LOGICAL = re.compile(r"^((?:ge|xe|et|fe|mge)-\d+/\d+/\d+)\.0$")
_MAC = re.compile(r"^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$|^(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}$", re.IGNORECASE)


@lru_cache(maxsize=50_000)
def interface_key(name: str) -> str:
    """What two spellings of one interface have in common: `Gi0/1` and `GigabitEthernet 0/1`, `ge-0/0/1.0` and
    `ge-0/0/1`. Not for people to read.
    """
    bare = " ".join(name.split())
    if junos := _LOGICAL.match(bare.lower()):
        return junos[1]
    return canonical_interface_name(bare).replace(" ", "").lower()


def is_interface_name(text: str) -> bool:
    """Whether a port is told by a name, and not by a hardware address or a number of the device's own."""
    return bool(text) and not _MAC.match(text) and not text.isdecimal()
