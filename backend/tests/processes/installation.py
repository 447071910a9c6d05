"""An installation of its own, in real processes: data, database, web, worker, scheduler. For tests and benchmarks."""

from __future__ import annotations

import atexit
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil

BACKEND = Path(__file__).resolve().parents[2]
PYTHON = sys.executable


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("WEBNET_", "TEST_", "DJANGO_"))}


@cache
def services() -> dict[str, str]:
    """Settings of the installations on PostgreSQL and Redis; they share a key, since one is a copy of the other."""
    return {
        "WEBNET_MODE": "services",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "WEBNET_ENCRYPTION_KEY": "dGVzdC1vbmx5LWtleS10ZXN0LW9ubHkta2V5LTEyMzQ=",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "WEBNET_HTTPS": "false",
        "WEBNET_BEHIND_PROXY": "false",
    }


def migrate(env: dict[str, str]) -> None:
    subprocess.run([PYTHON, "-m", "webnet", "migrate"], cwd=BACKEND, env=env, check=True, timeout=90)


def on_server(*statements: str) -> None:
    import psycopg

    with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def address(database: str) -> str:
    return urlunsplit(urlsplit(os.environ["TEST_DATABASE_URL"])._replace(path=f"/{database}"))


def own_redis() -> str:
    """The address of an empty Redis database: who shares a queue takes another's messages for its own.

    Counted in the server, which all test processes share: of its sixteen databases the first is theirs, and the
    others go round, so that none has two installations until there are sixteen at once.
    """
    from redis import Redis

    with Redis.from_url(os.environ["TEST_REDIS_URL"]) as server:
        number = 1 + int(server.incr("webnet-test-installations")) % 15
    url = urlunsplit(urlsplit(os.environ["TEST_REDIS_URL"])._replace(path=f"/{number}"))
    with Redis.from_url(url) as server:
        server.flushdb()
    return url


# Of these each installation is a copy: a migration takes longer than most of what is tried after it.


@cache
def blank_data() -> Path:
    """Data of an embedded installation that was migrated, and never started."""
    folder = Path(mkdtemp(prefix="webnet-blank-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    data = folder / "data"
    data.mkdir()
    migrate(environment() | {"WEBNET_DATA": str(data)})
    return data


@cache
def blank_database() -> str:
    """The name of such a database on the server."""
    name = f"webnet_{secrets.token_hex(4)}"
    on_server(f"CREATE DATABASE {name}")
    atexit.register(on_server, f"DROP DATABASE {name}")
    redis = {"REDIS_URL": os.environ["TEST_REDIS_URL"]}
    migrate(environment() | services() | redis | {"DATABASE_URL": address(name)})
    return name


class Installation:
    """A webnet on its own data; embedded, or on the PostgreSQL and Redis that `TEST_*_URL` name.

    `settings`: of the product.
    """

    def __init__(self, data: Path, *, embedded: bool, **settings: str) -> None:
        self.data = data
        self.port = free_port()
        self.running: list[subprocess.Popen[bytes]] = []
        self.env = environment() | {"WEBNET_DATA": str(data), "PORT": str(self.port)}
        self.embedded = embedded
        if embedded:
            shutil.copytree(blank_data(), data, dirs_exist_ok=True)
        else:
            self._use_services()
        self.env |= settings

    def _use_services(self) -> None:
        self.database = f"webnet_{secrets.token_hex(4)}"
        on_server(f"CREATE DATABASE {self.database} TEMPLATE {blank_database()}")
        self.env |= services() | {"DATABASE_URL": address(self.database), "REDIS_URL": own_redis()}

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a part of webnet, in a session of its own as service managers do; it is ended with the test."""
        log = (self.data / f"{command[0]}.log").open("ab")
        process = subprocess.Popen(
            [PYTHON, "-m", "webnet", *command],
            cwd=BACKEND,
            env=self.env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self.running.append(process)
        return process

    def start_all(self) -> None:
        """The parts that make up a whole: one supervisor, or web, worker and beat."""
        for command in [("up",)] if self.embedded else [("web",), ("worker",), ("beat",)]:
            self.start(*command)

    def python(self, code: str, **values: Any) -> Any:
        """Run code in this installation's Django: `values` are its names, its `answer` comes back."""
        script = (
            "import json, os, sys\nfrom core.tenancy import EVERY, enter\nfrom webnet.cli import _ready\n"
            "_ready()\nenter(EVERY)\n"
            f"globals().update(json.loads({json.dumps(json.dumps(values))}))\n{code}\n"
            "print('ANSWER' + json.dumps(answer))\n"
        )
        environment = self.env | {"DJANGO_SETTINGS_MODULE": "webnet.settings"}
        done = subprocess.run(
            [PYTHON, "-c", script],
            cwd=BACKEND,
            env=environment,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.rpartition("ANSWER")[2])

    def processes(self, word: str) -> list[psutil.Process]:
        """This installation's processes with a word in their command line."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = process.environ().get("WEBNET_DATA") == str(self.data)
                if mine and process.pid != os.getpid() and word in process.cmdline():
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
        return found

    def kill(self, word: str) -> int:
        """`kill -9` to those processes and their children, as a power cut would; how many it met alive."""
        killed = 0
        for process in self.processes(word):
            try:
                children = process.children(recursive=True)
                process.kill()  # before its children, for whom it would start others
            except psutil.NoSuchProcess:
                continue  # a child of one before it
            killed += 1
            for child in children:
                with suppress(psutil.NoSuchProcess):
                    child.kill()
        return killed

    def stop(self) -> None:
        """The end of it all, at once."""
        self.kill("webnet")
        for process in self.running:
            process.kill()
            process.wait()
        if not self.embedded:
            # WITH (FORCE) is refused while an autovacuum is at it, which DROP by itself ends and waits for
            on_server(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.database}' "  # noqa: S608  # nosec B608
                "AND backend_type = 'client backend'",
                f"DROP DATABASE {self.database}",
            )
