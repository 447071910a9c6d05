"""`python -m simulator --spec FILE.json`: a fleet as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from dataclasses import replace
from pathlib import Path

from simulator.fleet import Fleet
from simulator.spec import DeviceSpec, SpecError, load_specs

log = logging.getLogger("simulator")


def main() -> int:
    """Run a fleet until SIGTERM or SIGINT; the exit status."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    logging.getLogger("asyncssh").setLevel(logging.ERROR)
    try:
        specs = _placed(load_specs(options.spec), options.bind, options.base_port)
        asyncio.run(_serve(specs, options))
    except SpecError as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 2
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description="Run simulated network devices.")
    parser.add_argument("--spec", type=Path, required=True, help="JSON file: a list of devices; read again on SIGHUP")
    parser.add_argument("--bind", default="", help="address for all devices (default: each spec's, else 127.0.0.1)")
    parser.add_argument(
        "--base-port", type=int, default=0, help="port of the first device that names none; then upwards"
    )
    parser.add_argument("--state-dir", type=Path, help="where changed configurations are kept")
    parser.add_argument("--announce", type=Path, help="write the JSON of names and addresses here, not to stdout")
    parser.add_argument(
        "--console", type=Path, help="JSON of host names and what to type at their consoles on SIGHUP; then removed"
    )
    parser.add_argument("--time-scale", type=float, default=1.0, help="device timers run so many times faster")
    return parser.parse_args()


def _placed(specs: list[DeviceSpec], bind: str, base_port: int) -> list[DeviceSpec]:
    """Specs with the command line's address and ports."""
    placed = []
    for number, spec in enumerate(specs):
        port = spec.port or (base_port + number if base_port else 0)
        placed.append(replace(spec, address=bind or spec.address, port=port))
    return placed


async def _serve(specs: list[DeviceSpec], options: argparse.Namespace) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    async with Fleet(specs, time_scale=options.time_scale, state_dir=options.state_dir) as fleet:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGHUP, _hang_up, fleet, options)
        _announce(fleet, options.announce)
        await stop.wait()


def _hang_up(fleet: Fleet, options: argparse.Namespace) -> None:
    _reload_faults(fleet, options.spec)
    if options.console is not None and options.console.exists():
        fleet.start_task(_type(fleet, options.console))


async def _type(fleet: Fleet, path: Path) -> None:
    """Type what the file says at each console; whoever wrote it knows by its end that it is done."""
    try:
        typed = json.loads(path.read_text())
        await asyncio.gather(*(fleet[name].type_at_console(text) for name, text in typed.items()))
    except (OSError, ValueError, KeyError, AttributeError) as error:
        log.error("%s: %r", path, error)
    path.unlink(missing_ok=True)


def _reload_faults(fleet: Fleet, path: Path) -> None:
    """Take the faults of a changed spec file; everything else in it waits for a restart."""
    try:
        wanted = {spec.hostname: spec.fault for spec in load_specs(path)}
    except SpecError as error:
        log.error("%s", error)
        return
    for device in fleet:
        if wanted.get(device.spec.hostname) != device.fault:
            device.set_fault(wanted.get(device.spec.hostname))


def _announce(fleet: Fleet, path: Path | None) -> None:
    text = json.dumps(fleet.describe(), indent=1) + "\n"
    if path is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    unfinished = path.with_name(path.name + ".tmp")
    unfinished.write_text(text)
    unfinished.replace(path)


if __name__ == "__main__":
    raise SystemExit(main())
