"""A delivery as a mail."""

from __future__ import annotations

from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from jobs.enums import JobKind
from notifications.enums import Event
from notifications.models import Delivery
from notifications.wire import NotDelivered

ENDED = {"failed": "failed", "partial": "ended with failures", "cancelled": "was cancelled"}


def send(delivery: Delivery, address: str) -> None:
    """Raises NotDelivered."""
    if not settings.MAIL_IS_SET_UP:
        raise NotDelivered("Mail is not set up on this server.", is_final=True)
    data = delivery.payload["data"]
    job = data.get("job", {})
    context = {
        **data, "channel": delivery.channel, "reasons": _reasons(job), "kind_label": kind_words(job.get("kind", "")),
        "ended": ENDED.get(job.get("status", ""), "ended"),
    }  # fmt: skip
    name = "job_mail.txt" if delivery.event == Event.JOB_ENDED else "test_mail.txt"
    headers = {"Message-ID": f"<{delivery.message_id}@webnet>", "Auto-Submitted": "auto-generated"}
    text = render_to_string(f"notifications/{name}", context)
    try:
        EmailMessage(_subject(delivery), text, None, [address], headers=headers).send()
    except (SMTPException, OSError) as error:
        raise NotDelivered(_words(error)) from error


def _subject(delivery: Delivery) -> str:
    data = delivery.payload["data"]
    words = "A test of notifications"
    if job := data.get("job"):
        words = f"{kind_words(job['kind'])} #{job['id']} {job['status']}"
    return " ".join(f"[webnet] {data['customer']['name']}: {words}".split())  # one line, whatever a name holds


def kind_words(kind: str) -> str:
    return dict(JobKind.choices).get(kind, kind)


def _reasons(job: dict[str, object]) -> list[tuple[str, int, str]]:
    """Failed targets by reason: the reason in words, how many, and the first devices by name."""
    reasons = job.get("reasons") or {}
    assert isinstance(reasons, dict)
    return [(code.replace("_", " "), one["count"], ", ".join(one["devices"])) for code, one in reasons.items()]


def _words(error: Exception) -> str:
    if isinstance(error, SMTPException):
        return f"The mail server refused it ({type(error).__name__.removeprefix('SMTP')})."
    return "The mail server did not answer."
