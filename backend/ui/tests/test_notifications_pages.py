"""Pages of notifications."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from devices.models import Device
from jobs.models import Job
from notifications.models import Channel, Delivery
from notifications.services import create_channel
from users.models import User

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Pager", "kind": "webhook", "address": "https://hooks.example/T1/path", "ends": ["failed", "partial"],
    "enabled": "on",
}  # fmt: skip


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def hook(admin: User, acme: Customer) -> Channel:
    return create_channel(
        actor=admin, customer=acme, kind="webhook", name="Pager", address="https://hooks.example/T1/path"
    )


@pytest.fixture
def delivery(hook: Channel) -> Delivery:
    return Delivery.objects.create(
        customer=hook.customer, channel=hook, event="test", payload={"type": "<b>test</b>"}, state="failed",
        next_attempt_at=None, problem="The receiver answered 500.", answer_status=500, answer="<script>x</script>",
        attempts=8, attempted_at=timezone.now(), took_ms=12, recipient="https://hooks.example",
    )  # fmt: skip


def test_empty_lists_say_what_they_are_for(admin: User, viewer: User) -> None:
    assert b"Nobody is told" in logged_in(admin).get("/notifications/").content
    assert b"You are not told" in logged_in(viewer).get("/notifications/").content
    assert b"Nothing was sent yet" in logged_in(viewer).get("/notifications/deliveries/").content
    assert b"No delivery matches" in logged_in(viewer).get("/notifications/deliveries/?state=failed").content


def test_list_shows_no_path_of_a_webhook(admin: User, hook: Channel, viewer: User) -> None:
    page = logged_in(admin).get("/notifications/").content.decode()
    assert "https://hooks.example" in page
    assert "/T1/" not in page
    assert "All jobs: failed or partial" in page
    assert "Pager" not in logged_in(viewer).get("/notifications/").content.decode()


def test_list_says_when_mail_is_not_set_up(viewer: User, settings: Any) -> None:
    assert b"Mail is not set up" in logged_in(viewer).get("/notifications/").content
    settings.MAIL_IS_SET_UP = True
    assert b"Your account has no mail address yet" in logged_in(viewer).get("/notifications/").content


def test_a_webhooks_secret_is_shown_once(admin: User, acme: Customer) -> None:
    client = logged_in(admin)
    assert client.get("/notifications/new/").status_code == 200
    answer = client.post("/notifications/new/", FORM | {"customer": acme.pk})
    row = Channel.objects.get()
    assert row.secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    for place in ("", f"{row.pk}/", f"{row.pk}/edit/", "deliveries/"):
        assert row.secret not in client.get(f"/notifications/{place}").content.decode()
    again = client.post(f"/notifications/{row.pk}/secret/").content.decode()
    [shown] = set(re.findall(r"whsec_[\w+/=]+", again))
    row.refresh_from_db()
    assert row.secret == shown
    assert row.old_secret != shown


def test_what_is_refused_is_said_at_its_field(admin: User, acme: Customer, hook: Channel) -> None:
    client = logged_in(admin)
    for given, words in (
        ({"address": "https://localhost.:22/"}, "Port 22 is not one of a web server"),
        ({"address": "https://10.0.0.1/"}, "10.0.0.1, which is a private address."),
        ({"name": "Pager", "address": "https://hooks.example/"}, "There is a channel of this name."),
        ({"ends": []}, "This field is required."),
        ({"kind": "personal"}, "Mail to yourself goes to the address of your account."),
        ({"only_own": "on"}, "Only mail to yourself can be about your own jobs alone."),
    ):
        answer = client.post("/notifications/new/", FORM | {"name": "New", "customer": acme.pk} | given)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert Channel.objects.count() == 1


def test_a_viewer_has_mail_sent_and_nothing_else(viewer: User, acme: Customer) -> None:
    client = logged_in(viewer)
    form = client.get("/notifications/new/").content.decode()
    assert "Mail to me" in form
    assert "Webhook" not in form
    assert client.post("/notifications/new/", FORM | {"customer": acme.pk}).status_code == 422
    given = {"name": "Mine", "kind": "personal", "ends": ["failed"], "only_own": "on", "enabled": "on"}
    answer = client.post("/notifications/new/", given | {"customer": acme.pk})
    row = Channel.objects.get()
    assert answer["Location"] == f"/notifications/{row.pk}/"
    assert (row.owner, row.kind, row.only_own, row.ends) == (viewer, "personal", True, ["failed"])
    assert "of mine alone" in client.get(f"/notifications/{row.pk}/").content.decode()


def test_edit_switch_off_and_delete(admin: User, hook: Channel) -> None:
    client, place = logged_in(admin), f"/notifications/{hook.pk}/"
    assert 'value="https://hooks.example/T1/path"' in client.get(f"{place}edit/").content.decode()
    changed = {name: value for name, value in FORM.items() if name != "enabled"} | {"job_kinds": ["reachability"]}
    assert client.post(f"{place}edit/", changed).status_code == 302
    hook.refresh_from_db()
    assert (hook.enabled, hook.job_kinds, hook.kind) == (False, ["reachability"], "webhook")
    assert f"{place}test/" not in client.get(place).content.decode()
    answer = client.post(f"{place}delete/", follow=True)
    assert "is deleted" in answer.content.decode()
    assert not Channel.objects.exists()


def test_why_a_channel_was_turned_off(admin: User, hook: Channel) -> None:
    Channel.objects.update(enabled=False, disabled_because="Nothing has arrived for 3 days. It was silent.")
    client = logged_in(admin)
    assert "Turned off" in client.get("/notifications/").content.decode()
    assert "Nothing has arrived for 3 days." in client.get(f"/notifications/{hook.pk}/").content.decode()


def test_a_test_leads_to_its_delivery(admin: User, hook: Channel) -> None:
    client = logged_in(admin)
    answer = client.post(f"/notifications/{hook.pk}/test/")
    row = Delivery.objects.get()
    assert answer["Location"] == f"/notifications/deliveries/{row.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert "Queued" in page
    assert 'hx-trigger="every 2s"' in page
    assert "on its way" in client.post(f"/notifications/{hook.pk}/test/", follow=True).content.decode()


def test_a_delivery_with_what_was_sent_and_answered(admin: User, delivery: Delivery, viewer: User) -> None:
    place = f"/notifications/deliveries/{delivery.pk}/"
    page = logged_in(admin).get(place).content.decode()
    assert "The receiver answered 500." in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "&lt;b&gt;test&lt;/b&gt;" in page
    assert "hx-trigger" not in page.partition("delivery-facts")[2].partition("</section>")[0]
    assert logged_in(viewer).get(place).status_code == 404


def test_send_again(admin: User, delivery: Delivery) -> None:
    client, place = logged_in(admin), f"/notifications/deliveries/{delivery.pk}/"
    assert "It is sent again." in client.post(f"{place}resend/", follow=True).content.decode()
    delivery.refresh_from_db()
    assert delivery.state == "queued"
    assert "on its way already" in client.post(f"{place}resend/", follow=True).content.decode()


def test_filter_of_deliveries(admin: User, delivery: Delivery) -> None:
    client = logged_in(admin)
    for query, found in (
        ("", True),
        ("?state=failed", True),
        ("?q=page", True),
        ("?state=sent", False),
        ("?q=x", False),
    ):
        page = client.get(f"/notifications/deliveries/{query}").content.decode()
        assert (f"#{delivery.pk}<" in page) is found


def test_a_jobs_page_says_who_was_told(
    admin: User, operator: User, delivery: Delivery, device: Device, make_job: Any
) -> None:
    job = make_job(admin, [device])
    Delivery.objects.update(job=job)
    assert "Pager" not in logged_in(admin).get(f"/jobs/{job.pk}/").content.decode()
    Job.objects.update(status="failed", finished_at=timezone.now())
    page = logged_in(admin).get(f"/jobs/{job.pk}/").content.decode()
    assert f"/notifications/deliveries/{delivery.pk}/" in page
    assert "The receiver answered 500." in page
    assert "Pager" not in logged_in(operator).get(f"/jobs/{job.pk}/").content.decode()


@pytest.mark.parametrize("place", ["", "deliveries/"])
def test_lists_ask_as_often_for_three_as_for_one(
    admin: User, acme: Customer, delivery: Delivery, device: Device, django_assert_max_num_queries: Any, place: str
) -> None:
    client = logged_in(admin)
    with django_assert_max_num_queries(30) as first:
        client.get(f"/notifications/{place}")
    for number in range(2):
        row = create_channel(actor=admin, customer=acme, kind="personal", name=f"mine {number}")
        Delivery.objects.create(customer=acme, channel=row, event="test", payload={})
    with django_assert_max_num_queries(len(first)):
        client.get(f"/notifications/{place}")
