"""The peer: what an engineer writes to read a fleet's configurations, or what else it shows, with Nornir and Netmiko.

python -m bench.nornir_script THREADS FOLDER < devices.json

Prints seconds until the last answer was written, seconds until the connections were closed, too, and the number
of failed devices. Imports are not in the time.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.task import Result, Task
from nornir.plugins.runners import ThreadedRunner
from nornir_netmiko import netmiko_send_command


def read(task: Task, folder: Path, commands: list[str]) -> Result:
    """Read what one device answers to each command and keep it in a file."""
    for number, command in enumerate(commands):
        answer = task.run(task=netmiko_send_command, command_string=command)
        (folder / f"{task.host.name}.{number}").write_text(answer.result)
    return Result(host=task.host)


def inventory(devices: list[dict[str, Any]], password: str) -> Inventory:
    hosts = Hosts(
        {
            row["hostname"]: Host(
                name=row["hostname"],
                hostname=row["address"],
                port=row["port"],
                username=row["username"],
                password=password,
                platform="ios",
                connection_options={"netmiko": ConnectionOptions(platform="cisco_ios")},
            )
            for row in devices
        }
    )
    return Inventory(hosts=hosts, groups=Groups(), defaults=Defaults())


def main() -> None:
    threads, folder = int(sys.argv[1]), Path(sys.argv[2])
    given = json.load(sys.stdin)
    ConnectionPluginRegister.auto_register()
    import netmiko  # noqa: F401

    started = time.perf_counter()
    runner = ThreadedRunner(num_workers=threads)
    with Nornir(inventory(given["devices"], given["password"]), config=Config(), runner=runner) as nornir:
        results = nornir.run(task=read, folder=folder, commands=given["commands"])
        read_s = time.perf_counter() - started
    closed = time.perf_counter() - started
    json.dump({"read_s": read_s, "closed_s": closed, "failed": len(results.failed_hosts)}, sys.stdout)


if __name__ == "__main__":
    main()
