"""`make bench ARGS="[--rounds N] [NAME …]"`: measures what is named, or all; exit code 1 when a target is missed."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator
from typing import Any

import psutil

from bench.figures import Figure, tell

NAMES = (
    "backup", "commands", "livelog", "devicelist", "joblog", "demo", "api", "rls", "lab", "terminal", "reachability",
    "topology",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/bench", description="Measure what the product must reach.")
    parser.add_argument(
        "names", nargs="*", choices=[*NAMES, "all"], default="all", metavar="NAME", help=", ".join(NAMES)
    )
    parser.add_argument("--rounds", type=int, default=5, help="alternating rounds; medians are told")
    options = parser.parse_args()
    names = NAMES if "all" in options.names else options.names
    if "TEST_DATABASE_URL" not in os.environ:
        tell("not measured: services mode and what needs PostgreSQL (no PostgreSQL or no Redis here)")
    figures = [figure for name in names for figure in measure(name, options.rounds)]
    missed = [figure.name for figure in figures if figure.reached is False]
    reached = sum(figure.reached is True for figure in figures)
    tell(f"\n{reached} of {reached + len(missed)} targets reached")
    for name in missed:
        tell(f"missed: {name}")
    return 1 if missed else 0


def measure(name: str, rounds: int) -> Iterator[Figure]:
    tell(f"\n{name}  (load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors)")
    before = psutil.cpu_times()
    yield from importlib.import_module(f"bench.{name}").run(rounds)
    if (withheld := withheld_since(before)) >= 0.02:
        tell(f"the host withheld {withheld:.0%} of the processor time asked for: times in ms or s are too long")


def withheld_since(before: Any) -> float:
    """Of the processor time that this (virtual) machine asked for, the share that its host gave to others."""
    spent = {name: time - getattr(before, name) for name, time in psutil.cpu_times()._asdict().items()}
    stolen = spent.get("steal", 0.0)
    asked = spent["user"] + spent["nice"] + spent["system"] + stolen
    return stolen / asked if asked else 0.0


if __name__ == "__main__":
    sys.exit(main())
