"""A body of a hundred megabytes, through the real server: refused, without filling its memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.processes.conftest import wait_until
from tests.processes.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CHUNK = b"x" * 2**16
CHUNKS = 1600
GROWTH = 60 * 2**20


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path, embedded="TEST_DATABASE_URL" not in os.environ)
    try:
        made.start("web")
        yield made
    finally:
        made.stop()


def body() -> Iterator[bytes]:
    yield b'{"username": "'
    for _ in range(CHUNKS):
        yield CHUNK
    yield b'"}'


def is_up(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def refusal(client: httpx.Client, **how: Any) -> int:
    """The status; a server may also hang up on who does not stop talking, which is 0 here."""
    try:
        return client.post("/api/v1/auth/login/", **how).status_code
    except httpx.TransportError:
        return 0


def test_a_hundred_megabytes_are_refused_without_being_kept(web: Installation) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{web.port}", trust_env=False, timeout=60) as client:
        wait_until(lambda: is_up(client), 60, "the server answers")
        in_chunks = iter([b'{"username": "x", ', b'"password": "y"}'])
        json = {"Content-Type": "application/json"}
        assert refusal(client, json={"username": "x", "password": "y"}) == 401
        assert refusal(client, content=in_chunks, headers=json) == 401
        process = psutil.Process(web.running[0].pid)
        before = process.memory_info().rss
        told = {"Content-Type": "application/json", "Content-Length": str(len(b"".join(body())))}
        assert refusal(client, content=body(), headers=json) in {413, 0}
        assert refusal(client, content=body(), headers=told) in {413, 0}
        assert refusal(client, json={"username": "x", "password": "y"}) == 401
        assert process.memory_info().rss - before < GROWTH
