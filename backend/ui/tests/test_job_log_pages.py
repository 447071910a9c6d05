"""Windows of a job's log over HTTP, and its download."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from devices.models import Device
from jobs.models import Job
from ui.jobs.log import LogFilter, visible
from ui.jobs.window import log_text, log_window
from ui.tests.sockets import write_lines
from users.models import User


@pytest.fixture
def job(make_job: Callable[..., Job], operator: User, device: Device) -> Job:
    return make_job(operator, [device])


@pytest.fixture
def window(job: Job, viewer: User) -> Callable[[str], tuple[list[int], int, int, int]]:
    """`window("before=100")`: sequences, and what the headers say of first, last and mark."""
    client = Client()
    client.force_login(viewer)

    def ask(query: str) -> tuple[list[int], int, int, int]:
        answer = client.get(f"{reverse('ui:job_log', args=[job.pk])}?{query}")
        assert answer.status_code == 200
        first, last, mark = (int(answer[f"X-Log-{name}"]) for name in ("first", "last", "mark"))
        return [row.sequence for row in answer.context["lines"]], first, last, mark

    return ask


def test_log_window_of_a_short_log(window: Any) -> None:
    assert window("") == ([1], 0, 1, 0)


def test_log_window_asks_as_often_for_three_lines_as_for_one(
    job: Job, device: Device, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(1):
        assert len(log_window(job, LogFilter()).rows) == 1
    write_lines(job, "one", "two", device=device.pk)
    with django_assert_max_num_queries(1):
        assert len(log_window(job, LogFilter()).rows) == 3


def test_log_window_moves_through_a_long_log(job: Job, window: Any) -> None:
    write_lines(job, *map(str, range(1299)))
    assert window("") == (list(range(1201, 1301)), 1201, 1300, 0)
    assert window("before=1301") == (list(range(801, 1301)), 801, 1300, 0)
    assert window("before=801") == (list(range(301, 801)), 301, 800, 0)
    assert window("before=301") == (list(range(1, 301)), 0, 300, 0)
    assert window("after=300") == (list(range(301, 801)), 301, 800, 0)
    assert window("after=1000") == (list(range(1001, 1301)), 1001, 1300, 0)
    assert window("after=1300") == ([], 1301, 1300, 0)


def test_log_window_of_a_filter_reaches_to_the_end_of_the_log(job: Job, device: Device, window: Any) -> None:
    write_lines(job, "broken", level="error", device=device.pk)
    write_lines(job, *map(str, range(10)))
    assert window("level=error,warning") == ([2], 0, 12, 0)
    assert window(f"device={device.pk}&level=error") == ([2], 0, 12, 0)
    assert window("device=999999") == ([], 0, 12, 0)


def test_log_window_around_the_next_error(job: Job, window: Any) -> None:
    write_lines(job, *map(str, range(400)))
    write_lines(job, "broken", level="error")
    write_lines(job, *map(str, range(400)))
    write_lines(job, "again", level="error")
    seqs, first, last, mark = window("error_after=0")
    assert (mark, first, last) == (402, 152, 803)
    assert seqs == list(range(152, 804))
    assert window("error_after=402")[3] == 803
    assert window("error_after=803")[3] == 402


def test_log_window_without_an_error(window: Any) -> None:
    assert window("error_after=0") == ([], 0, 0, 0)


@pytest.mark.parametrize("query", ["before=x", "after=-1", "level=loud", "device=r1", "after=" + "9" * 30])
def test_log_window_refuses_what_makes_no_sense(job: Job, viewer: User, query: str) -> None:
    client = Client()
    client.force_login(viewer)
    for name in ("job_log", "job_log_download"):
        url = f"{reverse(f'ui:{name}', args=[job.pk])}?{query}"
        if name == "job_log_download" and not query.startswith(("level", "device")):
            continue
        assert client.get(url).status_code == 400


def test_job_page_escapes_device_output(job: Job, viewer: User) -> None:
    write_lines(job, '<img src=x onerror="alert(1)">\x1b]0;owned\x07\u202egnp.exe')
    client = Client()
    client.force_login(viewer)
    page = client.get(reverse("ui:job_detail", args=[job.pk])).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;^[]0;owned^G‹U+202E›gnp.exe" in page


def test_visible_keeps_words_and_shows_the_rest() -> None:
    assert visible("grüße\tand\nmore €") == "grüße\tand\nmore €"
    assert visible("\r\x00\x7f\x9b1m") == "^M^@^?‹U+009B›1m"


@pytest.mark.django_db(transaction=True)
def test_log_text_is_the_whole_log(job: Job, device: Device) -> None:
    write_lines(job, *(f"line {number}" for number in range(2500)), device=device.pk)
    write_lines(job, "first\n2026-01-01T00:00:00Z error forged: line\x1b[2J")

    async def whole() -> str:
        return "".join([part async for part in log_text(LogFilter().lines(job))])

    lines = asyncio.run(whole()).splitlines()
    assert len(lines) == 1 + 2500 + 2
    assert lines[1].endswith("Z info    acme-r1: line 0")
    assert lines[-1] == "    2026-01-01T00:00:00Z error forged: line^[[2J"


def test_log_download_is_a_file(job: Job, viewer: User) -> None:
    client = Client()
    client.force_login(viewer)
    answer = client.get(reverse("ui:job_log_download", args=[job.pk]))
    assert answer["Content-Disposition"] == f'attachment; filename="job-{job.pk}.log"'
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.streaming
