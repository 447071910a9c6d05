"""Pages of show commands: asking for them, what is refused, and what devices answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from commands.models import CommandOutput
from commands.services import keep_outputs
from conftest import MakeDevice
from customers.models import Customer
from devices.models import Device
from jobs.kinds import Finished
from jobs.models import Job
from networkops.types import Output, Outputs
from users.models import User

BRIEF = """Interface                  IP-Address      OK? Method Status                Protocol
GigabitEthernet0/0         192.0.2.1       YES NVRAM  up                    up
"""


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def answers(operator: User, acme: Customer, make_device: MakeDevice, make_job: Callable[..., Job]) -> Any:
    """`answers("one\\n", "two\\n", command="show clock")`: a job whose devices r0, r1, … gave these answers."""

    def make(*texts: str, command: str = "show clock", problems: Sequence[str] = ()) -> Job:
        devices = [make_device(acme, f"r{number}") for number in range(len(texts))]
        job = make_job(operator, devices, "run_commands", params={"commands": [command]})
        targets = job.targets.order_by("device__hostname")
        pairs = zip(targets, texts, [*problems, *[""] * len(texts)], strict=False)
        keep_outputs(job, [Finished(one, Outputs((Output(command, said, problem),))) for one, said, problem in pairs])
        return job

    return make


def test_the_button_asks_for_commands_first(operator: User, device: Device) -> None:
    response = as_user(operator).post("/devices/run/", {"kind": "run_commands", "devices": [device.pk]})

    assert response.status_code == 200
    assert "acme-r1" in text(response)
    assert "Cisco IOS / IOS XE" in text(response)
    assert not Job.objects.exists()
    assert "beyond_list" not in text(response)


def test_commands_start_a_job(operator: User, device: Device) -> None:
    body = {"kind": "run_commands", "devices": [device.pk], "commands": "show version\r\n\r\n show  clock \r\n"}

    response = as_user(operator).post("/devices/run/", body)

    job = Job.objects.get()
    assert response.headers["Location"] == f"/jobs/{job.pk}/"
    assert job.params["commands"] == ["show version", "show clock"]
    assert job.params["timeout_s"] == 180


def test_refused_commands_are_told_by_platform_before_anything_runs(
    operator: User, acme: Customer, make_device: MakeDevice
) -> None:
    devices = [make_device(acme, "r1"), make_device(acme, "r2", platform="frr")]
    body = {"kind": "run_commands", "devices": [one.pk for one in devices], "commands": "show version\nreload"}

    response = as_user(operator).post("/devices/run/", body)

    assert response.status_code == 422
    assert "&#x27;reload&#x27; on Cisco IOS / IOS XE" in text(response)
    assert "&#x27;reload&#x27; on FRRouting (vtysh)" in text(response)
    assert "show version" in text(response), "what was typed stands in the form again"
    assert not Job.objects.exists()


def test_devices_of_two_customers_start_all_jobs_or_none(
    superadmin: User, device: Device, foreign_device: Device
) -> None:
    client = as_user(superadmin)
    chosen = {"kind": "run_commands", "devices": [device.pk, foreign_device.pk]}

    assert client.post("/devices/run/", chosen | {"commands": "reload"}).status_code == 422
    assert not Job.objects.exists()
    assert client.post("/devices/run/", chosen | {"commands": "show clock"}).status_code == 302
    assert Job.objects.count() == 2


def test_an_admin_may_go_beyond_the_list_when_asked_to(admin: User, operator: User, device: Device) -> None:
    body = {"kind": "run_commands", "devices": [device.pk], "commands": "clear counters", "beyond_list": "on"}

    assert as_user(operator).post("/devices/run/", body).status_code == 422
    assert as_user(admin).post("/devices/run/", body | {"beyond_list": ""}).status_code == 422
    assert as_user(admin).post("/devices/run/", body).status_code == 302
    assert Job.objects.get().params["beyond_list"] is True


@pytest.mark.parametrize("commands", ["", "\n \n", "show\x00version", "x" * 5000, "show version\n" * 50])
def test_bad_commands_are_refused_in_words(operator: User, device: Device, commands: str) -> None:
    body = {"kind": "run_commands", "devices": [device.pk], "commands": commands}

    response = as_user(operator).post("/devices/run/", body)

    assert response.status_code == 422
    assert "field-error" in text(response)
    assert not Job.objects.exists()


def test_a_viewer_starts_none(viewer: User, device: Device) -> None:
    body = {"kind": "run_commands", "devices": [device.pk], "commands": "show version"}

    assert as_user(viewer).post("/devices/run/", body).status_code == 403


def test_new_job_page_takes_commands(operator: User, device: Device) -> None:
    body = {
        "kind": "run_commands", "customer": device.customer_id, "choose": "listed", "hostnames": device.hostname,
        "commands": "reload",
    }  # fmt: skip
    client = as_user(operator)

    refused = client.post("/jobs/new/", body)
    empty = client.post("/jobs/new/", body | {"commands": ""})
    started = client.post("/jobs/new/", body | {"commands": "show version"})

    assert refused.status_code == empty.status_code == 422
    assert "is not known to only read" in text(refused)
    assert "Give at least one command." in text(empty)
    assert started.status_code == 302
    assert Job.objects.get().params["commands"] == ["show version"]


def test_equal_answers_stand_together_with_a_difference(operator: User, answers: Any) -> None:
    job = answers("one\n", "one\n", "two\n")
    client = as_user(operator)
    largest, other = CommandOutput.objects.filter(target__device__hostname__in=["r0", "r2"]).order_by("pk")

    first = text(client.get(f"/jobs/{job.pk}/outputs/"))
    second = text(client.get(f"/jobs/{job.pk}/outputs/?command=0&show={other.pk}&view=diff"))

    assert '<span class="num">2</span> devices' in first
    assert ">one</li>" in first
    assert "Against the answer of the most devices (2)" in second
    assert "<del>one</del>" in second
    assert "<ins>two</ins>" in second
    assert f"show={largest.pk}" in second


def test_a_known_answer_has_a_table(operator: User, answers: Any) -> None:
    job = answers(BRIEF, command="show ip interface brief")

    page = text(as_user(operator).get(f"/jobs/{job.pk}/outputs/?view=table"))

    assert '<th scope="col">ip_address</th>' in page
    assert '<td class="mono">192.0.2.1</td>' in page


def test_device_output_is_data(operator: User, answers: Any) -> None:
    job = answers("<script>alert(1)</script>\x1b]52;c;x\x07\u202e\n")

    page = text(as_user(operator).get(f"/jobs/{job.pk}/outputs/"))

    assert "<script>alert(1)" not in page
    assert "^[]52;c;x^G‹U+202E›" in page


def test_a_problem_is_told_where_the_answer_would_be(operator: User, answers: Any) -> None:
    job = answers("", problems=["the device refused 'show clock': % Invalid input"])

    assert "% Invalid input" in text(as_user(operator).get(f"/jobs/{job.pk}/outputs/"))


def test_no_answer_yet(operator: User, device: Device, make_job: Callable[..., Job]) -> None:
    job = make_job(operator, [device], "run_commands", params={"commands": ["show version"]})

    page = text(as_user(operator).get(f"/jobs/{job.pk}/outputs/"))
    assert "No answer yet" in page
    assert "under way" in page

    Job.objects.update(status="failed", finished_at=timezone.now())
    page = text(as_user(operator).get(f"/jobs/{job.pk}/outputs/"))
    assert "No device has answered this command. The log says why." in page
    assert "under way" not in page


@pytest.mark.parametrize("query", ["command=99", "command=x", "command=-1", "view=nonsense", "view=diff", "view=table"])
def test_a_question_that_means_nothing_shows_the_first_answer(operator: User, answers: Any, query: str) -> None:
    job = answers("one\n")

    assert ">one</li>" in text(as_user(operator).get(f"/jobs/{job.pk}/outputs/?{query}"))


@pytest.mark.parametrize("show", ["0", "x", "99999999999999999999", "7"])
def test_an_output_that_is_none_of_the_jobs_is_not_found(operator: User, answers: Any, show: str) -> None:
    job = answers("one\n")

    assert as_user(operator).get(f"/jobs/{job.pk}/outputs/?show={show}").status_code == 404


def test_a_job_of_another_kind_has_no_outputs(operator: User, device: Device, make_job: Callable[..., Job]) -> None:
    job = make_job(operator, [device])
    client = as_user(operator)

    assert "Outputs" not in text(client.get(f"/jobs/{job.pk}/"))
    assert client.get(f"/jobs/{job.pk}/outputs/").status_code == 200


def test_the_page_takes_as_many_queries_for_three_answers_as_for_two(
    operator: User, answers: Any, django_assert_max_num_queries: Any
) -> None:
    client = as_user(operator)
    job = answers("one\n", "two\n", "three\n")
    client.get(f"/jobs/{job.pk}/outputs/")

    with django_assert_max_num_queries(14):
        client.get(f"/jobs/{job.pk}/outputs/")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("kind", "words"),
    [("txt", "===== r0: show clock =====\none\n"), ("csv", "r0,show clock,,false,0,"), ("json", '"output": "one\\n"'),
     ("nonsense", "===== r1: show clock =====\ntwo\n")],
)  # fmt: skip
def test_outputs_are_taken_along_as_a_file(operator: User, answers: Any, kind: str, words: str) -> None:
    job = answers("one\n", "two\n")

    response = as_user(operator).get(f"/jobs/{job.pk}/outputs/file/?format={kind}")

    assert words in read(response)
    assert "attachment" in response.headers["Content-Disposition"]


def read(response: Any) -> str:
    from asgiref.sync import async_to_sync

    async def parts() -> bytes:
        return b"".join([part async for part in response.streaming_content])

    return async_to_sync(parts)().decode()
