"""The pages of commands that a customer allows besides."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from commands.models import AllowedCommand
from core.models import AuditEvent
from customers.models import Customer
from users.models import User

LIST, NEW, KNOWN = (reverse(f"ui:allowed_{name}") for name in ("list", "new", "known"))


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_command_is_allowed_changed_and_taken_back(acme: Customer, admin: User) -> None:
    client = logged_in(admin)
    given = {"customer": acme.pk, "platform": "ios", "command": "test  cable * tdr", "reason": "measures alone"}
    assert client.post(NEW, given)["Location"] == LIST
    row = AllowedCommand.objects.get()
    assert (row.customer, row.command) == (acme, "test cable * tdr")

    edit = reverse("ui:allowed_edit", args=[row.pk])
    client.post(edit, {"platform": "eos", "command": "test cable", "reason": ""})
    row.refresh_from_db()
    assert (row.customer, row.platform, row.command, row.reason) == (acme, "eos", "test cable", "")
    assert "test cable" in client.get(LIST).content.decode()

    client.post(reverse("ui:allowed_delete", args=[row.pk]))
    assert not AllowedCommand.objects.exists()
    actions = AuditEvent.objects.filter(object_type="commands.allowedcommand").order_by("pk")
    assert [event.action for event in actions] == [f"allowedcommand.{did}" for did in ("create", "change", "delete")]


@pytest.mark.parametrize("command", ["test | redirect", "test; reload", "*", ""])
def test_what_is_no_plain_command_is_refused_at_its_field(acme: Customer, admin: User, command: str) -> None:
    answer = logged_in(admin).post(NEW, {"customer": acme.pk, "platform": "ios", "command": command})
    assert answer.status_code == 422
    assert answer.context["form"].errors["command"]
    assert not AllowedCommand.objects.exists()


def test_the_same_command_twice_is_refused_in_words(acme: Customer, admin: User) -> None:
    AllowedCommand.objects.create(customer=acme, platform="ios", command="test cable")
    answer = logged_in(admin).post(NEW, {"customer": acme.pk, "platform": "ios", "command": "test cable"})
    assert answer.context["form"].errors["command"] == ["The customer allows this command already."]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("show version", "operators may send it as things are"),
        ("test cable", "Not on the product&#x27;s own list: &#x27;test&#x27; is not known to only read"),
        ("", ""),
    ],
)
def test_while_typing_it_is_said_what_the_list_has(admin: User, command: str, words: str) -> None:
    answer = logged_in(admin).get(KNOWN, {"platform": "ios", "command": command}).content.decode()
    assert words in answer
    assert ("list" in answer) is bool(command)


def test_an_operator_reads_and_changes_nothing(acme: Customer, operator: User) -> None:
    row = AllowedCommand.objects.create(customer=acme, platform="ios", command="test cable")
    client = logged_in(operator)
    page = client.get(LIST).content.decode()
    assert "test cable" in page
    assert reverse("ui:allowed_edit", args=[row.pk]) not in page
    assert NEW not in page
    assert client.get(NEW).status_code == 403
    assert client.post(reverse("ui:allowed_delete", args=[row.pk])).status_code == 403


def test_nothing_allowed_says_so(acme: Customer, operator: User) -> None:
    assert "Nothing beyond the list" in logged_in(operator).get(LIST).content.decode()
