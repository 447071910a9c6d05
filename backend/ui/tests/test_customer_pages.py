"""Customers' pages: the list, the settings in words, and the form of who may change them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditEvent
from customers.models import Customer
from users.models import User

LIST = "/customers/"
FORM = {
    "backup_after_session": "on", "record_terminal_input": "on", "snapshot_retention_days": "30",
    "api_networks": "192.0.2.0/24, 2001:db8::/32\n198.51.100.7",
}  # fmt: skip


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def place(customer: Customer, name: str = "detail") -> str:
    return reverse(f"ui:customer_{name}", args=[customer.pk])


def test_an_admin_changes_the_settings_and_the_trail_has_it(acme: Customer, admin: User) -> None:
    client = logged_in(admin)
    assert place(acme, "edit") in client.get(place(acme)).text
    assert "Settings of Acme Networks" in client.get(place(acme, "edit")).text
    assert client.post(place(acme, "edit"), FORM)["Location"] == place(acme)
    acme.refresh_from_db()
    assert (acme.record_terminal_input, acme.backup_after_session, acme.four_eyes) == (True, True, False)
    assert acme.snapshot_retention_days == 30
    assert acme.api_networks == ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32"]
    event = AuditEvent.objects.get(action="customer.change")
    assert (event.actor, event.customer) == (admin, acme)
    assert set(event.after) == {"record_terminal_input", "snapshot_retention_days", "api_networks"}
    shown = client.get(place(acme)).text
    assert "The settings of Acme Networks are saved." in shown
    assert "192.0.2.0/24, 2001:db8::/32, 198.51.100.7/32" in shown
    assert "192.0.2.0/24\n2001:db8::/32\n198.51.100.7/32</textarea>" in client.get(place(acme, "edit")).text
    assert place(acme) in client.get(reverse("ui:audit_detail", args=[event.pk])).text


def test_what_is_not_ticked_is_off(acme: Customer, admin: User) -> None:
    logged_in(admin).post(place(acme, "edit"), {"snapshot_retention_days": "0", "api_networks": ""})
    acme.refresh_from_db()
    assert (acme.backup_after_session, acme.api_networks) == (False, [])


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"api_networks": "ten"}, "api_networks", "Not a network"),
        ({"api_networks": "192.0.2.1/24"}, "api_networks", "has host bits set"),
        ({"api_networks": " ".join(f"10.0.{n}.0/24" for n in range(51))}, "api_networks", "At most 50 networks."),
        ({"snapshot_retention_days": "-1"}, "snapshot_retention_days", "greater than or equal to 0"),
        ({"snapshot_retention_days": "9" * 5000}, "snapshot_retention_days", "Enter a whole number."),
        ({"snapshot_retention_days": "36501"}, "snapshot_retention_days", "less than or equal to 36500"),
        ({"snapshot_retention_days": ""}, "snapshot_retention_days", "This field is required."),
    ],
)
def test_what_is_refused_is_said_at_its_field(
    acme: Customer, admin: User, given: dict[str, str], field: str, words: str
) -> None:
    answer = logged_in(admin).post(place(acme, "edit"), FORM | given)
    assert answer.status_code == 422
    assert words in str(answer.context["form"].errors[field])
    assert words in answer.text
    assert Customer.objects.get(pk=acme.pk).snapshot_retention_days == 0
    assert not AuditEvent.objects.filter(action="customer.change").exists()


def test_names_are_changed_by_who_sees_all_customers(
    acme: Customer, globex: Customer, admin: User, superadmin: User
) -> None:
    names = {"name": "Acme", "slug": "acme-1"}
    assert 'name="slug"' not in logged_in(admin).get(place(acme, "edit")).text
    logged_in(admin).post(place(acme, "edit"), FORM | names)
    acme.refresh_from_db()
    assert (acme.name, acme.slug) == ("Acme Networks", "acme")
    client = logged_in(superadmin)
    answer = client.post(place(acme, "edit"), FORM | {"name": globex.name, "slug": "a b"})
    assert answer.status_code == 422
    assert "consisting of letters, numbers" in answer.text
    answer = client.post(place(acme, "edit"), FORM | {"name": globex.name, "slug": "acme"})
    assert "Customer with this Name already exists." in answer.text
    assert client.post(place(acme, "edit"), FORM | names).status_code == 302
    acme.refresh_from_db()
    assert (acme.name, acme.slug) == ("Acme", "acme-1")


def test_who_may_not_change_them_reads_them(acme: Customer, operator: User, viewer: User) -> None:
    for user in (operator, viewer):
        client = logged_in(user)
        text = client.get(place(acme)).text
        assert "No limit" in text
        assert "From everywhere" in text
        assert place(acme, "edit") not in text
        assert client.get(place(acme, "edit")).status_code == client.post(place(acme, "edit"), FORM).status_code == 403
    assert Customer.objects.get(pk=acme.pk).record_terminal_input is False


def test_another_customer_is_not_there(globex: Customer, admin: User) -> None:
    client = logged_in(admin)
    assert client.get(place(globex)).status_code == client.get(place(globex, "edit")).status_code == 404
    assert client.post(place(globex, "edit"), FORM).status_code == 404
    assert globex.name not in client.get(LIST).text


def test_every_page_leads_there(acme: Customer, globex: Customer, viewer: User, admin: User) -> None:
    assert place(acme) in logged_in(viewer).get("/devices/").text
    assert LIST not in logged_in(viewer).get("/devices/").text.replace(place(acme), "")
    admin.customers.add(globex)
    client = logged_in(admin)
    text = client.get("/devices/").text
    assert "Their settings" in text
    client.post("/switch-customer/", {"customer": globex.pk, "next": "/devices/"})
    text = client.get("/devices/").text
    assert "Settings of Globex Carrier" in text
    assert place(globex) in text


def test_list_is_searched(acme: Customer, globex: Customer, superadmin: User) -> None:
    client = logged_in(superadmin)
    for query, found in (
        ("", [acme, globex]),
        ("?q=carrier", [globex]),
        ("?q=ACME", [acme]),
        ("?q=\x00", [acme, globex]),
    ):
        assert list(client.get(LIST + query).context["page"].object_list) == found
    answer = client.get(f"{LIST}?q=nobody", headers={"HX-Request": "true"}).text
    assert "No customer matches" in answer
    assert "<html" not in answer


def test_list_of_who_has_none_says_so(viewer: User) -> None:
    viewer.customers.clear()
    assert "No customer is yours" in logged_in(viewer).get(LIST).text


def test_list_asks_as_often_for_three_as_for_one(acme: Customer, superadmin: User) -> None:
    client, asked = logged_in(superadmin), []
    for number in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(LIST, headers={"HX-Request": "true"}).context["page"]) == number + 1
        asked.append(len(queries))
        Customer.objects.create(name=f"Another {number}", slug=f"another-{number}")
    assert len(set(asked)) == 1
