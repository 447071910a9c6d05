"""What wakes the watchers of a job, how much goes to a client at once, and what happens without a database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import OperationalError

from devices.models import Device
from jobs.doorbell import group_of
from jobs.models import Job
from ui.consumers import job_log
from ui.consumers import watch as watch_module
from ui.consumers.feed import Feed, Look
from ui.consumers.flow import BURST_BYTES, BYTES_PER_S, WINDOW_BYTES, Flow
from ui.consumers.watch import Watch
from ui.tests.sockets import Daphne, close_code, open_socket, write_lines
from users.models import User
from users.tokens import pair_for


@pytest.fixture
def bell_alone(settings: Any) -> None:
    """Only the doorbell wakes; the ticker sleeps."""
    settings.EMBEDDED = False
    settings.LIVE_TICK = 3600


async def test_doorbell_forgets_jobs_that_nobody_watches(bell_alone: None, settings: Any) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    layer = get_channel_layer()
    watch = Watch()
    with watch.job(11):
        while group_of(11) not in layer.groups:
            await asyncio.sleep(0)
    while group_of(11) in layer.groups:
        await asyncio.sleep(0)


async def test_doorbell_wakes_the_watchers_of_its_job_alone(bell_alone: None) -> None:
    layer = get_channel_layer()
    watch = Watch()
    with watch.job(1) as first, watch.job(1) as second, watch.job(2) as other:
        async with asyncio.timeout(20):
            while not await _set_soon(first):  # joining the group takes a moment, and a ring before that is lost
                await layer.group_send(group_of(1), {"type": "job.changed", "job": 1})
        assert second.is_set()
        assert not other.is_set()


async def test_doorbell_ends_with_a_layer_that_fails_when_it_is_cancelled(bell_alone: None, settings: Any) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "ui.tests.test_consumer_watch.FailingAtTheEnd"}}
    watch = Watch()
    before = asyncio.all_tasks()
    with watch.job(12):
        while group_of(12) not in get_channel_layer().groups:
            await asyncio.sleep(0)
    async with asyncio.timeout(5):
        while asyncio.all_tasks() != before:
            await asyncio.sleep(0)


class FailingAtTheEnd(InMemoryChannelLayer):
    async def receive(self, channel: str) -> Any:
        try:
            return await super().receive(channel)
        except asyncio.CancelledError:
            raise KeyError(channel) from None


async def test_ticker_wakes_who_has_not_seen_it_and_tells_them_once(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMBEDDED, settings.LIVE_TICK = True, 0.01
    looks = []

    async def read(_: object, jobs: list[int]) -> dict[int, tuple[int, int]]:
        looks.append(jobs)
        return dict.fromkeys(jobs, (5, 2))

    monkeypatch.setattr(watch_module, "read", read)
    watch = Watch()
    with watch.job(1) as up_to_date, watch.job(1) as behind, watch.job(2) as new:
        up_to_date.seen, behind.seen = (5, 2), (5, 1)
        async with asyncio.timeout(20):
            await behind.wait()
            await new.wait()
            behind.clear()
            ticks = len(looks)
            while len(looks) < ticks + 3:
                await asyncio.sleep(0.01)
        assert not up_to_date.is_set()
        assert not behind.is_set(), "its client is slow, and it knows"


async def _set_soon(bell: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(0.05):
            return await bell.wait()
    except TimeoutError:
        return False


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_flow_stops_at_the_window_until_the_client_acknowledges() -> None:
    flow = Flow(acks=True, clock=Clock())
    flow.sent(10, WINDOW_BYTES // 2)
    assert flow.pause_s() == 0
    flow.sent(20, WINDOW_BYTES)
    assert flow.pause_s() is None
    flow.acknowledged(10)
    assert flow.pause_s() is None
    flow.acknowledged(20)
    assert flow.pause_s() == 0


def test_flow_slows_down_for_a_client_that_never_acknowledges() -> None:
    clock = Clock()
    flow = Flow(acks=False, clock=clock)
    for number in range(8):
        assert flow.pause_s() == 0
        flow.sent(number, BURST_BYTES // 8)
    pause = flow.pause_s()
    assert pause is not None and 0 < pause < 1
    flow.sent(9, 10 * BYTES_PER_S)
    assert flow.pause_s() == pytest.approx(10, abs=0.2)
    clock.now += 11
    assert flow.pause_s() == 0
    flow.acknowledged(9)
    assert flow.pause_s() == 0


@pytest.fixture
def server(transactional_db: None) -> Iterator[None]:
    Daphne.start()
    yield
    Daphne.wait_until_nobody_watches()


@pytest.fixture
def job(server: None, make_job: Callable[..., Job], operator: User, device: Device) -> Job:
    return make_job(operator, [device])


def break_database(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The next `times` looks at the database fail as they do when it is away."""
    look, left = Feed.look, [None] * times

    def failing(feed: Feed, *, with_status: bool) -> Look:
        if left:
            left.pop()
            raise OperationalError("server closed the connection unexpectedly")
        return look(feed, with_status=with_status)

    monkeypatch.setattr(Feed, "look", failing)
    monkeypatch.setattr(job_log, "RETRY_S", 0.05)


def test_job_log_goes_on_when_the_database_is_back(job: Job, viewer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    break_database(monkeypatch, 3)
    with open_socket(job.pk, Authorization=f"Bearer {pair_for(viewer)['access']}") as socket:
        error = json.loads(socket.recv(10))
        assert (error["code"], error["close"]) == ("unavailable", None)
        assert "server closed" not in error["detail"]
        assert json.loads(socket.recv(10))["type"] == "log"


def test_job_log_gives_up_when_the_database_stays_away(job: Job, viewer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    break_database(monkeypatch, 1_000_000)
    monkeypatch.setattr(job_log, "UNAVAILABLE_S", 0.2)
    with open_socket(job.pk, Authorization=f"Bearer {pair_for(viewer)['access']}") as socket:
        seen, code = close_code(socket)
    assert [frame["close"] for frame in seen] == [None, 4500]
    assert code == 4500


def test_job_log_fails_in_words(job: Job, viewer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(feed: Feed, *, with_status: bool) -> Look:
        raise ZeroDivisionError("secret innards")

    monkeypatch.setattr(Feed, "look", broken)
    with open_socket(job.pk, Authorization=f"Bearer {pair_for(viewer)['access']}") as socket:
        seen, code = close_code(socket)
    assert (seen[-1]["code"], code) == ("failed", 4500)
    assert "innards" not in json.dumps(seen)


def test_job_log_sends_long_lines_in_frames_that_clients_take(job: Job, viewer: User) -> None:
    for _ in range(5):
        write_lines(job, *["\x01" * 7_900] * 40)
    got = 1
    with open_socket(job.pk, "?after=1", Authorization=f"Bearer {pair_for(viewer)['access']}") as socket:
        while got < 201:
            frame = json.loads(socket.recv(10))  # over 1 MiB the client would close
            got = frame["seq"] if frame["type"] == "log" else got
