"""Networks and addresses in queries and triggers: expressions, and for SQLite the functions that PostgreSQL has.

They go by PostgreSQL's names, so that one trigger serves both. A writer who comes without them (a bare sqlite3 shell)
is refused by the triggers, not let past.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Any

from django.db import models

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Overlaps(models.Func):
    """Whether two networks, given as text, have an address in common."""

    template = "network_overlap(cidr(%(expressions)s))"
    arg_joiner = "), cidr("
    arity = 2
    output_field = models.BooleanField()


class Holds(models.Func):
    """Whether a network, given as text, holds an address."""

    template = "network_supeq(cidr(%(expressions)s))"
    arg_joiner = "), inet("
    arity = 2
    output_field = models.BooleanField()


def add_functions(connection: Any, **_: Any) -> None:
    """To be called for each new connection."""
    if connection.vendor == "sqlite":
        for function, arity in ((cidr, 1), (inet, 1), (network_overlap, 2), (network_supeq, 2)):
            connection.connection.create_function(function.__name__, arity, function, deterministic=True)


def cidr(text: str | None) -> str | None:
    """The text where it is a network; NULL, where PostgreSQL would raise, for anything else."""
    return text if text and _network(text, strict=True) else None


def inet(text: str | None) -> str | None:
    """The text where it is an address or a network; NULL for anything else."""
    return text if text and _network(text) else None


def network_overlap(one: str | None, other: str | None) -> bool | None:
    """`&&`: whether the two have an address in common."""
    a, b = _network(one), _network(other)
    if a is None or b is None:
        return None
    return a.version == b.version and a.overlaps(b)


def network_supeq(outer: str | None, inner: str | None) -> bool | None:
    """`>>=`: whether the first holds the second or is the same."""
    a, b = _network(outer), _network(inner)
    if a is None or b is None:
        return None
    return a.version == b.version and b.subnet_of(a)  # type: ignore[arg-type]  # of one version by now


@lru_cache(maxsize=4096)
def _network(text: str | None, strict: bool = False) -> Network | None:
    try:
        return ipaddress.ip_network(text or "", strict=strict)
    except ValueError:
        return None
