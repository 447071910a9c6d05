"""Mails: through a mail server, to whom they are for, and what is said where none goes out."""

from __future__ import annotations

import email
import socket
import socketserver
import threading
from collections.abc import Iterator
from email.policy import default
from typing import Any

import pytest
from django.core import mail

from customers.models import Customer
from devices.models import Device
from notifications.models import Channel, Delivery
from notifications.sending import send_delivery
from notifications.services import create_channel, test_channel
from notifications.tests.conftest import EndJob
from users.models import User

pytestmark = pytest.mark.django_db


class Postbox(socketserver.StreamRequestHandler):
    """Speaks as much SMTP as it takes to be sent a mail; says no to whom the server refuses."""

    def handle(self) -> None:
        said = {"EHLO": "250 hello", "MAIL": "250 ok", "DATA": "354 go on", "QUIT": "221 bye", "RSET": "250 ok"}
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            word = line[:4].decode().upper()
            no = word == "RCPT" and b"nobody@" in line
            self.wfile.write(("550 no such mailbox" if no else said.get(word, "250 ok")).encode() + b"\r\n")
            if word == "DATA":
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(lines))  # type: ignore[attr-defined]
                self.wfile.write(b"250 kept\r\n")
            if word == "QUIT":
                return


@pytest.fixture
def server(settings: Any) -> Iterator[Any]:
    with socketserver.TCPServer(("127.0.0.1", 0), Postbox) as running:
        running.mails = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        settings.MAIL_IS_SET_UP = True
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = running.server_address
        settings.DEFAULT_FROM_EMAIL = "webnet@acme.example"
        yield running
        running.shutdown()
        thread.join()


def sent() -> Delivery:
    row = Delivery.objects.get()
    send_delivery(row.pk)
    row.refresh_from_db()
    return row


def test_a_mail_reaches_the_mail_server(
    operator: User, mine: Channel, device: Device, end_job: EndJob, server: Any, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://webnet.acme.example"
    job = end_job(operator, [device], "failed")
    row = sent()
    [text] = server.mails
    message = email.message_from_bytes(text, policy=default)
    assert message["To"] == "operator@acme.example"
    assert message["Subject"] == f"[webnet] Acme Networks: Configuration backup #{job.pk} failed"
    assert message["Message-ID"] == f"<{row.message_id}@webnet>"
    assert message["Auto-Submitted"] == "auto-generated"
    body = message.get_content()
    assert f"Configuration backup #{job.pk} of Acme Networks failed." in body
    assert "1 × timeout: acme-r1" in body
    assert "Started by: operator" in body
    assert f"https://webnet.acme.example/jobs/{job.pk}/" in body
    assert (row.state, row.recipient, row.answer_status) == ("sent", "operator@acme.example", None)


def test_names_are_text_and_cannot_add_headers(
    admin: User, acme: Customer, device: Device, end_job: EndJob, server: Any
) -> None:
    Customer.objects.update(name="Acme & <Söhne>\r\nBcc: spy@evil.example")
    create_channel(actor=admin, customer=acme, kind="mail", name="NOC <1>", address="noc@acme.example")
    end_job(admin, [device], "failed")
    assert sent().state == "sent"
    message = email.message_from_bytes(server.mails[0], policy=default)
    assert message["Bcc"] is None
    assert "Acme & <Söhne> Bcc: spy@evil.example" in message["Subject"]
    assert 'the channel "NOC <1>"' in message.get_content()


def test_a_test_by_mail(operator: User, mine: Channel, mail_works: None) -> None:
    test_channel(actor=operator, channel=mine)
    assert sent().state == "sent"
    [message] = mail.outbox
    assert "operator asked for it" in message.body


def test_mail_that_is_not_set_up_is_said(operator: User, mine: Channel, device: Device, end_job: EndJob) -> None:
    end_job(operator, [device], "failed")
    row = sent()
    assert (row.state, row.problem) == ("failed", "Mail is not set up on this server.")


def test_a_user_without_an_address(
    operator: User, mine: Channel, device: Device, end_job: EndJob, mail_works: None
) -> None:
    end_job(operator, [device], "failed")
    User.objects.update(email="")
    assert sent().problem == "The user's account has no mail address."


def test_a_user_who_lost_the_customer_before_it_was_sent(
    operator: User, mine: Channel, device: Device, end_job: EndJob, mail_works: None
) -> None:
    end_job(operator, [device], "failed")
    operator.customers.clear()
    row = sent()
    assert (row.state, row.problem) == ("failed", "The user does not see this customer any more.")
    assert mail.outbox == []


def test_a_mail_server_that_refuses_or_is_away(
    admin: User, acme: Customer, device: Device, end_job: EndJob, server: Any, settings: Any
) -> None:
    create_channel(actor=admin, customer=acme, kind="mail", name="NOC", address="nobody@acme.example")
    end_job(admin, [device], "failed")
    row = sent()
    assert (row.state, row.problem) == ("queued", "The mail server refused it (RecipientsRefused).")
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = bound.getsockname()[1]
        Delivery.objects.update(next_attempt_at=row.created_at)
        assert sent().problem == "The mail server did not answer."
