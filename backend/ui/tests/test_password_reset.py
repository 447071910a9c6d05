"""A forgotten password: one answer for everybody, a mail for who has an account, and a link that works once."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client

from api.auth.tokens import pair_for
from conftest import PASSWORD
from core.models import AuditEvent
from jobs.tests.test_services import broker_away
from users.models import User

ASK = "/login/forgotten/"
NEW = "another correct horse battery"


@pytest.fixture
def user(operator: User) -> User:
    operator.email = "Operator@acme.example"
    operator.save()
    return operator


def ask(email: str, client: Client | None = None) -> HttpResponse:
    return (client or Client()).post(ASK, {"email": email})


def link() -> str:
    return re.search(r"http://testserver(/\S+)", str(mail.outbox[-1].body))[1]  # type: ignore[index]


def set_new(client: Client, address: str, password: str = NEW) -> HttpResponse:
    page = client.get(address, follow=True)
    assert page.redirect_chain, "the token stays in the address"
    return client.post(page.redirect_chain[-1][0], {"new_password": password, "repeated": password})


def test_the_answer_is_the_same_whoever_has_an_account(mail_works: None, user: User) -> None:
    known, unknown = ask("operator@ACME.example"), ask("nobody@acme.example")
    assert known["Location"] == unknown["Location"] == "/login/forgotten/sent/"
    assert [message.to for message in mail.outbox] == [["Operator@acme.example"]]
    assert "If there is an account" in Client().get(known["Location"]).content.decode()


def test_the_page_does_the_same_work_whoever_has_an_account(
    settings: Any, user: User, django_assert_num_queries: Any
) -> None:
    """It asks the database nothing: who has an account, a worker finds out."""
    settings.MAIL_IS_SET_UP = True
    for email in ("operator@acme.example", "nobody@acme.example"):
        with django_assert_num_queries(0):
            assert ask(email).status_code == 302
    assert mail.outbox == []


def test_the_link_sets_a_new_password_and_ends_sessions_and_tokens(mail_works: None, user: User) -> None:
    session = Client()
    session.force_login(user)
    token = pair_for(user)["access"]
    ask(user.email)
    client = Client()
    assert set_new(client, link())["Location"] == "/login/forgotten/done/"
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert session.get("/account/").status_code == 302
    assert Client().get("/api/v1/auth/me/", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert "_auth_user_id" not in client.session
    told = [(event.action, event.actor_name) for event in AuditEvent.objects.order_by("pk")]
    assert told == [("user.ask_password_reset", "webnet"), ("user.reset_password", "operator")]
    assert "no longer good" in client.get(link(), follow=True).content.decode()


def test_a_bad_new_password_is_refused_and_the_link_stays_good(mail_works: None, user: User) -> None:
    ask(user.email)
    client = Client()
    answer = set_new(client, link(), "short")
    assert "too short" in answer.content.decode()
    assert set_new(client, link()).status_code == 302


@pytest.mark.parametrize(
    "address",
    [
        "",
        "account=x&token=y",
        "account=MQ",
        "token=x",
        "account=MQ&token=a-b",
        "account=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk&token=a-b",
        "account=MQ&token=%00",
        "account=%F0%9F%92%A9&token=x",
        "account=LTE&token=1-1",
    ],
)
def test_a_made_up_link_is_no_longer_good(client: Client, user: User, address: str) -> None:
    answer = client.get(f"{ASK}link/?{address}", follow=True)
    assert answer.status_code == 200
    assert "no longer good" in answer.content.decode()
    client.post(f"{ASK}link/?{address}", {"new_password": NEW, "repeated": NEW})
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_link_is_void_once_the_password_changed(mail_works: None, user: User) -> None:
    ask(user.email)
    user.set_password(NEW)
    user.save()
    assert "no longer good" in Client().get(link(), follow=True).content.decode()


def test_a_link_grows_too_old(mail_works: None, user: User, settings: Any) -> None:
    ask(user.email)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "no longer good" in Client().get(link(), follow=True).content.decode()


@pytest.mark.parametrize("state", ["inactive", "single sign-on"])
def test_no_mail_for_who_could_not_log_in_with_it(mail_works: None, user: User, state: str) -> None:
    if state == "inactive":
        user.is_active = False
    else:
        user.set_unusable_password()
    user.save()
    assert ask(user.email).status_code == 302
    assert mail.outbox == []


def test_many_requests_for_one_address_send_few_mails(mail_works: None, user: User) -> None:
    assert {ask(user.email)["Location"] for _ in range(9)} == {"/login/forgotten/sent/"}
    assert len(mail.outbox) == 5


@pytest.mark.parametrize(
    "email", ["", "x", "a@b", "x" * 300 + "@acme.example", "a@acme.example\nBcc: b@c.example", "\x00"]
)
def test_what_is_no_address_is_refused_in_words(mail_works: None, db: None, email: str) -> None:
    assert ask(email).status_code == 422
    assert mail.outbox == []


def test_without_mail_the_page_says_whom_to_ask(client: Client, db: None) -> None:
    assert "Mail is not set up here" in client.get(ASK).content.decode()
    assert ask("a@acme.example").status_code == 422


def test_a_broker_that_is_away_is_told(settings: Any, user: User) -> None:
    settings.MAIL_IS_SET_UP = True
    with broker_away():
        for email in (user.email, "nobody@acme.example"):
            assert "cannot be sent just now" in ask(email).content.decode()


class Postbox(socketserver.StreamRequestHandler):
    """Speaks as much SMTP as it takes to be sent a mail."""

    def handle(self) -> None:
        said = {"EHLO": "250 hello", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", "QUIT": "221 bye"}
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            word = line[:4].decode().upper()
            self.wfile.write(f"{said[word]}\r\n".encode())
            if word == "DATA":
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(lines).decode())  # type: ignore[attr-defined]
                self.wfile.write(b"250 kept\r\n")
            if word == "QUIT":
                return


@pytest.fixture
def server() -> Iterator[Any]:
    with socketserver.TCPServer(("127.0.0.1", 0), Postbox) as running:
        running.mails = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_the_mail_reaches_a_mail_server(mail_works: None, user: User, settings: Any, server: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
    settings.DEFAULT_FROM_EMAIL = "webnet@acme.example"
    ask(user.email)
    [text] = server.mails
    assert "From: webnet@acme.example" in text
    assert "To: Operator@acme.example" in text
    assert "Subject: A new password for webnet" in text
    assert "http://testserver/login/forgotten/" in text.replace("=\r\n", "")
