"""Read what a device is: vendor, model, serial number, version, uptime, and its interfaces with their addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from networkops.edge import one_line
from networkops.errors import AnswerNotUnderstood, NotConfigured
from networkops.facts import junos, tables
from networkops.facts.sift import sift
from networkops.facts.types import FactsRead, Told
from networkops.types import Log, PlatformConnection

DOING = {
    "get_facts": "reading what it is",
    "get_interfaces": "reading its interfaces",
    "get_interfaces_ip": "reading its addresses",
}
GARBAGE = (LookupError, AttributeError, TypeError, ValueError)
"""What drivers raise over an answer that they cannot read; and netaddr's AddrFormatError, which is none of these."""
MOST_TOLD = 10


def read_facts(conn: PlatformConnection, params: Mapping[str, Any], log: Log) -> FactsRead:
    """Raises AnswerNotUnderstood where the answers make no sense, NotConfigured where nobody knows how to ask. No
    params.
    """
    found = sift(_ask(conn))
    what = " ".join(filter(None, (found.vendor, found.model))) or "a device of unknown make"
    log(f"{what}, serial number {found.serial or 'unknown'}, version {one_line(found.os_version, 80) or 'unknown'}")
    if found.interfaces is not None:
        addresses = sum(len(one.addresses) for one in found.interfaces)
        log(f"interfaces: {len(found.interfaces):,}, with {addresses:,} addresses")
    for problem in found.problems[:MOST_TOLD]:
        log(problem, "warning")
    return found


def _ask(conn: PlatformConnection) -> Told:
    if conn.platform.napalm:
        return _ask_driver(conn)
    if conn.platform.key == "junos_cli":
        return junos.read(conn)
    if conn.platform.key in tables.KNOWN:
        return tables.read(conn)
    raise NotConfigured(f"facts of {conn.platform.label} cannot be read yet: there is no driver that knows how to ask")


def _ask_driver(conn: Any) -> Told:
    """Facts there must be; what else the driver cannot read is told, and the rest stands."""
    problems: list[str] = []
    facts = _get(conn, "get_facts")
    read = {}
    for getter in ("get_interfaces", "get_interfaces_ip"):
        try:
            read[getter] = _get(conn, getter)
        except (AnswerNotUnderstood, NotImplementedError) as error:
            words = "this driver cannot" if isinstance(error, NotImplementedError) else str(error)
            problems.append(f"{DOING[getter]}: {words}; those known before stand")
    return Told(facts, read.get("get_interfaces"), read.get("get_interfaces_ip"), tuple(problems))


def _get(conn: Any, getter: str) -> dict[str, Any]:
    """One getter of the driver, its answer a mapping."""
    conn.session.doing = DOING[getter]
    try:
        found = getattr(conn.driver, getter)()
    except Exception as error:
        is_garbage = isinstance(error, GARBAGE) or type(error).__name__ == "AddrFormatError"
        if not is_garbage or "prompt" in str(error):  # where Netmiko lost the prompt the edge has words for that
            raise
        what = one_line(f"{type(error).__name__}: {error}", 100)
        raise AnswerNotUnderstood(f"the driver makes no sense of its answer ({what})") from error
    if not isinstance(found, Mapping):
        raise AnswerNotUnderstood("the driver gave no table of it")
    return dict(found)
