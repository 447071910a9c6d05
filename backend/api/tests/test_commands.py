"""Show commands by API: the job, its outputs, groups and files, and what a customer allows besides the list."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from rest_framework.test import APIClient

from commands.models import AllowedCommand
from commands.services import keep_outputs
from conftest import MakeDevice
from core.models import AuditEvent
from customers.models import Customer
from devices.models import Device
from jobs.kinds import Finished
from jobs.models import Job
from networkops.types import Output, Outputs
from users.models import User

BRIEF = """Interface                  IP-Address      OK? Method Status                Protocol
GigabitEthernet0/0         192.0.2.1       YES NVRAM  up                    up
"""
COMMAND = "show ip interface brief"


def client(user: User) -> APIClient:
    made = APIClient()
    made.force_authenticate(user)
    return made


def start(user: User, devices: list[Device], *commands: str, **params: Any) -> Any:
    body = {
        "kind": "run_commands", "customer": devices[0].customer_id, "devices": [one.pk for one in devices],
        "params": {"commands": list(commands), **params},
    }  # fmt: skip
    return client(user).post("/api/v1/jobs/", body, format="json")


@pytest.fixture
def job(operator: User, acme: Customer, make_device: MakeDevice) -> Job:
    """Three devices, of which two said the same."""
    devices = [make_device(acme, f"r{number}") for number in range(3)]
    job = Job.objects.get(pk=start(operator, devices, COMMAND).json()["id"])
    targets = job.targets.order_by("device__hostname")
    answers = (Output(COMMAND, BRIEF), Output(COMMAND, BRIEF), Output(COMMAND, "", "the device refused it"))
    keep_outputs(job, [Finished(one, Outputs((said,))) for one, said in zip(targets, answers, strict=True)])
    return job


def test_a_job_of_commands(operator: User, device: Device) -> None:
    answer = start(operator, [device], " show  version ")

    assert answer.status_code == 201
    assert answer.json()["params"] == {
        "commands": ["show version"], "beyond_list": False, "command_timeout_s": 60, "timeout_s": 300,
    }  # fmt: skip


def test_refused_commands_are_told_one_by_one(operator: User, device: Device) -> None:
    answer = start(operator, [device], "show version", "reload", "show run | redirect flash:x")

    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == ["params", "params"]
    assert "'reload' on Cisco IOS / IOS XE" in answer.json()["errors"][0]["detail"]
    assert not Job.objects.exists()


def test_beyond_the_list_is_for_admins(operator: User, admin: User, device: Device) -> None:
    assert start(operator, [device], "clear counters", beyond_list=True).status_code == 403
    assert start(admin, [device], "clear counters", beyond_list=True).status_code == 201
    assert AuditEvent.objects.get(action="job.start").after["params"]["commands"] == ["clear counters"]


def test_outputs_of_a_job(viewer: User, job: Job) -> None:
    rows = client(viewer).get(f"/api/v1/jobs/{job.pk}/outputs/?ordering=hostname").json()["results"]

    assert [(row["device"]["hostname"], row["command"], row["lines"]) for row in rows] == [
        ("r0", COMMAND, 2), ("r1", COMMAND, 2), ("r2", COMMAND, None),
    ]  # fmt: skip
    assert rows[0]["sha256"] == rows[1]["sha256"]
    assert rows[2]["problem"] == "the device refused it"
    assert "text" not in rows[0]


def test_one_output_with_its_table(viewer: User, job: Job) -> None:
    asked = client(viewer)
    first, *_, last = asked.get(f"/api/v1/jobs/{job.pk}/outputs/").json()["results"]

    answer = asked.get(f"/api/v1/jobs/{job.pk}/outputs/{first['id']}/").json()
    refused = asked.get(f"/api/v1/jobs/{job.pk}/outputs/{last['id']}/").json()

    assert answer["text"] == BRIEF
    assert answer["table"] == {
        "columns": ["interface", "ip_address", "status", "proto"],
        "rows": [["GigabitEthernet0/0", "192.0.2.1", "up", "up"]],
    }
    assert (refused["text"], refused["table"]) == ("", None)


def test_equal_outputs_as_groups(viewer: User, job: Job) -> None:
    [command] = client(viewer).get(f"/api/v1/jobs/{job.pk}/output-groups/").json()["commands"]

    assert command["command"] == COMMAND
    assert [(group["count"], [one["hostname"] for one in group["devices"]]) for group in command["groups"]] == [
        (2, ["r0", "r1"]), (1, ["r2"]),
    ]  # fmt: skip


def test_a_list_of_outputs_takes_as_many_queries_for_three_as_for_one(
    operator: User, job: Job, device: Device, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        client(operator).get(f"/api/v1/jobs/{job.pk}/outputs/")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("query", "words"),
    [("", f"===== r0: {COMMAND} =====\nInterface"), ("?format=csv", f"r2,{COMMAND},the device refused it,false"),
     ("?format=json&position=0", '"problem": "the device refused it"')],
)  # fmt: skip
def test_outputs_as_a_file(viewer: User, job: Job, query: str, words: str) -> None:
    answer: Any = client(viewer).get(f"/api/v1/jobs/{job.pk}/outputs/export/{query}")

    async def parts() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    assert words in async_to_sync(parts)().decode()


@pytest.mark.parametrize("query", ["?format=xml", "?position=-1", "?position=x", "?device=0", "?more=1"])
def test_a_file_that_means_nothing_is_refused(viewer: User, job: Job, query: str) -> None:
    assert client(viewer).get(f"/api/v1/jobs/{job.pk}/outputs/export/{query}").status_code == 400


def test_what_a_customer_allows(admin: User, operator: User, viewer: User, acme: Customer, device: Device) -> None:
    body = {"customer": acme.pk, "platform": "ios", "command": "test aaa *", "reason": "it only asks"}

    assert client(operator).post("/api/v1/allowed-commands/", body, format="json").status_code == 403
    made = client(admin).post("/api/v1/allowed-commands/", body, format="json")
    again = client(admin).post("/api/v1/allowed-commands/", body, format="json")
    bad = client(admin).post("/api/v1/allowed-commands/", body | {"command": "test aaa | tee x"}, format="json")

    assert made.status_code == 201
    assert (again.status_code, again.json()["errors"][0]["field"]) == (400, "command")
    assert bad.status_code == 400
    assert client(viewer).get("/api/v1/allowed-commands/").json()["results"][0]["command"] == "test aaa *"
    assert start(operator, [device], "test aaa radius").status_code == 201
    assert client(admin).delete(f"/api/v1/allowed-commands/{made.json()['id']}/").status_code == 204
    assert not AllowedCommand.objects.exists()
    assert start(operator, [device], "test aaa radius").status_code == 400
