"""Commands before they are sent, and what becomes of the answers."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.utils import timezone

from commands.models import AllowedCommand, CommandOutput, OutputText
from commands.selectors import MOST_GROUPS, difference, group_counts, groups_of, outputs_of, table_for, text_of
from commands.services import (
    create_allowed_command,
    delete_allowed_command,
    keep_outputs,
    refused_now,
    update_allowed_command,
)
from conftest import MakeDevice
from core.models import AuditEvent
from customers.models import Customer
from devices.models import Device
from jobs.kinds import KINDS, Finished
from jobs.models import Job, JobTarget
from jobs.recovery import give_back
from jobs.services import JobRefused, retry_failed, start_job
from networkops.errors import CommandRefused, DeviceTimeout, HostUnreachable
from networkops.types import Output, Outputs
from users.models import User
from users.permissions import NotAllowed


def run(actor: User, devices: list[Device], *commands: str, **params: Any) -> Job:
    return start_job(
        actor=actor, customer=devices[0].customer, kind="run_commands", devices=[device.pk for device in devices],
        params={"commands": list(commands), **params},
    )  # fmt: skip


def answered(job: Job, *answers: dict[str, Output] | Output) -> None:
    """Each target in turn gave this answer to the job's one command."""
    finished = [
        Finished(target, Outputs((answer,)))
        for target, answer in zip(job.targets.order_by("device__hostname"), answers, strict=True)
    ]
    keep_outputs(job, finished)


def said(text: str) -> Output:
    return Output("show version", text)


def test_reading_commands_are_taken_in_their_form(operator: User, device: Device) -> None:
    job = run(operator, [device], "  show   version ", "show ip route | i 10.")

    assert job.params == {
        "commands": ["show version", "show ip route | i 10."], "beyond_list": False,
        "command_timeout_s": 60, "timeout_s": 300,
    }  # fmt: skip
    assert AuditEvent.objects.get(action="job.start").after["params"]["commands"] == job.params["commands"]


def test_refused_commands_are_told_by_platform_and_nothing_is_made(
    operator: User, acme: Customer, make_device: MakeDevice
) -> None:
    devices = [make_device(acme, "r1", platform="ios"), make_device(acme, "r2", platform="junos_cli")]

    with pytest.raises(JobRefused) as refused:
        run(operator, devices, "show version", "reload", "show run | redirect flash:x")

    assert refused.value.field == "params"
    assert refused.value.problems == (
        "'reload' on Cisco IOS / IOS XE: 'reload' is not known to only read; 'show' commands are.",
        "'reload' on Junos (CLI): 'reload' is not known to only read; 'show' commands are.",
        "'show run | redirect flash:x' on Cisco IOS / IOS XE: '| redirect' is not known to be harmless.",
        "'show run | redirect flash:x' on Junos (CLI): '| redirect' is not known to be harmless.",
    )
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "at least one command"),
        ({"commands": []}, "at least one command"),
        ({"commands": "show version"}, "at least one command"),
        ({"commands": [1]}, "at least one command"),
        ({"commands": ["show version"] * 21}, "at most 20"),
        ({"commands": ["show version"], "beyond_list": 1}, "true or false"),
        ({"commands": ["show version"], "command_timeout_s": 0}, "from 1 to 3600"),
        ({"commands": ["show version"], "more": 1}, "Unknown parameter"),
        ({"commands": ["show version\nreload"]}, "line break"),
        ({"commands": [""]}, "empty"),
    ],
)
def test_bad_parameters_are_refused_in_words(
    operator: User, device: Device, params: dict[str, Any], words: str
) -> None:
    with pytest.raises(JobRefused, match=words):
        start_job(actor=operator, customer=device.customer, kind="run_commands", devices=[device.pk], params=params)


def test_only_an_admin_goes_beyond_the_list_and_it_is_audited(operator: User, admin: User, device: Device) -> None:
    with pytest.raises(NotAllowed, match="run any command"):
        run(operator, [device], "clear counters", beyond_list=True)

    job = run(admin, [device], "clear counters", beyond_list=True)

    event = AuditEvent.objects.get(action="job.start")
    assert event.actor_name == "admin"
    assert event.after["params"]["commands"] == ["clear counters"]
    assert event.after["params"]["beyond_list"] is True
    assert KINDS["run_commands"].changes(job.params), "it is never sent twice"
    assert refused_now(job, {1: device}) == {}


def test_an_operator_does_not_retry_what_an_admin_ran_beyond_the_list(
    operator: User, admin: User, device: Device
) -> None:
    job = run(admin, [device], "clear counters", beyond_list=True)
    job.targets.update(status="failed", error_code="timeout")
    Job.objects.filter(pk=job.pk).update(status="failed", finished_at="2026-01-01T00:00Z")
    job.refresh_from_db()

    with pytest.raises(NotAllowed):
        retry_failed(actor=operator, job=job)
    assert retry_failed(actor=admin, job=job).params == job.params


@pytest.mark.parametrize(("command", "status"), [("clear counters", "unknown"), ("show version", "pending")])
def test_what_may_change_a_device_is_not_sent_again_after_a_lost_worker(
    admin: User, device: Device, command: str, status: str
) -> None:
    job = run(admin, [device], command, beyond_list=True)
    token = uuid.uuid4()
    job.shards.update(status="running", run_token=token, heartbeat_at=timezone.now())
    job.targets.update(status="running", attempts=1)

    give_back(job.shards.get().pk, token)

    assert job.targets.get().status == status


def test_commands_that_all_read_are_not_beyond_the_list(admin: User, device: Device) -> None:
    job = run(admin, [device], "show version", beyond_list=True)

    assert job.params["beyond_list"] is False
    assert not KINDS["run_commands"].changes(job.params)


def test_a_command_with_a_secret_is_sent_for_nobody(admin: User, device: Device) -> None:
    with pytest.raises(JobRefused, match="holds a secret"):
        run(admin, [device], "username bob password 0 hunter2", beyond_list=True)


def test_what_a_customer_allows_holds_for_it_alone(
    admin: User, operator: User, stranger: User, device: Device, foreign_device: Device, acme: Customer
) -> None:
    create_allowed_command(actor=admin, customer=acme, platform="ios", command="test   aaa *", reason="asks only")

    assert run(operator, [device], "test aaa radius").params["commands"] == ["test aaa radius"]
    with pytest.raises(JobRefused):
        run(stranger, [foreign_device], "test aaa radius")
    with pytest.raises(JobRefused):
        run(operator, [device], "test aaa radius | redirect flash:x")


def test_allowed_commands_are_managed_by_admins_and_audited(admin: User, operator: User, acme: Customer) -> None:
    values = {"platform": "ios", "command": "test aaa *"}
    with pytest.raises(NotAllowed):
        create_allowed_command(actor=operator, customer=acme, **values)
    row = create_allowed_command(actor=admin, customer=acme, **values)
    with pytest.raises(ValidationError, match="allows this command already"):
        create_allowed_command(actor=admin, customer=acme, **values)
    row = update_allowed_command(actor=admin, allowed_command=row, reason="harmless")
    update_allowed_command(actor=admin, allowed_command=row, reason="harmless")
    with pytest.raises(NotAllowed):
        update_allowed_command(actor=operator, allowed_command=row, reason="x")
    with pytest.raises(NotAllowed):
        delete_allowed_command(actor=operator, allowed_command=row)
    delete_allowed_command(actor=admin, allowed_command=row)

    assert not AllowedCommand.objects.exists()
    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["allowedcommand.create", "allowedcommand.change", "allowedcommand.delete"]


@pytest.mark.parametrize(
    "values",
    [
        {"platform": "ios", "command": "a | b"},
        {"platform": "ios", "command": "a\nb"},
        {"platform": "ios", "command": "* x"},
        {"platform": "ios", "command": ""},
        {"platform": "nonsense", "command": "test aaa"},
    ],
)
def test_bad_allowed_commands_are_refused(admin: User, acme: Customer, values: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        create_allowed_command(actor=admin, customer=acme, **values)


def test_a_foreign_customer_allows_nothing_here(admin: User, globex: Customer) -> None:
    with pytest.raises(ObjectDoesNotExist):
        create_allowed_command(actor=admin, customer=globex, platform="ios", command="test aaa")


def test_a_platform_that_changed_since_is_sent_nothing(operator: User, device: Device) -> None:
    job = run(operator, [device], "show version")
    device.platform = "huawei"

    refused = refused_now(job, {7: device})

    assert isinstance(refused[7], CommandRefused)
    assert str(refused[7]).startswith("nothing was sent: 'show version' on Huawei VRP")


def test_equal_answers_are_one_text_and_one_group(operator: User, acme: Customer, make_device: MakeDevice) -> None:
    devices = [make_device(acme, f"r{number}") for number in range(4)]
    job = run(operator, devices, "show version")

    answered(job, said("one\n"), said("two\n"), said("one\n"), Output("show version", "", "the device refused it"))

    outputs = outputs_of(operator, job)
    assert OutputText.objects.count() == 2
    groups = groups_of(outputs, 0)
    assert [(group.count, [name for _, name in group.devices]) for group in groups] == [
        (2, ["r0", "r2"]), (1, ["r1"]), (1, ["r3"]),
    ]  # fmt: skip
    assert group_counts(outputs) == {0: 3}
    assert groups[2].output.problem == "the device refused it"
    diff = difference(groups[0].output, groups[1].output)
    assert (diff.added, diff.removed) == (1, 1)


def test_groups_take_as_many_queries_for_three_as_for_one(
    operator: User, acme: Customer, make_device: MakeDevice, django_assert_num_queries: Any
) -> None:
    for number in (1, 3):
        job = run(operator, [make_device(acme, f"n{number}-{n}") for n in range(number)], "show version")
        answered(job, *(said(f"{n}\n") for n in range(number)))
        outputs = outputs_of(operator, job)
        with django_assert_num_queries(3):
            assert len(groups_of(outputs, 0, MOST_GROUPS)) == number


def test_a_device_that_failed_leaves_no_output_and_one_that_refused_keeps_the_rest(
    operator: User, acme: Customer, make_device: MakeDevice
) -> None:
    job = run(operator, [make_device(acme, "r1"), make_device(acme, "r2")], "show version", "show nonsense")
    gone, refused = job.targets.order_by("device__hostname")
    answers = (Output("show version", "one\n"), Output("show nonsense", "", "% Invalid input"))

    outcomes = keep_outputs(
        job, [Finished(gone, error=HostUnreachable("no")), Finished(refused, Outputs(answers, CommandRefused("one")))]
    )

    assert isinstance(outcomes[gone.pk].error, HostUnreachable)
    assert isinstance(outcomes[refused.pk].error, CommandRefused)
    assert outcomes[refused.pk].result == {"commands": 2, "answered": 1}
    assert [(row.position, row.problem) for row in CommandOutput.objects.all()] == [(0, ""), (1, "% Invalid input")]


def test_an_empty_answer_is_an_answer(operator: User, device: Device) -> None:
    job = run(operator, [device], "show version")

    answered(job, said(""))

    [output] = outputs_of(operator, job).select_related("text")
    assert text_of(output) == ""
    assert output.text_id is not None


def test_garbled_answers_are_stored(operator: User, device: Device) -> None:
    job = run(operator, [device], "show version")

    answered(job, said("a\x00b\ud800\x1b[2J\n"))

    assert text_of(outputs_of(operator, job).select_related("text").get()) == "a�b�\x1b[2J\n"


def test_a_text_is_encrypted_at_rest(operator: User, device: Device) -> None:
    job = run(operator, [device], "show version")

    answered(job, said("needle in a stack\n"))

    assert b"needle" not in bytes(OutputText.objects.get().packed)


def test_a_silent_device_names_what_it_did_not_answer(operator: User, device: Device) -> None:
    job = run(operator, [device], "show version")
    target = JobTarget.objects.get(job=job)

    outcome = keep_outputs(
        job, [Finished(target, Outputs((Output("show version", "", "silence"),), DeviceTimeout("silence")))]
    )[target.pk]

    assert isinstance(outcome.error, DeviceTimeout)
    assert outcome.result == {"commands": 1, "answered": 0}


def test_a_stranger_sees_no_output(stranger: User, operator: User, device: Device) -> None:
    job = run(operator, [device], "show version")
    answered(job, said("one\n"))

    assert outputs_of(operator, job).count() == 1
    assert outputs_of(stranger, job).count() == 0


def test_a_known_answer_is_a_table(operator: User, device: Device) -> None:
    job = run(operator, [device], "show ip interface brief")
    brief = (
        "Interface                  IP-Address      OK? Method Status                Protocol\n"
        "GigabitEthernet0/0         192.0.2.1       YES NVRAM  up                    up\n"
    )
    answered(job, said(brief))

    table = table_for(outputs_of(operator, job).get(), "show ip interface brief")

    assert table is not None
    assert table.rows == (("GigabitEthernet0/0", "192.0.2.1", "up", "up"),)
