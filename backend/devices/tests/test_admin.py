"""Secrets are write-only in the admin's forms."""

from __future__ import annotations

import pytest
from django.test import Client

from core.models import AuditEvent
from devices.models import Credential, Device, Tag
from users.models import User

pytestmark = pytest.mark.django_db
SECRETS = {"password": "s3cret-one", "enable_secret": "s3cret-two", "private_key": "s3cret-three"}


@pytest.fixture
def credential(device: Device) -> Credential:
    return Credential.objects.create(customer=device.customer, name="core", username="netops", **SECRETS)


def send(client: Client, credential: Credential, **fields: str) -> int:
    form = {"customer": str(credential.customer_id), "name": "core", "username": "netops"} | fields
    return client.post(f"/admin/devices/credential/{credential.pk}/change/", form).status_code


def test_no_page_shows_a_secret(client: Client, superadmin: User, credential: Credential) -> None:
    client.force_login(superadmin)
    for path in ("", f"{credential.pk}/change/", f"{credential.pk}/delete/", f"{credential.pk}/history/"):
        answer = client.get(f"/admin/devices/credential/{path}")
        assert answer.status_code == 200
        assert b"s3cret" not in answer.content


def test_form_that_is_refused_shows_no_secret(client: Client, superadmin: User, credential: Credential) -> None:
    client.force_login(superadmin)
    form = {"customer": str(credential.customer_id), "name": "", "username": "netops", "password": "s3cret-new"}
    answer = client.post(f"/admin/devices/credential/{credential.pk}/change/", form)
    assert answer.status_code == 200
    assert b"s3cret" not in answer.content


def test_empty_field_keeps_what_is_stored(client: Client, superadmin: User, credential: Credential) -> None:
    client.force_login(superadmin)
    assert send(client, credential, username="other", password="", enable_secret="changed", private_key="") == 302
    credential.refresh_from_db()
    assert (credential.username, credential.enable_secret) == ("other", "changed")
    assert (credential.password, credential.private_key) == (SECRETS["password"], SECRETS["private_key"])


def test_admin_pages_are_for_superusers(client: Client, admin: User, operator: User, credential: Credential) -> None:
    for user in (admin, operator):
        client.force_login(user)
        answer = client.get(f"/admin/devices/credential/{credential.pk}/change/")
        assert answer.status_code == 302


def test_every_change_is_in_the_audit_trail(client: Client, superadmin: User, credential: Credential) -> None:
    client.force_login(superadmin)
    send(client, credential, username="other", password="s3cret-new", enable_secret="", private_key="")
    event = AuditEvent.objects.get(action="credential.change")
    assert (event.actor, event.customer, event.object_id) == (superadmin, credential.customer, credential.pk)
    assert (event.before["username"], event.after["username"]) == ("netops", "other")
    assert "s3cret" not in f"{event.before}{event.after}"
    client.post(
        "/admin/devices/credential/", {"action": "delete_selected", "_selected_action": [credential.pk], "post": "yes"}
    )
    assert AuditEvent.objects.filter(action="credential.delete", actor=superadmin).count() == 1


def test_new_password_of_a_user_is_in_the_audit_trail(client: Client, superadmin: User, operator: User) -> None:
    client.force_login(superadmin)
    form = {"password1": "s3cret-and-long", "password2": "s3cret-and-long", "usable_password": "true"}
    assert client.post(f"/admin/users/user/{operator.pk}/password/", form).status_code == 302
    event = AuditEvent.objects.get(action="user.set_password")
    assert (event.actor, event.object_id) == (superadmin, operator.pk)


def device_form(device: Device, **fields: object) -> dict[str, object]:
    shown = ("hostname", "mgmt_ip", "port", "platform", "role")
    return (
        {name: getattr(device, name) for name in shown} | {"site": device.site_id, "connection_options": "{}"} | fields
    )


def test_device_keeps_its_customer_and_takes_no_foreign_tag(
    client: Client, superadmin: User, device: Device, foreign_device: Device
) -> None:
    client.force_login(superadmin)
    path = f"/admin/devices/device/{device.pk}/change/"
    assert client.post(path, device_form(device, customer=foreign_device.customer_id, role="core")).status_code == 302
    tag = Tag.objects.create(customer=foreign_device.customer, name="core")
    assert b"A tag of another customer." in client.post(path, device_form(device, tags=[tag.pk])).content
    before = device.customer
    device.refresh_from_db()
    assert (device.customer, device.role, device.tags.count()) == (before, "core", 0)


def test_device_is_made_in_the_admin(client: Client, superadmin: User, device: Device) -> None:
    client.force_login(superadmin)
    form = device_form(device, hostname="acme-r9", mgmt_ip="10.9.9.9", customer=device.customer_id)
    assert client.post("/admin/devices/device/add/", form).status_code == 302
