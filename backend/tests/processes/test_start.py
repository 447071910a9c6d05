"""What stops a start: one clear line on stderr and exit code 2, never a traceback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes.installation import BACKEND, free_port

SERVICES = {
    "WEBNET_MODE": "services",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "WEBNET_ENCRYPTION_KEY": "dGVzdC1vbmx5LWtleS10ZXN0LW9ubHkta2V5LTEyMzQ=",
    "ALLOWED_HOSTS": "webnet.example",
    "DATABASE_URL": "postgres://webnet:s3cret@127.0.0.1:1/webnet",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
REFUSED = [
    # command, what is different in the environment, words of the line
    ("web", SERVICES | {"SECRET_KEY": ""}, "SECRET_KEY is not set"),
    ("web", SERVICES | {"SECRET_KEY": "short"}, "SECRET_KEY is too weak"),
    ("worker", SERVICES | {"WEBNET_ENCRYPTION_KEY": ""}, "WEBNET_ENCRYPTION_KEY is not set"),
    ("worker", SERVICES | {"WEBNET_ENCRYPTION_KEY": "c2hvcnQ="}, "WEBNET_ENCRYPTION_KEY is too weak, too short"),
    ("beat", SERVICES | {"SECRET_KEY_FILE": "/no/such/file"}, "SECRET_KEY_FILE=/no/such/file cannot be read"),
    ("migrate", SERVICES | {"DATABASE_URL": ""}, "DATABASE_URL is not set"),
    ("web", SERVICES | {"REDIS_URL": ""}, "REDIS_URL is not set"),
    ("web", SERVICES | {"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is not set"),
    ("web", {"WEBNET_MODE": "both"}, "use embedded or services"),
    ("web", {"PORT": "eighty"}, "PORT is 'eighty'"),
    ("up", {"PORT": "eighty"}, "PORT is 'eighty'"),
    ("up", {"SECRET_KEY": "short"}, "SECRET_KEY is too weak"),
    ("up", {"WEBNET_DATA": "/dev/null/data"}, "WEBNET_DATA=/dev/null/data cannot be used"),
    ("migrate", {"WEBNET_DATA": "/dev/null/data"}, "/dev/null/data"),
    ("up", {"WEBNET_BIND": "203.0.113.77"}, "cannot listen on 203.0.113.77"),
]


def start(data: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WEBNET_", "TEST_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "webnet", command],
        cwd=BACKEND,
        env={**kept, "WEBNET_DATA": str(data), "PORT": str(free_port()), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("command", "environment", "words"), REFUSED)
def test_wrong_setting_stops_the_start_with_one_line(
    tmp_path: Path, command: str, environment: dict[str, str], words: str
) -> None:
    done = start(tmp_path, command, **environment)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("webnet: ") and words in line
    assert "s3cret" not in line


def test_port_that_is_taken_stops_the_start(tmp_path: Path) -> None:
    """By anything: it need not answer, nor speak HTTP."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = start(tmp_path, "up", PORT=port)
    assert done.returncode == 2
    assert done.stderr == f"webnet: http://127.0.0.1:{port} is in use already; set PORT to a free one.\n"
