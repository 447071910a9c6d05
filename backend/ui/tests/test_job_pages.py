"""Pages of jobs: the list, one job, its targets; who sees and may do what."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conftest import MakeDevice
from customers.models import Customer
from devices.models import Device
from jobs.enums import TargetStatus
from jobs.models import Job, JobTarget
from jobs.progress import settle
from networkops.errors import HostUnreachable, LoginRefused
from ui.tests.sockets import end_job
from users.models import User

MakeJob = Callable[..., Job]
HTMX = {"HX-Request": "true"}


def login(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fail(target: JobTarget, error: Exception) -> None:
    JobTarget.objects.filter(pk=target.pk).update(
        status=TargetStatus.FAILED, finished_at=timezone.now(), error_code=error.code, error_text=str(error), attempts=2
    )


def failed_job(make_job: MakeJob, operator: User, devices: list[Device]) -> Job:
    """An ended job: the first device unreachable, the second refuses the login, the others fine."""
    job = make_job(operator, devices)
    for target, error in zip(job.targets.all(), (HostUnreachable("No answer."), LoginRefused("No.")), strict=False):
        fail(target, error)
    end_job(job)
    job.refresh_from_db()
    return job


@pytest.fixture
def devices(make_device: MakeDevice, acme: Customer) -> list[Device]:
    return [make_device(acme, f"acme-r{number}") for number in range(4)]


@pytest.mark.parametrize("name", ["job_detail", "job_log", "job_log_download"])
def test_job_of_another_customer_is_not_found(
    make_job: MakeJob, operator: User, stranger: User, device: Device, name: str
) -> None:
    job = make_job(operator, [device])
    assert login(stranger).get(reverse(f"ui:{name}", args=[job.pk])).status_code == 404
    assert login(stranger).get(reverse(f"ui:{name}", args=[job.pk + 1])).status_code == 404


@pytest.mark.parametrize("name", ["job_cancel", "job_retry"])
def test_job_of_another_customer_cannot_be_changed(
    make_job: MakeJob, operator: User, stranger: User, device: Device, name: str
) -> None:
    job = make_job(operator, [device])
    assert login(stranger).post(reverse(f"ui:{name}", args=[job.pk])).status_code == 404
    job.refresh_from_db()
    assert job.cancel_requested_at is None


def test_job_pages_ask_for_login(make_job: MakeJob, operator: User, device: Device) -> None:
    job = make_job(operator, [device])
    for url in (reverse("ui:job_list"), reverse("ui:job_detail", args=[job.pk]), reverse("ui:job_new")):
        assert Client().get(url)["Location"].startswith("/login/")


def test_job_list_shows_only_the_users_jobs(
    make_job: MakeJob, operator: User, stranger: User, device: Device, foreign_device: Device
) -> None:
    mine, theirs = make_job(operator, [device]), make_job(stranger, [foreign_device])
    page = login(operator).get(reverse("ui:job_list")).content.decode()
    assert f"#{mine.pk}<" in page
    assert f"#{theirs.pk}<" not in page
    assert "Globex" not in page
    assert "operator2" not in page


def test_job_list_filters(make_job: MakeJob, operator: User, admin: User, devices: list[Device]) -> None:
    backup = failed_job(make_job, operator, devices)
    check = make_job(admin, devices[:1], kind="reachability")
    client = login(operator)

    def found(query: str) -> set[int]:
        answer = client.get(f"{reverse('ui:job_list')}?{query}", headers=HTMX)
        return {int(pk) for pk in re.findall(r'id="job-(\d+)"', answer.content.decode())}

    assert found("") == {backup.pk, check.pk}
    assert found("kind=reachability") == {check.pk}
    assert found("status=partial") == {backup.pk}
    assert found("status=open") == {check.pk}
    assert found(f"user={admin.pk}") == {check.pk}
    assert found(f"q=%23{backup.pk}") == {backup.pk}
    assert found("q=acme-r3") == {backup.pk}
    assert found(f"q={check.correlation_id}") >= {check.pk}
    assert found("q=nothing") == set()
    for wrong in ("user=99999", "status=banana", "customer=999999"):
        assert found(wrong) == set()
        page = client.get(f"{reverse('ui:job_list')}?{wrong}").text
        assert "Select a valid choice" in page
        assert "No jobs yet" not in page


@pytest.mark.parametrize("sort", ["created", "-created", "kind", "-status", "customer", "user", "nonsense"])
def test_job_list_sorts(make_job: MakeJob, operator: User, device: Device, sort: str) -> None:
    first, second = make_job(operator, [device]), make_job(operator, [device])
    page = login(operator).get(f"{reverse('ui:job_list')}?sort={sort}").context["page"]
    expected = [second.pk, first.pk] if sort.startswith("-") or sort == "nonsense" else [first.pk, second.pk]
    assert [job.pk for job in page] == expected


def test_job_list_polls_only_while_something_runs(make_job: MakeJob, operator: User, device: Device) -> None:
    job = make_job(operator, [device])
    client = login(operator)
    live = client.get(reverse("ui:job_list"), headers=HTMX)
    assert live.status_code == 200
    assert b'hx-trigger="every 2s"' in live.content
    end_job(job)
    ended = client.get(reverse("ui:job_list"), headers=HTMX)
    assert ended.status_code == 286
    assert b"every 2s" not in ended.content
    assert client.get(reverse("ui:job_list")).status_code == 200


def test_job_list_empty_for_viewer_offers_no_new_job(viewer: User) -> None:
    page = login(viewer).get(reverse("ui:job_list")).content.decode()
    assert "No jobs yet" in page
    assert reverse("ui:job_new") not in page


def test_job_list_asks_as_often_for_three_jobs_as_for_one(make_job: MakeJob, operator: User, device: Device) -> None:
    client = login(operator)
    make_job(operator, [device])
    with_one = _queries(client, reverse("ui:job_list"))
    for _ in range(2):
        make_job(operator, [device])
    assert _queries(client, reverse("ui:job_list")) == with_one


def _queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_job_detail_asks_as_often_for_three_targets_as_for_one(
    make_job: MakeJob, operator: User, devices: list[Device]
) -> None:
    one, three = make_job(operator, devices[:1]), make_job(operator, devices[:3])
    client = login(operator)
    assert _queries(client, reverse("ui:job_detail", args=[one.pk])) == _queries(
        client, reverse("ui:job_detail", args=[three.pk])
    )


def test_job_detail_names_failures_by_reason(
    make_job: MakeJob, operator: User, viewer: User, devices: list[Device]
) -> None:
    job = failed_job(make_job, operator, devices)
    page = login(viewer).get(reverse("ui:job_detail", args=[job.pk]))
    reasons = {
        reason["label"]: [device["hostname"] for device in reason["devices"]] for reason in page.context["reasons"]
    }
    assert reasons == {"Unreachable": ["acme-r0"], "Login refused": ["acme-r1"]}
    assert "Unreachable: No answer." in page.content.decode()


def test_job_detail_names_failures_while_the_job_runs(make_job: MakeJob, operator: User, devices: list[Device]) -> None:
    job = make_job(operator, devices)
    fail(job.targets.first(), HostUnreachable("No answer."))
    settle(job.pk)
    page = login(operator).get(reverse("ui:job_detail", args=[job.pk]))
    assert [reason["count"] for reason in page.context["reasons"]] == [1]


def test_job_detail_offers_what_is_possible_and_allowed(
    make_job: MakeJob, operator: User, viewer: User, devices: list[Device]
) -> None:
    waiting, failed = make_job(operator, devices), failed_job(make_job, operator, devices)
    good = make_job(operator, devices)
    end_job(good)

    def offered(user: User, job: Job) -> set[str]:
        page = login(user).get(reverse("ui:job_detail", args=[job.pk])).content.decode()
        return {name for name in ("cancel", "retry") if f'id="job-{name}"' in page}

    assert offered(operator, waiting) == {"cancel"}
    assert offered(operator, failed) == {"retry"}
    assert offered(operator, good) == set()
    assert offered(viewer, waiting) == offered(viewer, failed) == set()


def test_job_cancel(make_job: MakeJob, operator: User, device: Device) -> None:
    job = make_job(operator, [device])
    answer = login(operator).post(reverse("ui:job_cancel", args=[job.pk]))
    assert answer["Location"] == reverse("ui:job_detail", args=[job.pk])
    job.refresh_from_db()
    assert job.status == "cancelled"


@pytest.mark.parametrize("name", ["job_cancel", "job_retry"])
def test_job_change_refused_for_viewer(
    make_job: MakeJob, operator: User, viewer: User, devices: list[Device], name: str
) -> None:
    job = failed_job(make_job, operator, devices) if name == "job_retry" else make_job(operator, devices)
    assert login(viewer).post(reverse(f"ui:{name}", args=[job.pk])).status_code == 403
    assert Job.objects.filter(cancel_requested_at=None).count() == 1


def test_job_cancel_of_an_ended_job_says_so(make_job: MakeJob, operator: User, device: Device) -> None:
    job = make_job(operator, [device])
    end_job(job)
    answer = login(operator).post(reverse("ui:job_cancel", args=[job.pk]), follow=True)
    assert "has ended or is being cancelled already" in answer.content.decode()


def test_job_retry_links_both_jobs(make_job: MakeJob, operator: User, devices: list[Device]) -> None:
    job = failed_job(make_job, operator, devices)
    client = login(operator)
    answer = client.post(reverse("ui:job_retry", args=[job.pk]))
    again = Job.objects.get(retry_of=job)
    assert answer["Location"] == reverse("ui:job_detail", args=[again.pk])
    assert again.targets.count() == 2
    assert reverse("ui:job_detail", args=[job.pk]) in client.get(answer["Location"]).content.decode()
    assert (
        reverse("ui:job_detail", args=[again.pk])
        in client.get(reverse("ui:job_detail", args=[job.pk])).content.decode()
    )


def test_job_changes_need_post(make_job: MakeJob, operator: User, device: Device) -> None:
    job = make_job(operator, [device])
    for name in ("job_cancel", "job_retry"):
        assert login(operator).get(reverse(f"ui:{name}", args=[job.pk])).status_code == 405


def test_job_targets_offer_every_state_until_the_job_has_ended(
    make_job: MakeJob, operator: User, devices: list[Device]
) -> None:
    client = login(operator)

    def offered(job: Job) -> list[str]:
        return [value for value, *_ in client.get(reverse("ui:job_detail", args=[job.pk])).context["status_choices"]]

    assert offered(make_job(operator, devices)) == ["", *TargetStatus.values]
    assert offered(failed_job(make_job, operator, devices)) == ["", "succeeded", "failed"]


def test_job_targets_filter_sort_and_page(make_job: MakeJob, operator: User, devices: list[Device]) -> None:
    job = failed_job(make_job, operator, devices)
    client = login(operator)

    def shown(query: str) -> list[str]:
        answer = client.get(f"{reverse('ui:job_detail', args=[job.pk])}?{query}", headers=HTMX)
        assert b"<html" not in answer.content
        return [target.device.hostname for target in answer.context["page"]]

    assert shown("") == ["acme-r0", "acme-r1", "acme-r2", "acme-r3"]
    assert shown("status=failed") == ["acme-r0", "acme-r1"]
    assert shown("q=r3") == ["acme-r3"]
    assert shown("sort=-device") == ["acme-r3", "acme-r2", "acme-r1", "acme-r0"]
    assert shown("sort=-attempts")[:2] == ["acme-r1", "acme-r0"]
    assert len(shown("sort=duration")) == len(shown("sort=nonsense&page=99&status=nonsense")) == 4


def test_job_new_refused_for_viewer(viewer: User) -> None:
    assert login(viewer).get(reverse("ui:job_new")).status_code == 403
