"""What row-level security costs: the same calls with and without it, in turn, at 100,000 devices of 50 customers."""

from __future__ import annotations

import os
from collections.abc import Iterator

from bench.figures import Figure, median, percentile, report, tell
from bench.installed import PASSWORD, installed
from tests.processes.installation import on_server

CUSTOMERS, DEVICES = 50, 100_000
MOST = 1.10
"""Times as long: the target."""
USERS = {"one": "of one customer", "ten": "of ten customers", "all": "of all customers"}


def run(rounds: int) -> Iterator[Figure]:
    if "TEST_DATABASE_URL" not in os.environ:
        tell("not measured: needs PostgreSQL")
        return
    with installed({"WEBNET_API_RATE": "1000000/minute"}, embedded=False, started=False) as webnet:
        sessions = webnet.inside("seed_customers", password=PASSWORD, customers=CUSTOMERS, devices=DEVICES)
        without = f"{webnet.database}_open"
        on_server(f"CREATE DATABASE {without} TEMPLATE {webnet.database}")
        try:
            webnet.inside("open_walls", database=without)
            for user, words in USERS.items():
                measured = webnet.inside("time_wall", session=sessions[user], without=without, rounds=rounds)
                for what, (wall, none) in measured.items():
                    yield figure(f"{what}, by a user {words}", wall, none)
            measured = webnet.inside("time_api_writes", session=sessions["one"], without=without, rounds=rounds)
            for what, (wall, none) in measured.items():
                yield figure(what, wall, none)
            for what, (wall, none) in webnet.inside("time_writes", without=without, rounds=rounds).items():
                yield figure(f"bare: {what}", wall, none, limit=None)  # a call does more than its statements
        finally:
            on_server(f"DROP DATABASE {without}")


def figure(name: str, with_wall: list[float], without: list[float], limit: float | None = MOST) -> Figure:
    """Of the sum of each call's median; a call's own ratio says little where it takes two milliseconds."""
    note = f"p95 {percentile(with_wall, 0.95):.1f} ms, without {percentile(without, 0.95):.1f} ms; median "
    note += f"{median(with_wall):.1f} ms, without {median(without):.1f} ms; {len(with_wall)} calls"
    mean = [sum(values) / len(values) for values in (with_wall, without)]
    return report(Figure(name, mean[0], "ms", peer=mean[1], limit=limit, note=note))
