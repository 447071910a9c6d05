"""The live log of a job over a real server and real websocket clients."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from rest_framework_simplejwt.tokens import AccessToken
from websockets.exceptions import InvalidStatus

from devices.models import Device
from jobs.models import Job
from jobs.selectors import job_heads
from ui.consumers import watch
from ui.tests.sockets import (
    Daphne,
    close_code,
    end_job,
    frames,
    in_thread,
    lines_in,
    open_socket,
    session_headers,
    write_lines,
)
from users.models import User
from users.tokens import pair_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def server(transactional_db: None) -> Iterator[int]:
    yield Daphne.start()
    Daphne.wait_until_nobody_watches()


@pytest.fixture
def job(make_job: Callable[..., Job], operator: User, device: Device) -> Job:
    return make_job(operator, [device])


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {pair_for(user)['access']}"}


def next_of(socket: Any, kind: str) -> dict[str, Any]:
    return next(frame for frame in frames(socket) if frame["type"] == kind)


def test_job_log_sends_all_lines_and_the_end(job: Job, viewer: User, device: Device) -> None:
    write_lines(job, "hello", device=device.pk)
    end_job(job)
    with open_socket(job.pk, **bearer(viewer)) as socket:
        seen, code = close_code(socket)
    lines = lines_in(seen)
    assert [line["seq"] for line in lines] == list(range(1, Job.objects.get(pk=job.pk).log_seq + 1))
    assert lines[1] | {"at": ""} == {
        "seq": 2, "at": "", "level": "info", "device": "acme-r1", "device_id": device.pk, "text": "hello",
    }  # fmt: skip
    assert lines[0]["device"] is None
    assert seen[-1]["type"] == "status"
    status = seen[-1]["job"]
    assert (status["id"], status["kind"], status["status"]) == (job.pk, "config_backup", "succeeded")
    assert status["counts"] == {"total": 1, "succeeded": 1, "failed": 0, "other": 0, "open": 0}
    assert status["finished_at"] and status["log_seq"] == lines[-1]["seq"]
    assert code == 1000


def test_job_log_pushes_new_lines_and_status(job: Job, viewer: User, server: int) -> None:
    with open_socket(job.pk, "?after=1", **session_headers(viewer, server)) as socket:
        assert next_of(socket, "status")["job"]["status"] == "queued"
        write_lines(job, "one", "two")
        frame = next_of(socket, "log")
        assert [line["text"] for line in frame["lines"]] == ["one", "two"]
        assert (frame["after"], frame["seq"]) == (1, 3)
        Job.objects.filter(pk=job.pk).update(status="running", revision=99)
        assert next_of(socket, "status")["job"]["status"] == "running"


def test_job_log_has_no_gap_with_concurrent_writers(job: Job, viewer: User) -> None:
    def write(name: str) -> None:
        for number in range(20):
            write_lines(job, *(f"{name} {number}.{part}" for part in range(30)))

    with open_socket(job.pk, **bearer(viewer)) as socket:
        writers = [in_thread(write, name) for name in ("a", "b", "c")]
        in_thread(lambda: ([writer.join() for writer in writers], end_job(job)))
        seen, code = close_code(socket)
    seqs = [line["seq"] for line in lines_in(seen)]
    assert seqs == list(range(1, 1 + 1800 + 1 + 1))
    assert code == 1000


def test_job_log_misses_nothing_over_50_reconnects(job: Job, viewer: User, caplog: pytest.LogCaptureFixture) -> None:
    enough = threading.Event()

    def write() -> None:
        while not enough.wait(0.005):
            write_lines(job, *(f"line {part}" for part in range(7)))

    writer = in_thread(write)
    seqs: list[int] = []
    for _ in range(50):
        with open_socket(job.pk, f"?after={seqs[-1] if seqs else 0}", **bearer(viewer)) as socket:
            seqs += [line["seq"] for line in next_of(socket, "log")["lines"]]
    enough.set()
    writer.join()
    end_job(job)
    with open_socket(job.pk, f"?after={seqs[-1]}", **bearer(viewer)) as socket:
        seqs += [line["seq"] for line in lines_in(frames(socket))]
    job.refresh_from_db()
    assert seqs == list(range(1, job.log_seq + 1))
    assert "live log of a job failed" not in caplog.text, "who hangs up is no failure"


def test_job_log_filters_by_device_and_level(job: Job, viewer: User, device: Device) -> None:
    write_lines(job, "fine", device=device.pk)
    write_lines(job, "broken", level="error", device=device.pk)
    write_lines(job, "elsewhere", level="error")
    end_job(job)
    with open_socket(job.pk, f"?device={device.pk}&level=error&level=warning", **bearer(viewer)) as socket:
        assert [line["text"] for line in lines_in(frames(socket))] == ["broken"]


def test_job_log_as_html_escapes_device_output(job: Job, viewer: User, server: int) -> None:
    write_lines(job, "<script>alert(1)</script>\x1b[2J")
    with open_socket(job.pk, "?format=html&after=1", **session_headers(viewer, server)) as socket:
        frame = next_of(socket, "log")
        assert frame["count"] == 1
        assert "&lt;script&gt;alert(1)&lt;/script&gt;^[[2J" in frame["html"]
        assert "<script" not in frame["html"]
        socket.send(json.dumps({"type": "ack", "seq": frame["seq"]}))
        assert 'data-live="progress"' in next_of(socket, "status")["html"]


def test_job_log_as_html_shows_actions_only_to_whom_they_are_allowed(
    job: Job, viewer: User, operator: User, server: int
) -> None:
    for user, offered in ((viewer, False), (operator, True)):
        with open_socket(job.pk, "?format=html&after=1", **session_headers(user, server)) as socket:
            assert ("job-cancel" in next_of(socket, "status")["html"]) is offered


def test_job_log_skips_to_the_newest_lines_for_a_page_far_behind(job: Job, viewer: User, server: int) -> None:
    for _ in range(5):
        write_lines(job, *(f"line {number}" for number in range(600)))
    with open_socket(job.pk, "?format=html&after=1", **session_headers(viewer, server)) as socket:
        frame = next_of(socket, "log")
    assert (frame["after"], frame["seq"], frame["count"]) == (2501, 3001, 500)


def test_job_log_as_html_waits_for_the_acknowledgement(job: Job, viewer: User, server: int) -> None:
    wide = "x" * 7000
    write_lines(job, *[wide] * 200)
    with open_socket(job.pk, "?format=html&after=1", **session_headers(viewer, server)) as socket:
        got = []
        with pytest.raises(TimeoutError):
            while True:
                got.append(json.loads(socket.recv(1)))
        sent = [frame for frame in got if frame["type"] == "log"]
        assert sent[-1]["seq"] < 201
        assert sum(len(frame["html"]) for frame in sent) < 1_000_000
        while sent[-1]["seq"] < 201:
            socket.send(json.dumps({"type": "ack", "seq": sent[-1]["seq"]}))
            sent.append(next_of(socket, "log"))
    assert [frame["after"] for frame in sent[1:]] == [frame["seq"] for frame in sent[:-1]]


def test_job_log_refused_without_login(job: Job) -> None:
    with open_socket(job.pk) as socket:
        seen, code = close_code(socket)
    assert code == 4401
    assert (seen[0]["type"], seen[0]["code"], seen[0]["close"]) == ("error", "not_logged_in", 4401)
    assert "not logged in" in seen[0]["detail"]


@pytest.mark.parametrize("token", ["nonsense", "expired"])
def test_job_log_refused_with_bad_token(job: Job, viewer: User, token: str) -> None:
    if token == "expired":
        expired = AccessToken(pair_for(viewer)["access"])  # type: ignore[arg-type]
        expired.set_exp(lifetime=-timedelta(seconds=1))
        token = str(expired)
    with open_socket(job.pk, f"?token={token}") as socket:
        assert close_code(socket)[1] == 4401


def test_job_log_takes_token_from_the_query(job: Job, viewer: User) -> None:
    with open_socket(job.pk, f"?token={pair_for(viewer)['access']}") as socket:
        assert next_of(socket, "status")["job"]["id"] == job.pk


def test_job_log_of_another_customer_does_not_exist(job: Job, stranger: User) -> None:
    for number in (job.pk, job.pk + 1000, "99999999999999999999", "x"):
        with open_socket(number, **bearer(stranger)) as socket:
            seen, code = close_code(socket)
        assert code == 4404
        assert seen[0]["code"] == "not_found"


def test_job_log_refused_without_a_known_role(job: Job, viewer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("users.permissions.ROLE_PERMISSIONS", {})
    with open_socket(job.pk, **bearer(viewer)) as socket:
        assert close_code(socket)[1] == 4403


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1", "null", "http://127.0.0.1:1"])
def test_job_log_refuses_a_foreign_origin(job: Job, viewer: User, server: int, origin: str) -> None:
    headers = session_headers(viewer, server) | {"Origin": origin}
    with pytest.raises(InvalidStatus) as refused:
        open_socket(job.pk, **headers)
    assert refused.value.response.status_code == 403


def test_job_log_refuses_a_cookie_without_origin(job: Job, viewer: User, server: int) -> None:
    headers = session_headers(viewer, server)
    with open_socket(job.pk, Cookie=headers["Cookie"]) as socket:
        assert close_code(socket)[1] == 4401


@pytest.mark.parametrize("query", ["?after=-1", "?after=x", "?device=r1", "?level=loud", "?format=xml"])
def test_job_log_refuses_a_query_that_makes_no_sense(job: Job, viewer: User, query: str) -> None:
    with open_socket(job.pk, query, **bearer(viewer)) as socket:
        seen, code = close_code(socket)
    assert (seen[0]["code"], code) == ("bad_query", 4400)


@pytest.mark.parametrize("message", ["hello", "[]", '{"type": "shell"}', '{"type": "ack"}', "x" * 5000, b"\x00"])
def test_job_log_closes_on_a_message_that_it_does_not_understand(job: Job, viewer: User, message: str | bytes) -> None:
    with open_socket(job.pk, **bearer(viewer)) as socket:
        socket.send(message)
        seen, code = close_code(socket)
    assert ([frame.get("code") for frame in seen[-1:]], code) == (["bad_message"], 4400)


def test_job_log_answers_a_ping(job: Job, viewer: User) -> None:
    with open_socket(job.pk, **bearer(viewer)) as socket:
        socket.send('{"type": "ping"}')
        assert next_of(socket, "pong") == {"type": "pong"}


def test_job_log_closes_when_the_job_is_deleted(job: Job, viewer: User) -> None:
    with open_socket(job.pk, **bearer(viewer)) as socket:
        next_of(socket, "status")
        job.delete()
        assert close_code(socket)[1] == 4404


def test_ticker_reads_once_a_tick_however_many_watch(
    job: Job, viewer: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIVE_TICK = 0.1
    reads: list[int] = []

    def counted(ids: list[int]) -> Any:
        reads.append(len(ids))
        return job_heads(ids)

    monkeypatch.setattr(watch, "job_heads", counted)
    with ExitStack() as stack:
        sockets = [stack.enter_context(open_socket(job.pk, "?after=1", **bearer(viewer))) for _ in range(12)]
        for socket in sockets:
            next_of(socket, "status")
        reads.clear()
        started = time.monotonic()
        for number in range(3):
            write_lines(job, f"news {number}")
            for socket in sockets:
                next_of(socket, "log")
        ticks = (time.monotonic() - started) / settings.LIVE_TICK
    assert 1 <= len(reads) <= ticks + 2
    assert set(reads) == {1}
