"""Webhooks against real servers: signed, bounded, tried again, and never sent inside."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from core.models import AuditEvent
from customers.models import Customer
from devices.models import Device
from notifications import sending
from notifications.models import Channel, Delivery
from notifications.outbox import sweep
from notifications.sending import GIVE_UP_AFTER, WAITS_S, send_delivery
from notifications.services import create_channel, resend_delivery, rotate_secret, test_channel, update_channel
from notifications.tests.conftest import EndJob, Handler, Receiver, at_once, wait_for
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(admin: User, webhook: Channel, device: Device, end_job: EndJob) -> Delivery:
    end_job(admin, [device], "failed")
    return Delivery.objects.get()


def sent(delivery: Delivery) -> Delivery:
    send_delivery(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def due(delivery: Delivery) -> Delivery:
    Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    return delivery


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver does it, from the specification alone."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return wanted in headers["webhook-signature"].split(" ")


def test_the_receiver_can_verify_what_it_gets(delivery: Delivery, webhook: Channel, receiver: Receiver) -> None:
    row = sent(delivery)
    [(path, headers, body)] = receiver.requests
    assert path == "/hook?key=wh"
    assert headers["host"] == f"127.0.0.1:{receiver.server_port}"
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == delivery.payload
    assert headers["webhook-id"] == f"msg_{delivery.message_id.hex}"
    assert abs(datetime.now(UTC).timestamp() - int(headers["webhook-timestamp"])) < 300
    assert is_signed(webhook.secret, headers, body)
    assert not is_signed(webhook.secret, headers, body + b" ")
    assert not is_signed("whsec_" + base64.b64encode(b"x" * 32).decode(), headers, body)
    assert (row.state, row.attempts, row.answer_status, row.problem) == ("sent", 1, 204, "")
    assert row.recipient == f"http://127.0.0.1:{receiver.server_port}"
    assert row.sent_at is not None


def test_what_was_sent_is_not_sent_again(delivery: Delivery, receiver: Receiver) -> None:
    sent(delivery)
    sent(due(delivery))
    assert len(receiver.requests) == 1


def test_a_rotated_secret_goes_beside_the_old_one_for_a_day(
    delivery: Delivery, webhook: Channel, receiver: Receiver, admin: User
) -> None:
    new = rotate_secret(actor=admin, channel=webhook)
    assert new != webhook.secret
    sent(delivery)
    resend_delivery(actor=admin, delivery=delivery)
    Channel.objects.update(old_secret_until=timezone.now())
    sent(delivery)
    (_, first, body), (_, second, _) = receiver.requests
    assert is_signed(webhook.secret, first, body)
    assert is_signed(new, first, body)
    assert is_signed(new, second, body)
    assert not is_signed(webhook.secret, second, body)
    assert first["webhook-id"] == second["webhook-id"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (500, "The receiver answered 500."),
        (404, "The receiver answered 404."),
        (302, "The receiver answered 302, a redirect, which is not followed."),
        (307, "The receiver answered 307, a redirect, which is not followed."),
    ],
)
def test_a_refusal_is_told_and_tried_again(
    delivery: Delivery, webhook: Channel, receiver: Receiver, status: int, words: str
) -> None:
    receiver.how = lambda handler: handler.say(status, b"why \x00\xff", Location=receiver.url)
    row = sent(delivery)
    assert (row.state, row.attempts, row.problem, row.answer_status) == ("queued", 1, words, status)
    assert row.answer == "why \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"
    assert row.next_attempt_at is not None
    assert row.next_attempt_at > timezone.now()
    assert len(receiver.requests) == 1
    webhook.refresh_from_db()
    assert webhook.failing_since is not None
    sent(delivery)  # not due yet
    assert len(receiver.requests) == 1
    receiver.how = lambda handler: handler.say(200, b"fine")
    row = sent(due(delivery))
    assert (row.state, row.attempts, row.answer) == ("sent", 2, "fine")
    webhook.refresh_from_db()
    assert webhook.failing_since is None


def test_it_fails_for_good_after_the_last_attempt(delivery: Delivery, receiver: Receiver, admin: User) -> None:
    receiver.how = lambda handler: handler.say(503)
    waits = []
    for _ in WAITS_S:
        before = timezone.now()
        row = sent(due(delivery))
        assert row.next_attempt_at is not None
        waits.append((row.next_attempt_at - before).total_seconds())
    assert waits == sorted(waits)
    assert all(real >= least for real, least in zip(waits, WAITS_S, strict=True))
    row = sent(due(delivery))
    assert (row.state, row.attempts, row.next_attempt_at) == ("failed", len(WAITS_S) + 1, None)
    assert Channel.objects.get().enabled
    resend_delivery(actor=admin, delivery=row)
    receiver.how = lambda handler: handler.say(200)
    assert sent(delivery).state == "sent"


def test_a_channel_where_nothing_arrives_is_turned_off_with_words(delivery: Delivery, receiver: Receiver) -> None:
    receiver.how = lambda handler: handler.say(503)
    Channel.objects.update(failing_since=timezone.now() - GIVE_UP_AFTER - timedelta(minutes=1))
    Delivery.objects.update(attempts=len(WAITS_S))
    assert sent(delivery).state == "failed"
    channel = Channel.objects.get()
    assert not channel.enabled
    assert channel.disabled_because == "Nothing has arrived for 3 days. The receiver answered 503."
    assert AuditEvent.objects.filter(action="channel.turn_off", actor=None).exists()


def test_a_receiver_that_is_gone_is_asked_no_more(
    delivery: Delivery, receiver: Receiver, webhook: Channel, admin: User
) -> None:
    receiver.how = lambda handler: handler.say(410)
    assert sent(delivery).state == "failed"
    webhook.refresh_from_db()
    assert not webhook.enabled
    assert "wants no more" in webhook.disabled_because
    row = update_channel(actor=admin, channel=webhook, enabled=True)
    assert (row.enabled, row.disabled_because, row.failing_since) == (True, "", None)


def test_what_waits_for_a_channel_that_was_turned_off_fails(
    delivery: Delivery, receiver: Receiver, webhook: Channel, admin: User
) -> None:
    update_channel(actor=admin, channel=webhook, enabled=False)
    row = sent(delivery)
    assert (row.state, row.problem, receiver.requests) == ("failed", "The channel is turned off.", [])


def hang(handler: Handler) -> None:
    handler.server.done.wait(60)


def dribble(handler: Handler) -> None:
    """A byte now and then: each of them in time."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    while not handler.server.done.wait(0.05):
        handler.wfile.write(b"x")


@pytest.mark.parametrize("how", [hang, dribble])
def test_a_receiver_that_does_not_come_to_an_end(
    delivery: Delivery, receiver: Receiver, settings: Any, how: Any
) -> None:
    settings.WEBHOOK_TIMEOUT_S = 1
    receiver.how = how
    row = sent(delivery)
    assert (row.state, row.problem) == ("queued", "127.0.0.1 did not answer within 1 s.")


def gigabyte(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(2**30))
    handler.end_headers()
    written = 0
    try:
        while written < 2**30:
            handler.wfile.write(b"x" * 65_536)
            written += 65_536
    except OSError:
        handler.server.written = written  # type: ignore[attr-defined]


def test_a_gigabyte_is_not_read(delivery: Delivery, receiver: Receiver) -> None:
    receiver.how = gigabyte
    row = sent(delivery)
    assert (row.state, row.answer) == ("sent", "x" * 500)
    wait_for(lambda: hasattr(receiver, "written"), "the connection was closed")
    assert receiver.written < 2**26


def headers_without_end(handler: Handler) -> None:
    line = b"X-%d: " + b"x" * 1000 + b"\r\n"
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"".join(line % number for number in range(99)))
    handler.wfile.write(b"\r\n")


def break_off(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def babble(handler: Handler) -> None:
    handler.wfile.write(b"\x00\xffSMTP ready\r\n" * 100)


@pytest.mark.parametrize("how", [headers_without_end, break_off, babble])
def test_a_receiver_that_speaks_no_http(delivery: Delivery, receiver: Receiver, how: Any) -> None:
    receiver.how = how
    row = sent(delivery)
    assert row.state == "queued"
    assert row.problem.startswith("127.0.0.1 ")
    assert row.answer_status is None


def test_nobody_listens(delivery: Delivery, webhook: Channel, admin: User) -> None:
    with socket.socket() as bound:  # and does not listen
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        update_channel(actor=admin, channel=webhook, address=f"http://127.0.0.1:{port}/")
        row = sent(delivery)
    assert (row.state, row.problem) == ("queued", f"127.0.0.1 refused the connection on port {port}.")


def test_a_redirect_inside_is_not_followed(delivery: Delivery, receiver: Receiver) -> None:
    with Receiver() as inside:
        threading.Thread(target=inside.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        receiver.how = lambda handler: handler.say(308, Location=inside.url)
        assert sent(delivery).state == "queued"
        assert inside.requests == []
        inside.shutdown()


def test_a_proxy_of_the_environment_is_not_used(
    delivery: Delivery, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    monkeypatch.setenv("no_proxy", "")
    assert sent(delivery).state == "sent"


def test_a_name_that_turns_inside_after_the_channel_was_made(
    delivery: Delivery, receiver: Receiver, settings: Any, webhook: Channel, admin: User
) -> None:
    """Real sockets, a real server on loopback: what decides is the address that is connected to."""
    update_channel(actor=admin, channel=webhook, address=f"http://localhost:{receiver.server_port}/")
    settings.WEBHOOK_NETWORKS = ["10.0.0.0/8"]
    row = sent(delivery)
    assert (row.state, receiver.requests) == ("failed", [])
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8", "::1/128"]
    resend_delivery(actor=admin, delivery=delivery)
    assert sent(delivery).state in {"sent", "queued"}  # queued where localhost is ::1 first and nobody listens there


def test_a_name_is_asked_for_once_and_its_checked_address_is_used(
    delivery: Delivery, receiver: Receiver, webhook: Channel, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolver that answers with an allowed address first, and with another one the second time."""
    update_channel(actor=admin, channel=webhook, address=f"http://hooks.example:{receiver.server_port}/")
    answers = ["127.0.0.1", "192.0.2.66"]
    asked = []

    def rebinding(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers[len(asked) - 1], port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert sent(delivery).state == "sent"
    assert asked == ["hooks.example"]
    [(_, headers, _)] = receiver.requests
    assert headers["host"] == f"hooks.example:{receiver.server_port}"


def test_an_unknown_name(delivery: Delivery, webhook: Channel, admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    update_channel(actor=admin, channel=webhook, address="https://nowhere.example/")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    row = sent(delivery)
    assert (row.state, row.problem) == ("queued", "No address is known of the host nowhere.example.")


# ---- TLS


def certificate(folder: Path, *names: x509.GeneralName) -> Path:
    """One that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test's receiver")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1)).add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / "receiver.pem"
    path.write_bytes(key.private_bytes(*form) + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls(receiver: Receiver, tmp_path: Path) -> Iterator[Path]:
    """The receiver behind TLS, as `hooks.example`."""
    path = certificate(tmp_path, x509.DNSName("hooks.example"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    names: list[str | None] = []
    context.sni_callback = lambda connection, name, _: names.append(name)
    receiver.names = names  # type: ignore[attr-defined]
    receiver.socket = context.wrap_socket(receiver.socket, server_side=True, do_handshake_on_connect=False)
    yield path


@pytest.mark.parametrize(
    ("host", "is_trusted", "words"),
    [
        ("hooks.example", True, ""),
        ("hooks.example", False, "was not accepted: self-signed certificate"),
        ("other.example", True, "was not accepted: Hostname mismatch"),
    ],
)
def test_the_certificate_is_that_of_the_name(
    delivery: Delivery, receiver: Receiver, tls: Path, webhook: Channel, admin: User, settings: Any,
    monkeypatch: pytest.MonkeyPatch, host: str, is_trusted: bool, words: str,
) -> None:  # fmt: skip
    settings.WEBHOOK_CA = str(tls) if is_trusted else ""
    update_channel(actor=admin, channel=webhook, address=f"https://{host}:{receiver.server_port}/")
    here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.server_port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: here)
    row = sent(delivery)
    assert receiver.names[:1] == [host]  # type: ignore[attr-defined]
    assert words in row.problem
    assert row.state == ("queued" if words else "sent")
    assert bool(receiver.requests) is not bool(words)


def test_no_tls_where_it_is_expected(delivery: Delivery, receiver: Receiver, webhook: Channel, admin: User) -> None:
    update_channel(actor=admin, channel=webhook, address=receiver.url.replace("http:", "https:"))
    row = sent(delivery)
    assert row.state == "queued"
    assert "does not speak TLS" in row.problem


# ---- the queue


@pytest.mark.django_db(transaction=True)
def test_from_the_end_of_a_job_to_the_receiver(
    admin: User, webhook: Channel, device: Device, receiver: Receiver, end_job: EndJob
) -> None:
    end_job(admin, [device], "failed", around=at_once())
    assert Delivery.objects.get().state == "sent"
    assert len(receiver.requests) == 1


@pytest.mark.django_db(transaction=True)
def test_the_sweep_sends_what_a_lost_message_left(acme: Customer, receiver: Receiver, webhook: Channel) -> None:
    row = Delivery.objects.create(
        customer=acme, channel=webhook, event="test", payload={}, next_attempt_at=timezone.now()
    )
    later = Delivery.objects.create(
        customer=acme, channel=webhook, event="test", payload={}, next_attempt_at=timezone.now() + timedelta(hours=1)
    )
    with at_once():
        sweep()
    assert sorted(Delivery.objects.values_list("pk", "state")) == [(row.pk, "sent"), (later.pk, "queued")]
    with at_once():
        sweep()
    assert len(receiver.requests) == 1


@pytest.mark.django_db(transaction=True)
def test_one_at_a_time_of_a_customer_and_then_the_next(
    admin: User, webhook: Channel, device: Device, receiver: Receiver, end_job: EndJob
) -> None:
    for number in range(2):
        create_channel(actor=admin, customer=device.customer, kind="webhook", name=f"{number}", address=receiver.url)
    end_job(admin, [device], "failed")
    first, second, _ = Delivery.objects.order_by("pk")
    assert sending.claim(first.pk) is not None  # and hangs
    with at_once():
        assert sent(second).state == "queued"
        Delivery.objects.filter(pk=first.pk).update(state="queued", token=None)
        assert sent(second).state == "sent"
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert len(receiver.requests) == 3


def test_who_hangs_holds_up_no_other_customer(
    delivery: Delivery, receiver: Receiver, superadmin: User, globex: Customer
) -> None:
    assert sending.claim(delivery.pk) is not None
    other = create_channel(actor=superadmin, customer=globex, kind="webhook", name="Other", address=receiver.url)
    theirs = test_channel(actor=superadmin, channel=other)
    assert sent(theirs).state == "sent"


@pytest.mark.django_db(transaction=True)
def test_a_test_arrives(admin: User, receiver: Receiver, webhook: Channel) -> None:
    with at_once():
        test_channel(actor=admin, channel=webhook)
    [(_, headers, body)] = receiver.requests
    assert json.loads(body)["data"]["asked_by"] == "admin"
    assert is_signed(webhook.secret, headers, body)


def test_what_another_attempt_took_over_is_not_written(delivery: Delivery, receiver: Receiver) -> None:
    """The first attempt hung so long that the sweep gave the delivery to another one."""
    taken = uuid4()
    receiver.how = lambda handler: handler.say(500)
    held = sending.claim(delivery.pk)
    assert held is not None
    Delivery.objects.update(token=taken)
    sending._attempt(held)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.token, delivery.problem) == ("sending", taken, "")


def test_two_webhooks_have_two_secrets(admin: User, acme: Customer, webhook: Channel, receiver: Receiver) -> None:
    other = create_channel(actor=admin, customer=acme, kind="webhook", name="Other", address=receiver.url)
    assert other.secret.startswith("whsec_")
    assert other.secret != webhook.secret
    assert len(base64.b64decode(other.secret.removeprefix("whsec_"))) == 32
