"""The command line of the lab."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from typing import Any

from lab import labs, packages, power
from lab.words import LabError


def main() -> int:
    """Entry point."""
    options = parser().parse_args()
    try:
        options.do(options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="bin/lab", description="A lab of real FRRouting routers on this machine.")
    top.add_argument("--name", default="default", help="which lab; several can be up (default: %(default)s)")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, do: Any, words: str, *arguments: str, **choices: list[str]) -> None:
        command = commands.add_parser(name, help=words)
        command.set_defaults(do=do)
        for argument in arguments:
            command.add_argument(argument, choices=choices.get(argument))

    for name, do, words in (
        ("up", bring_up, "start a lab, in a ring; says how it went"),
        ("hold", hold, "the same, tell the inventory, and take it down when standard input ends"),
    ):
        command = commands.add_parser(name, help=words)
        command.set_defaults(do=do)
        command.add_argument("number", type=int, nargs="?", default=4, help="of routers (default: %(default)s)")
    add("down", take_down, "take a lab down; nothing of it is left")
    add("list", lambda options: print("\n".join(labs.names())), "names of the labs that are up")
    add("status", status, "which routers are on")
    add("inventory", inventory, "JSON: addresses, login, host keys and cables")
    add("settle", lambda options: labs.settle(options.name), "wait until all neighbours have found each other")
    add("power", switch_power, "pull a router's plug, or put it back", "what", "router", what=["off", "on"])
    add(
        "link",
        switch_link,
        "cut a cable at a router's port, or heal it",
        "what",
        "router",
        "port",
        what=["cut", "heal"],
    )
    command = commands.add_parser("exec", help="run a command inside a router, as root")
    command.set_defaults(do=execute)
    command.add_argument("router")
    command.add_argument("command", nargs=argparse.REMAINDER)
    add("install", lambda options: packages.install(), "add the packages that a lab needs (Debian and Ubuntu, root)")
    add("missing", missing, "say why no lab can run here, if none can; exit code 1 then")
    return top


def bring_up(options: argparse.Namespace) -> None:
    lab = labs.up(options.name, options.number)
    first, last = lab.plan.routers[0], lab.plan.routers[-1]
    print(f"lab {options.name}: {options.number} routers, {first.hostname} {first.address} to {last.address}")
    print(f"    ssh netops@{first.address}    password {lab.password}")


def hold(options: argparse.Namespace) -> None:
    """Whoever holds our standard input open has a lab; when they are gone, however they went, so is the lab."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.name in labs.names():
        raise LabError(f"a lab {options.name} is up already")
    lab = labs.up(options.name, options.number)
    try:
        print(json.dumps(lab.inventory()), flush=True)
        sys.stdin.read()
    finally:
        labs.down(options.name)


def take_down(options: argparse.Namespace) -> None:
    if options.name in labs.names():
        packages.demand()
    print(f"lab {options.name}: {'gone' if labs.down(options.name) else 'was not up'}")


def status(options: argparse.Namespace) -> None:
    packages.demand()
    lab = labs.find(options.name)
    for router in lab.plan.routers:
        state = "on" if power.init_process(lab.folder / router.hostname) else "off"
        cables = ", ".join(f"{port.name} to {port.peer} {port.peer_port}" for port in router.ports)
        print(f"{router.hostname:<6} {router.address:<16} {state:<4} {cables}")


def inventory(options: argparse.Namespace) -> None:
    print(json.dumps(labs.find(options.name).inventory(), indent=1))


def switch_power(options: argparse.Namespace) -> None:
    labs.power_switch(options.name, options.router, on=options.what == "on")


def switch_link(options: argparse.Namespace) -> None:
    labs.link_switch(options.name, options.router, options.port, whole=options.what == "heal")


def execute(options: argparse.Namespace) -> None:
    packages.demand()
    inside = power.inside(labs.find(options.name).router_folder(options.router))
    command = [*inside, *(options.command or ["bash", "-l"])]
    os.execvp(command[0], command)  # noqa: S606


def missing(options: argparse.Namespace) -> None:
    packages.demand()
