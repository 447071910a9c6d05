"""Reads every router of a lab with Nornir and the NAPALM driver.

python -m bench.lab_script THREADS < inventory.json

Prints seconds from the first connect to the last connection closed, how many routers failed, and how many of the lab's
links were not found from both their ends. Imports are not in the time.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.task import Result, Task
from nornir.plugins.runners import ThreadedRunner

Link = tuple[tuple[str, str], tuple[str, str]]


def read(task: Task) -> Result:
    """Facts, neighbours and configuration of one router."""
    driver = task.host.get_connection("napalm", task.nornir.config)
    found = {
        "facts": driver.get_facts(),
        "lldp": driver.get_lldp_neighbors(),
        "config": driver.get_config(retrieve="running")["running"],
    }
    task.host.close_connection("napalm")
    return Result(host=task.host, result=found)


def inventory(lab: dict[str, Any]) -> Inventory:
    options = {"napalm": ConnectionOptions(platform="frr", extras={"timeout": 60})}
    login = {"username": lab["username"], "password": lab["password"], "connection_options": options}
    rows = {row["hostname"]: row["address"] for row in lab["routers"]}
    hosts = Hosts({name: Host(name=name, hostname=address, **login) for name, address in rows.items()})
    return Inventory(hosts=hosts, groups=Groups(), defaults=Defaults())


def links_found(results: dict[str, dict[str, Any]]) -> set[Link]:
    """Those that both their ends told of."""
    told = {
        ((name, port), (row["hostname"], row["port"]))
        for name, found in results.items()
        for port, rows in found["lldp"].items()
        for row in rows
    }
    return {(one, other) for one, other in told if (other, one) in told and one < other}


def is_whole(found: dict[str, Any]) -> bool:
    name = found["facts"]["hostname"]
    return f"\nhostname {name}\n" in found["config"] and found["config"].rstrip().endswith("\nend")


def main() -> None:
    lab = json.load(sys.stdin)
    ConnectionPluginRegister.auto_register()
    import netmiko  # noqa: F401

    from networkops.drivers.frr import FRRDriver  # noqa: F401

    started = time.perf_counter()
    with Nornir(inventory(lab), config=Config(), runner=ThreadedRunner(num_workers=int(sys.argv[1]))) as nornir:
        answers = nornir.run(task=read)
    seconds = time.perf_counter() - started
    results = {name: answer[0].result for name, answer in answers.items() if not answer.failed}
    wanted = {((one[0], one[1]), (other[0], other[1])) for one, other in lab["links"]}
    json.dump(
        {
            "seconds": seconds,
            "failed": len(lab["routers"]) - sum(is_whole(found) for found in results.values()),
            "links_missing": len(wanted - links_found(results)),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
