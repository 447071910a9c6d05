"""Changes three demo devices behind webnet's back, as an engineer with a terminal would: the next backup finds it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import asyncssh

from webnet.demo.plan import CHANGED


async def change(device: dict[str, Any], lines: tuple[str, ...]) -> None:
    """Log in, enable, configure, leave."""
    connection = asyncssh.connect(
        device["address"],
        device["port"],
        username=device["username"],
        password=device["password"],
        known_hosts=None,  # our own simulator on this machine's loopback
        config=None,
        client_keys=None,
        agent_path=None,
    )
    async with connection as session, session.create_process(term_type="vt100") as shell:
        shell.stdin.write(
            "\n".join(["enable", device["enable_secret"], "configure terminal", *lines, "end", "exit", ""])
        )
        await asyncio.wait_for(shell.stdout.read(), timeout=20)


async def main(spec: Path) -> None:
    devices = {device["hostname"]: device for device in json.loads(spec.read_text())}
    await asyncio.gather(*(change(devices[name], lines) for name, lines in CHANGED.items()))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
