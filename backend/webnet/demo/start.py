"""`webnet demo`: the product with demo data, a simulated fleet and a first backup."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.error
from functools import partial
from pathlib import Path

from webnet.demo import plan
from webnet.demo.client import BACKUP_TIMEOUT_S, Api, Follower
from webnet.supervisor import (
    WEBNET,
    CannotStart,
    Child,
    Supervisor,
    address,
    call,
    check_free,
    data_folder,
    is_ready,
    lock,
    refuse,
    say,
    standard_children,
)

CONSOLE = "console.json"
TYPING_S = 20


def run_demo() -> int:
    """Set up, start, back up the fleet once, stay until asked to stop. Returns the exit code."""
    began = time.monotonic()
    try:
        data = data_folder()
        folder = data / "demo"
        held = lock(data)
        check_free()
        password = plan.keep_secret(folder, "password", os.environ.get("WEBNET_DEMO_PASSWORD", ""))
        again = (folder / plan.FLEET).exists()  # it came with the first data
        say("preparing the database and the demo data …")
        call("seed-demo")
    except CannotStart as error:
        return refuse(error)
    # the terminal belongs to the live log of the first backup
    supervisor = Supervisor(logs=data / "log")
    try:
        addresses = folder / "addresses.json"
        addresses.unlink(missing_ok=True)
        simulator = _simulator(folder, addresses)
        supervisor.start(simulator)
        # a job that was under way at the last Ctrl-C goes on at once, and would find nobody at its devices' ports;
        # the first time there is none, and everything starts together
        devices_listen = partial(supervisor.run, until=addresses.exists)
        if (not again or devices_listen()) and _start_webnet(supervisor) and devices_listen():
            _welcome(password, time.monotonic() - began)
            _first_backup(supervisor, simulator, password, folder)
            supervisor.run()
    finally:
        say("\nstopping …")
        supervisor.stop()
        held.close()
    return 0


def _start_webnet(supervisor: Supervisor) -> bool:
    """False when asked to stop before it was ready."""
    for child in standard_children():
        supervisor.start(child)
    return supervisor.run(until=is_ready)


def _simulator(folder: Path, addresses: Path) -> Child:
    """It writes `addresses` when all devices listen."""
    options = {"spec": plan.FLEET, "state-dir": "state", "console": CONSOLE, "announce": addresses.name}
    named = [word for name, value in options.items() for word in (f"--{name}", str(folder / value))]
    return Child("simulator", (*WEBNET, "fleet", *named))


def _welcome(password: str, seconds: float) -> None:
    say(f"\nwebnet is ready at {address()} after {seconds:.0f} s\n")
    say("  login       sees")
    for name, sees in (
        ("viewer", "the first customer, to read"),
        ("operator", "the first customer"),
        ("admin", "the first customer, and manages it"),
        ("operator2", "the second customer"),
        ("superadmin", "every customer"),
    ):
        say(f"  {name:<10}  {sees}")
    say(f"\n  password    {password}")
    say(f"  logs        {os.environ['WEBNET_DATA']}/log\n")


def _change_by_hand(supervisor: Supervisor, simulator: Child, folder: Path) -> bool:
    """Have the simulator type it: an SSH client here would be a process more. False when asked to stop meanwhile."""
    console = folder / CONSOLE
    console.touch(mode=0o600)
    console.write_text(json.dumps(plan.typed_changes(folder)))
    simulator.send(signal.SIGHUP)
    give_up = time.monotonic() + TYPING_S
    went_on = supervisor.run(until=lambda: not console.exists() or time.monotonic() > give_up)
    console.unlink(missing_ok=True)  # it holds a secret, and the simulator may have died before it
    return went_on


def _first_backup(supervisor: Supervisor, simulator: Child, password: str, folder: Path) -> None:
    """Back the whole fleet up once per data folder, and follow it in the terminal; then have something change."""
    try:
        api = Api("superadmin", password)
        if api.has_jobs():
            return
        say(f"backing up {len(plan.devices())} simulated devices, eight of which have a fault:\n")
        follower = Follower(api, api.start_everywhere("config_backup", timeout_s=BACKUP_TIMEOUT_S))
        if not supervisor.run(until=follower.step):
            return
        say(f"\n{follower.summary()}\n")
        say(f"somebody changes {len(plan.CHANGED)} devices behind webnet's back; the next backup finds it:\n")
        if not _change_by_hand(supervisor, simulator, folder):
            return  # a job that is started now would find the devices gone
        api.start_everywhere("reachability")
        follower = Follower(api, api.start_everywhere("config_backup", names=plan.CHANGED))
        if supervisor.run(until=follower.step):
            say(f"\nwebnet stays up at {address()}  (Ctrl-C stops it)")
    except urllib.error.URLError as error:
        say(f"the first backup could not be followed: {error}")
