"""Starting, reading, cancelling and retrying jobs."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from api.tests.conftest import As
from core.models import AuditEvent
from customers.models import Customer
from devices.models import Device
from jobs.models import Job, JobTarget
from jobs.progress import add_lines, settle
from users.models import User

JOBS = "/api/v1/jobs/"


@pytest.fixture
def body(device: Device) -> dict[str, Any]:
    return {"kind": "config_backup", "customer": device.customer_id, "devices": [device.pk]}


def end(job: Job, status: str) -> None:
    """End the job with all of its targets in this status."""
    reason = {"error_code": "timeout", "error_text": "No answer."} if status == "failed" else {}
    job.targets.update(status=status, finished_at=timezone.now(), **reason)
    job.shards.update(status="done")
    Job.objects.filter(pk=job.pk).update(status="running", started_at=timezone.now())
    settle(job.pk)


def test_start_a_job(as_: As, operator: User, device: Device, body: dict[str, Any]) -> None:
    answer = as_(operator).post(JOBS, body)
    assert answer.status_code == 201, answer.content
    job = answer.json()
    assert (job["kind"], job["status"], job["counts"]["total"]) == ("config_backup", "queued", 1)
    assert job["requested_by"] == {"id": operator.pk, "username": "operator"}
    assert answer["Location"].endswith(f"/api/v1/jobs/{job['id']}/")
    assert as_(operator).get(answer["Location"]).json() == job
    assert JobTarget.objects.get(job=job["id"]).device == device
    event = AuditEvent.objects.get(action="job.start")
    assert (event.actor, event.correlation_id) == (operator, job["correlation_id"])


def test_start_a_job_by_filter(as_: As, operator: User, make_device: Any, acme: Customer, globex: Customer) -> None:
    make_device(acme, "r1"), make_device(acme, "r2", platform="eos"), make_device(globex, "r3")
    client = as_(operator)
    for wanted, count in ({}, 2), ({"platform": "eos"}, 1), ({"q": "r1", "enabled": True}, 1):
        answer = client.post(JOBS, {"kind": "reachability", "customer": acme.pk, "filter": wanted})
        assert answer.status_code == 201, answer.content
        assert answer.json()["counts"]["total"] == count


def test_params_are_kept(as_: As, operator: User, body: dict[str, Any]) -> None:
    assert as_(operator).post(JOBS, body | {"params": {"timeout_s": 7}}).json()["params"] == {"timeout_s": 7}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"kind": None}, "kind"), ({"kind": "format_disk"}, "kind"), ({"kind": ["config_backup"]}, "kind"),
    ({"kind": {}}, "kind"), ({"kind": "a\x00"}, "kind"), ({"kind": True}, "kind"),
    ({"customer": None}, "customer"), ({"customer": "1"}, "customer"), ({"customer": True}, "customer"),
    ({"customer": 10**30}, "customer"), ({"customer": -1}, "customer"), ({"customer": 999_999}, "customer"),
    ({"customer": 1.5}, "customer"), ({"customer": [1]}, "customer"),
    ({"devices": None}, "devices"), ({"devices": []}, "devices"), ({"devices": "1"}, "devices"),
    ({"devices": {"a": 1}}, "devices"), ({"devices": [True]}, "devices"), ({"devices": ["1"]}, "devices"),
    ({"devices": [1.5]}, "devices"), ({"devices": [None]}, "devices"), ({"devices": [[1]]}, "devices"),
    ({"devices": [10**30]}, "devices"), ({"devices": [2**63 - 1]}, "devices"), ({"devices": [0]}, "devices"),
    ({"devices": [999_999]}, "devices"), ({"devices": list(range(1, 100_002))}, "devices"),
    ({"params": []}, "params"), ({"params": {"timeout_s": "x"}}, "params"), ({"params": {"timeout_s": True}}, "params"),
    ({"params": {"timeout_s": 10**40}}, "params"), ({"params": {"a\x00b": 1}}, "params"), ({"params": 5}, "params"),
    ({"surprise": 1}, "surprise"), ({"requested_by": 1}, "requested_by"), ({"x" * 5000: 1}, "x" * 100),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field"), BAD)
def test_a_bad_value_is_400_and_named(
    as_: As, operator: User, body: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    answer = as_(operator).post(JOBS, body | change)
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert {error["field"] for error in answer.json()["errors"]} == {field}
    assert not Job.objects.exists()


BAD_FILTERS: list[tuple[Any, str]] = [
    (None, "filter"), ([], "filter"), ("x", "filter"), ({"nope": 1}, "filter.nope"), ({"q": None}, "filter.q"),
    ({"q": "\x00"}, "filter.q"), ({"site": 10**30}, "filter.site"), ({"site": 999}, "filter.site"),
    ({"platform": "nope"}, "filter.platform"), ({"enabled": "banana"}, "filter.enabled"), ({"q": {}}, "filter.q"),
    ({"customer": 1}, "filter.customer"), ({"q": "no such device"}, "filter"), ({"site": [1]}, "filter.site"),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "field"), BAD_FILTERS)
def test_a_bad_filter_is_400_and_named(as_: As, operator: User, device: Device, wanted: Any, field: str) -> None:
    answer = as_(operator).post(JOBS, {"kind": "reachability", "customer": device.customer_id, "filter": wanted})
    assert answer.status_code == 400, answer.content
    assert {error["field"] for error in answer.json()["errors"]} == {field}
    assert not Job.objects.exists()


def test_exactly_one_of_devices_and_filter(as_: As, operator: User, body: dict[str, Any]) -> None:
    both = as_(operator).post(JOBS, body | {"filter": {}})
    neither = as_(operator).post(JOBS, {"kind": "config_backup", "customer": body["customer"]})
    for answer in (both, neither):
        assert answer.status_code == 400
        assert {error["field"] for error in answer.json()["errors"]} == {"devices", "filter"}


def test_a_device_named_twice_is_one_target(as_: As, operator: User, body: dict[str, Any]) -> None:
    assert as_(operator).post(JOBS, body | {"devices": body["devices"] * 3}).json()["counts"]["total"] == 1


@pytest.mark.slow
def test_a_hundred_thousand_ids_that_do_not_exist(as_: As, operator: User, body: dict[str, Any]) -> None:
    answer = as_(operator).post(JOBS, body | {"devices": list(range(10**6, 10**6 + 100_000))})
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 1


def test_a_viewer_starts_cancels_and_retries_nothing(
    as_: As, viewer: User, operator: User, device: Device, make_job: Any, body: dict[str, Any]
) -> None:
    job = make_job(operator, [device])
    for url in (JOBS, f"{JOBS}{job.pk}/cancel/", f"{JOBS}{job.pk}/retry/", f"{JOBS}999/cancel/"):
        answer = as_(viewer).post(url, body)
        assert answer.status_code == 403
        assert "role" in answer.json()["detail"]
    assert as_(viewer).get(f"{JOBS}{job.pk}/").status_code == 200


def test_cancel_then_conflict(as_: As, operator: User, device: Device, make_job: Any) -> None:
    job = make_job(operator, [device])
    answer = as_(operator).post(f"{JOBS}{job.pk}/cancel/")
    assert answer.status_code == 202
    assert answer.json()["status"] == "cancelled"
    again = as_(operator).post(f"{JOBS}{job.pk}/cancel/", {})
    assert again.status_code == 409
    assert again.json()["title"] == "Conflict"


def test_cancel_takes_no_input(as_: As, operator: User, device: Device, make_job: Any) -> None:
    job = make_job(operator, [device])
    assert as_(operator).post(f"{JOBS}{job.pk}/cancel/", {"force": True}).status_code == 400
    assert as_(operator).post(f"{JOBS}{job.pk}/cancel/", []).status_code == 400


def test_retry_failed_targets(as_: As, operator: User, device: Device, make_job: Any) -> None:
    job = make_job(operator, [device])
    client = as_(operator)
    assert client.post(f"{JOBS}{job.pk}/retry/").status_code == 409
    end(job, "failed")
    answer = client.post(f"{JOBS}{job.pk}/retry/")
    assert answer.status_code == 201
    assert (answer.json()["retry_of"], answer.json()["counts"]["total"]) == (job.pk, 1)


def test_targets(as_: As, viewer: User, operator: User, make_device: Any, acme: Customer, make_job: Any) -> None:
    job = make_job(operator, [make_device(acme, "r1"), make_device(acme, "r2", enabled=False)])
    client = as_(viewer)
    assert client.get(f"{JOBS}{job.pk}/targets/").json()["count"] == 2
    rows = client.get(f"{JOBS}{job.pk}/targets/?status=skipped").json()["results"]
    assert [(row["device"]["hostname"], row["status"]) for row in rows] == [("r2", "skipped")]
    assert client.get(f"{JOBS}{job.pk}/targets/?status=nope").status_code == 400


def test_log_by_sequence(as_: As, viewer: User, operator: User, device: Device, make_job: Any) -> None:
    job = make_job(operator, [device])
    add_lines(job.pk, [(timezone.now(), "info" if n % 2 else "error", device.pk, f"line {n}") for n in range(1, 8)])
    client, seen, after = as_(viewer), [], 0
    for _ in range(5):
        page = client.get(f"{JOBS}{job.pk}/logs/?after={after}&limit=3").json()
        seen += [line["seq"] for line in page["lines"]]
        after = page["next_after"]
    assert seen == list(range(1, 9))
    assert page == {"lines": [], "next_after": 8, "complete": False}
    errors = client.get(f"{JOBS}{job.pk}/logs/?level=error,warning&level=error&device={device.pk}").json()
    assert [line["text"] for line in errors["lines"]] == ["line 2", "line 4", "line 6"]
    assert (errors["lines"][0]["device"], errors["lines"][0]["device_id"]) == ("acme-r1", device.pk)
    # nothing that matches stands before the last line of all, so that is where to go on
    assert errors["next_after"] == 8
    end(job, "succeeded")
    assert client.get(f"{JOBS}{job.pk}/logs/?after=8").json()["complete"] is True


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", f"after={10**30}", "limit=0", "limit=100000", "device=x", "level=loud", "aftr=1"]
)
def test_a_bad_log_query_is_named(as_: As, operator: User, device: Device, make_job: Any, query: str) -> None:
    answer = as_(operator).get(f"{JOBS}{make_job(operator, [device]).pk}/logs/?{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [query.partition("=")[0]]


def test_job_filters(as_: As, operator: User, make_device: Any, acme: Customer, make_job: Any) -> None:
    one, two = make_device(acme, "r1"), make_device(acme, "r2")
    backup, check = make_job(operator, [one]), make_job(operator, [one, two], kind="reachability")
    client = as_(operator)

    def found(query: str) -> list[int]:
        return [row["id"] for row in client.get(f"{JOBS}?{query}").json()["results"]]

    assert found("") == [check.pk, backup.pk]
    assert found("kind=reachability") == [check.pk]
    assert found(f"device={two.pk}") == [check.pk]
    assert found("status=running&status=failed") == []
    assert found(f"customer={acme.pk}&ordering=id") == [backup.pk, check.pk]
