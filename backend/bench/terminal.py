"""Terminals against webssh on the same sshd: echo of a key, throughput, Ctrl-C in a flood; memory of many sessions."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import psutil
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import connect

from bench.figures import Figure, median, percentile, report, tell
from bench.installed import PASSWORD, Api, Installed, installed, modes
from bench.terminal_peer import Shell, real_shell, webssh, webssh_socket

TURNS = 3
"""Of both clients in each round."""
KEYS, BURST = 1000, 50
ACK_AT = 16 * 1024  # as our page does
FLOOD = "yes 'interface GigabitEthernet0/0/1 description to the core'"
FLOOD_MB = 50
IDLE, BUSY = 200, 20
BUSY_S = 15.0
READY = b"READY\xc2\xa7"
PROMPT = "PS1='READ''Y\u00a7'\r"
SETTINGS = {"WEBNET_TERMINALS_PER_USER": "1000", "WEBNET_TERMINALS_PER_DEVICE": "1000"}
SEED = """
from customers.models import Customer
from devices.models import Credential, Device, Site
from users.models import User
acme = Customer.objects.create(name="Acme Networks", slug="acme")
site = Site.objects.create(customer=acme, name="Frankfurt")
login = Credential.objects.create(customer=acme, name="shell", username=username, private_key=key)
device = Device.objects.create(customer=acme, site=site, credential=login, platform="linux", hostname="shell",
                               mgmt_ip="127.0.0.1", port=port)
User.objects.create_user("operator", password=password, role="operator").customers.set([acme])
answer = device.pk
"""


def ack(count: int) -> str:
    return f'{{"type": "ack", "bytes": {count}}}'


class Ours:
    """A client of a terminal's socket, which acknowledges what it gets."""

    def __init__(self, url: str, token: str) -> None:
        self._owed = 0
        self.socket = connect(
            url, additional_headers={"Authorization": f"Bearer {token}"}, compression=None, max_size=None
        ).__enter__()

    def type(self, text: str) -> None:
        self.socket.send(text.encode())

    def read(self) -> bytes:
        got = self.socket.recv(30)
        if isinstance(got, str):
            return b""
        self._owed += len(got)
        if self._owed >= ACK_AT:
            self.socket.send(ack(self._owed))
            self._owed = 0
        return got


class Peers:
    """The same for webssh."""

    def __init__(self, url: str) -> None:
        self.socket = connect(url, compression=None, max_size=None).__enter__()

    def type(self, text: str) -> None:
        self.socket.send(json.dumps({"data": text}))

    def read(self) -> bytes:
        got = self.socket.recv(30)
        return got.encode() if isinstance(got, str) else got


Client = Ours | Peers


def until(client: Client, words: bytes) -> int:
    """Bytes until the words came."""
    tail, count = b"", 0
    while words not in tail:
        got = client.read()
        count += len(got)
        tail = tail[-200:] + got
    return count


def ready(client: Client) -> Client:
    client.type(f"stty -echoctl; {PROMPT}")
    until(client, READY)
    return client


def go(client: Client, command: str) -> None:
    """Returns when the command begins: by then the terminal is in its mode, and the command's own echo is past."""
    client.type(f"echo G''O; {command}\r")
    until(client, b"GO\r\n")


def echo_ms(clients: dict[str, Client]) -> dict[str, list[float]]:
    """Of single keys, from shells that wait for their line; in bursts in turn, since a machine changes its pace."""
    for client in clients.values():
        go(client, "cat > /dev/null")
    times: dict[str, list[float]] = {who: [] for who in clients}
    for _ in range(KEYS // BURST):
        for who, client in clients.items():
            for _ in range(BURST):
                began = time.perf_counter()
                client.type("x")
                until(client, b"x")
                times[who].append((time.perf_counter() - began) * 1000)
    for client in clients.values():
        client.type("\x03")
        until(client, READY)
    return times


def throughput(client: Client) -> float:
    """Megabytes a second of lines of text."""
    go(client, f"{FLOOD} | head -c {FLOOD_MB}000000")
    began = time.perf_counter()
    count = until(client, READY)
    return count / (time.perf_counter() - began) / 1e6


def ctrl_c_ms(client: Client) -> float:
    go(client, FLOOD)
    began = time.perf_counter()
    while time.perf_counter() - began < 1.5:
        client.read()
    began = time.perf_counter()
    client.type("\x03")
    until(client, READY)
    return (time.perf_counter() - began) * 1000


def run(rounds: int) -> Iterator[Figure]:
    with real_shell() as shell:
        if shell is None:
            tell("not measured: no sshd here")
            return
        with webssh(shell) as peer:
            if peer is None:
                tell("not measured: the peer cannot be installed here")
            for mode, embedded in modes():
                with installed(SETTINGS, embedded=embedded) as webnet:
                    yield from measured(mode, webnet, shell, peer, rounds)


def measured(mode: str, webnet: Installed, shell: Shell, peer: str | None, rounds: int) -> Iterator[Figure]:
    device = webnet.python(SEED, username=shell.username, key=shell.key, port=shell.port, password=PASSWORD)
    token = Api(webnet.address).token
    url = f"{webnet.address.replace('http', 'ws')}/ws/devices/{device}/ssh/"
    figures: dict[str, dict[str, list[float]]] = {"ours": {}, "peer": {}}
    for _ in range(rounds):
        clients: dict[str, Client] = {"ours": Ours(url, token)}
        if peer:
            clients["peer"] = Peers(webssh_socket(peer, shell))
        for client in clients.values():
            ready(client)
        # in turn, and each several times: what else the machine does meanwhile hits both
        for _ in range(TURNS):
            echo = echo_ms(clients)
            for who, client in clients.items():
                found = figures[who]
                found.setdefault("median", []).append(median(echo[who]))
                found.setdefault("p95", []).append(percentile(echo[who], 0.95))
                found.setdefault("mb", []).append(throughput(client))
                found.setdefault("ctrl_c", []).append(ctrl_c_ms(client))
        for client in clients.values():
            client.socket.close()
    ours = {name: median(values) for name, values in figures["ours"].items()}
    theirs: dict[str, Any] = {name: median(values) for name, values in figures["peer"].items()}
    yield report(Figure(f"echo of a key, median, {mode}", ours["median"], "ms", theirs.get("median"), 1.2))
    yield report(Figure(f"echo of a key, p95, {mode}", ours["p95"], "ms", theirs.get("p95"), 1.5))
    # seconds, so that less is better as everywhere
    seconds = {"ours": 1000 / ours["mb"], "peer": 1000 / theirs["mb"] if theirs else None}
    note = f"{ours['mb']:.1f} MB/s" + (f", peer {theirs['mb']:.1f} MB/s" if theirs else "")
    yield report(Figure(f"a gigabyte of output, {mode}", seconds["ours"] or 0, "s", seconds["peer"], 1.0, note))
    yield report(Figure(f"Ctrl-C in a flood, {mode}", ours["ctrl_c"], "ms", theirs.get("ctrl_c"), 1.0))
    yield from memory(mode, webnet, url, token)


def memory(mode: str, webnet: Installed, url: str, token: str) -> Iterator[Figure]:
    before, peak = asyncio.run(many(webnet, url, token))
    note = f"{before:.0f} MB without sessions"
    yield report(Figure(f"web process, {IDLE} idle and {BUSY} busy sessions, {mode}", peak, "MB", None, 400, note))


async def many(webnet: Installed, url: str, token: str) -> tuple[float, float]:
    """Megabytes of the web process before, and at most, while all sessions are open and some print without end."""
    [web] = _web(webnet)
    before = web.memory_info().rss / 1e6
    opening = asyncio.Semaphore(10)
    opened = 0
    flooding = asyncio.Event()

    async def one(*, busy: bool) -> None:
        nonlocal opened
        async with connect_async(
            url, additional_headers={"Authorization": f"Bearer {token}"}, compression=None, open_timeout=60
        ) as socket:
            async with opening:
                async for got in socket:
                    if isinstance(got, str) and json.loads(got)["type"] == "opened":
                        break
            opened += 1
            if busy:
                await flooding.wait()
                await socket.send(b"while :; do yes flood | head -c 200000; sleep 0.2; done\r")
            async for got in socket:
                if isinstance(got, bytes):
                    await socket.send(ack(len(got)))

    tasks = [asyncio.create_task(one(busy=number < BUSY)) for number in range(IDLE + BUSY)]
    try:
        async with asyncio.timeout(180):
            while opened < IDLE + BUSY:
                await asyncio.sleep(0.2)
        flooding.set()
        peak = 0.0
        until_s = time.monotonic() + BUSY_S
        while time.monotonic() < until_s:
            peak = max(peak, web.memory_info().rss / 1e6)
            await asyncio.sleep(0.2)
        return before, peak
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _web(webnet: Installed) -> list[psutil.Process]:
    """The process that listens; in an embedded installation it is a child of the one that was started."""
    found = {c.pid for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.port == webnet.port}
    return [psutil.Process(pid) for pid in found if pid]
