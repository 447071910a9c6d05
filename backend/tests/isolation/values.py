"""Values that point at rows of the foreign customer, each beside one of the same form that points at nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from tests.isolation.world import ADDRESS, FOREIGN, KINDS, NEEDLE, NOBODYS, ids_from

NOBODY = "brindled"
"""As long as the needle, and in no row."""
NO_ADDRESS = "203.0.113.94"


@dataclass(frozen=True, slots=True)
class Pair:
    """Something of the foreign customer's, and the like that nobody has."""

    what: str
    foreign: str | int
    nobodys: str | int


IDS = [Pair(kind, ids_from(FOREIGN)[kind], ids_from(NOBODYS)[kind]) for kind in KINDS]
TEXTS = [
    *(
        Pair(what, text, text.replace(NEEDLE, NOBODY))
        for what, text in {
            "word": NEEDLE,
            "hostname": f"{NEEDLE}-r1",
            "site name": f"{NEEDLE} site",
            "region": f"{NEEDLE} region",
            "tag name": f"{NEEDLE} tag",
            "customer name": f"{NEEDLE} customer",
            "slug": f"{NEEDLE}-slug",
            "username": f"{NEEDLE}-user",
            "mail address": f"u@{NEEDLE}.example",
            "credential name": f"{NEEDLE} login",
            "key name": f"{NEEDLE} key",
            "serial": f"{NEEDLE}-serial",
            "correlation id": f"{NEEDLE}-correlation",
        }.items()
    ),
    Pair("address", ADDRESS, NO_ADDRESS),
    Pair("network", f"{ADDRESS}/32", f"{NO_ADDRESS}/32"),
]


def without(text: str, value: str | int) -> str:
    """The answer without the value that was sent, however it is escaped there."""
    # the lines around a number, and the words that a text is taken apart into
    given = [str(value), *((str(value + 1), str(value - 1)) if isinstance(value, int) else value.split())]
    forms = {form for one in given for form in (one, quote(one), quote_plus(one), quote(one, safe=""))}
    for form in sorted(forms, key=len, reverse=True):
        text = re.sub(re.escape(form), "what was sent", text, flags=re.IGNORECASE)
    return text


def for_a_name(name: str) -> Iterator[Pair]:
    """Those ids that a parameter of this name could mean, all of them where it says nothing; and every text."""
    of_the_name = [pair for pair in IDS if pair.what.removeprefix("ended_").removeprefix("older_") in name]
    yield from {pair.foreign: pair for pair in of_the_name or IDS}.values()
    yield from TEXTS
