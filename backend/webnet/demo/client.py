"""The demo's own user of the API: starts the first backup and follows it in the terminal."""

from __future__ import annotations

import json
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import Any

from webnet.supervisor import OPENER, address

BACKUP_TIMEOUT_S = 12
COLOURS = {"error": "\x1b[31m", "warning": "\x1b[33m", "debug": "\x1b[2m"}


class Api:
    """A few calls of the REST API with a JWT."""

    def __init__(self, username: str, password: str) -> None:
        self._token = ""  # none yet  # nosec B105
        self._token = self.send("auth/login/", {"username": username, "password": password})["access"]

    def send(self, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310
            f"{address()}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {self._token}"} if self._token else {}),
        )
        with OPENER.open(request, timeout=30) as answer:
            return json.load(answer)

    def has_jobs(self) -> bool:
        return bool(self.send("jobs/?page_size=1")["count"])

    def start_everywhere(self, kind: str, *, names: Iterable[str] = (), **params: int) -> list[dict[str, Any]]:
        """One job for each customer, over the named devices or, without names, over all of them."""
        jobs = []
        for customer in self.send("customers/?page_size=100")["results"]:
            chosen: dict[str, Any] = {"filter": {"enabled": True}}
            if names:
                rows = self.send(f"devices/?customer={customer['id']}&page_size=1000")["results"]
                chosen = {"devices": [row["id"] for row in rows if row["hostname"] in names]}
                if not chosen["devices"]:
                    continue
            jobs.append(self.send("jobs/", {"kind": kind, "customer": customer["id"], "params": params, **chosen}))
        return jobs


class Follower:
    """Prints the log lines of some jobs as they come, with a progress bar below them on a terminal."""

    def __init__(self, api: Api, jobs: list[dict[str, Any]]) -> None:
        self._api = api
        self._jobs = {job["id"]: job for job in jobs}
        self._after = dict.fromkeys(self._jobs, 0)
        self._tty = sys.stdout.isatty()

    def step(self) -> bool:
        """One look at every job; True when all of them have ended and every line was printed."""
        ended = True
        for number in self._jobs:
            job = self._api.send(f"jobs/{number}/")
            self._jobs[number] = job
            while self._after[number] < job["log_seq"]:
                page = self._api.send(f"jobs/{number}/logs/?after={self._after[number]}&limit=500")
                for line in page["lines"]:
                    self._print(line)
                    self._after[number] = line["seq"]
            ended = ended and job["finished_at"] is not None
        self._bar()
        if ended:
            sys.stdout.write("\n")
        return ended

    def _print(self, line: dict[str, Any]) -> None:
        name = str(line["device"] or "")
        # device output is data: nothing in it may drive the terminal
        words = "".join(sign if sign.isprintable() else " " for sign in line["text"])
        text = f"{line['at'][11:19]}  {name:<12}  {words}"
        if self._tty:
            width = shutil.get_terminal_size().columns
            text = f"\r\x1b[2K{COLOURS.get(line['level'], '')}{text[: width - 1]}\x1b[0m"
        sys.stdout.write(f"{text}\n")

    def _bar(self) -> None:
        names = ("total", "succeeded", "failed")
        count = {name: sum(job["counts"][name] for job in self._jobs.values()) for name in names}
        done = count["succeeded"] + count["failed"]
        if self._tty:
            width = 40
            good, bad = (width * count[name] // (count["total"] or 1) for name in ("succeeded", "failed"))
            bar = f"\x1b[32m{'█' * good}\x1b[31m{'█' * bad}\x1b[0m{'░' * (width - good - bad)}"
            sys.stdout.write(
                f"\r\x1b[2K{bar} {done}/{count['total']}  {count['succeeded']} ok, {count['failed']} failed"
            )
        sys.stdout.flush()

    def summary(self) -> str:
        """Why devices failed, by reason, in words."""
        reasons: dict[str, list[str]] = {}
        for job in self._jobs.values():
            for code, reason in job["summary"].get("reasons", {}).items():
                reasons.setdefault(code, []).extend(reason["devices"])
        lines = [f"  {code.replace('_', ' '):<22} {', '.join(names)}" for code, names in sorted(reasons.items())]
        good, total = (sum(job["counts"][name] for job in self._jobs.values()) for name in ("succeeded", "total"))
        return "\n".join([f"{good} of {total} devices backed up; the others have a fault on purpose:", *lines])
