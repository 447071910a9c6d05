"""Pages of schedules."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from devices.models import Device, Site
from jobs.models import Job, Schedule
from jobs.schedules import create_schedule, start_due
from users.models import User

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Evenings", "kind": "config_backup", "cron": "0 20 * * *", "time_zone": "Europe/Oslo", "jitter_min": "5",
}  # fmt: skip


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def schedule(operator: User, acme: Customer, device: Device) -> Schedule:
    return create_schedule(actor=operator, customer=acme, name="Nights", kind="config_backup", cron="0 2 * * *")


def test_list_says_that_nothing_is_scheduled(operator: User, viewer: User) -> None:
    assert b"New schedule" in logged_in(operator).get("/schedules/").content
    page = logged_in(viewer).get("/schedules/").content
    assert b"Nothing is scheduled" in page
    assert b"New schedule" not in page


def test_list_shows_the_next_run_and_what_kept_the_last(operator: User, schedule: Schedule) -> None:
    Schedule.objects.update(last_problem="No enabled device matches.", last_run_at=timezone.now())
    page = logged_in(operator).get("/schedules/").content.decode()
    assert "0 2 * * *" in page
    assert "No enabled device matches." in page
    assert schedule.next_run_at is not None
    assert schedule.next_run_at.isoformat() in page


def test_list_asks_as_often_for_three_as_for_one(
    operator: User, acme: Customer, schedule: Schedule, django_assert_max_num_queries: Any
) -> None:
    client = logged_in(operator)
    with django_assert_max_num_queries(30) as first:
        client.get("/schedules/")
    for name in ("a", "b"):
        create_schedule(actor=operator, customer=acme, name=name, kind="reachability", cron="0 2 * * *")
    with django_assert_max_num_queries(len(first)):
        client.get("/schedules/")


def test_new_schedule(operator: User, acme: Customer, device: Device) -> None:
    client = logged_in(operator)
    assert client.get("/schedules/new/").status_code == 200
    answer = client.post("/schedules/new/", FORM | {"customer": acme.pk, "site": device.site_id})
    row = Schedule.objects.get()
    assert answer["Location"] == "/schedules/"
    assert (row.name, row.time_zone, row.jitter_s, row.site, row.enabled) == (
        "Evenings", "Europe/Oslo", 300, device.site, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cron": "nightly"}, "Five fields of cron"),
        ({"time_zone": "Mars"}, "no such time zone"),
        ({"kind": "run_commands", "commands": "reload"}, "reload"),
        ({"name": "Nights"}, "of this name"),
    ],
)
def test_new_schedule_that_cannot_be(
    operator: User, acme: Customer, schedule: Schedule, given: dict[str, str], words: str
) -> None:
    answer = logged_in(operator).post("/schedules/new/", FORM | given | {"customer": acme.pk})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Schedule.objects.count() == 1


def test_edit_keeps_what_the_form_does_not_show(operator: User, schedule: Schedule) -> None:
    Schedule.objects.update(params={"timeout_s": 77})
    place = f"/schedules/{schedule.pk}/edit/"
    client = logged_in(operator)
    assert b'value="0 2 * * *"' in client.get(place).content
    assert client.post(place, FORM).status_code == 302
    schedule.refresh_from_db()
    assert (schedule.name, schedule.cron, schedule.params) == ("Evenings", "0 20 * * *", {"timeout_s": 77})


def test_commands_of_a_schedule(operator: User, acme: Customer, device: Device) -> None:
    client = logged_in(operator)
    given = FORM | {"customer": acme.pk, "kind": "run_commands", "commands": "show version\n\nshow clock\n"}
    assert client.post("/schedules/new/", given).status_code == 302
    row = Schedule.objects.get()
    assert row.params["commands"] == ["show version", "show clock"]
    assert b"show clock" in client.get(f"/schedules/{row.pk}/").content


def test_moments_while_one_types(viewer: User) -> None:
    client = logged_in(viewer)
    page = client.get("/schedules/moments/", {"cron": "0 12 1 1 *", "time_zone": "UTC"}).content.decode()
    assert page.count("-01-01 12:00 UTC") == 3
    assert b"Five fields of cron" in client.get("/schedules/moments/", {"cron": "0 12", "time_zone": "UTC"}).content


def test_run_switch_and_delete(operator: User, schedule: Schedule) -> None:
    client, place = logged_in(operator), f"/schedules/{schedule.pk}/"
    job_page = client.post(f"{place}run/")["Location"]
    assert job_page == f"/jobs/{Job.objects.get().pk}/"
    client.post(f"{place}switch/")
    schedule.refresh_from_db()
    assert (schedule.enabled, schedule.next_run_at) == (False, None)
    assert b"rests" in client.get(place).content
    client.post(f"{place}delete/")
    assert not Schedule.objects.exists()
    assert Job.objects.exists()


def test_detail_shows_its_jobs(viewer: User, schedule: Schedule) -> None:
    Schedule.objects.update(next_run_at=timezone.now())
    start_due()
    page = logged_in(viewer).get(f"/schedules/{schedule.pk}/").content.decode()
    assert f"/jobs/{Job.objects.get().pk}/" in page
    assert "Run now" not in page


def test_run_that_reaches_nothing_says_so(operator: User, schedule: Schedule, device: Device) -> None:
    Device.objects.update(enabled=False)
    page = logged_in(operator).post(f"/schedules/{schedule.pk}/run/", follow=True).content.decode()
    assert "No enabled device matches." in page


def test_a_site_of_another_customer_is_no_choice(operator: User, acme: Customer, globex: Customer) -> None:
    other = Site.objects.create(customer=globex, name="theirs")
    answer = logged_in(operator).post("/schedules/new/", FORM | {"customer": acme.pk, "site": other.pk})
    assert answer.status_code == 422
