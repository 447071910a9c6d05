"""Opening, ending and recording terminal sessions, each with its audit row."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.context import correlation_id, source_address
from core.crypto import pack
from core.services import audit
from core.text import storable
from customers.models import Customer
from devices.models import Device
from networkops.errors import NotConfigured
from networkops.inventory import host_specs
from networkops.types import HostSpec
from terminals.enums import ConfigCheck, EndReason, SessionStatus
from terminals.models import RecordingPart, TerminalSession
from users.models import User
from users.permissions import Permission, demand

LOST_AFTER = timedelta(seconds=20)
"""Without a sign of life for so long, the process that held a session is gone."""


SIGN_EVERY = timedelta(seconds=5)


class TerminalRefused(Exception):
    """No session can be opened; says why."""


def open_session(*, actor: User, device: Device, home: str, cols: int, rows: int) -> tuple[TerminalSession, HostSpec]:
    """Write that a session begins; the caller connects. Raises NotAllowed, TerminalRefused."""
    demand(actor, Permission.OPEN_TERMINAL)
    with transaction.atomic():
        # of two openings at the same moment the second counts the first
        customer = Customer.objects.select_for_update(no_key=True).get(pk=device.customer_id)
        _check_limits(actor, device)
        spec = host_specs({device.pk: (device, 1)}, needs_login=True)[device.pk]
        if isinstance(spec, NotConfigured):
            raise TerminalRefused(str(spec))
        session = TerminalSession.objects.create(
            customer=customer, device=device, user=actor, username=actor.get_username(), holder=actor,
            source_address=source_address(), correlation_id=correlation_id(), home=home, seen_at=timezone.now(),
            cols=cols, rows=rows, records_input=customer.record_terminal_input,
        )  # fmt: skip
        audit("terminal.open", session, actor=actor, after={"device": device.hostname})
    return session, spec


def _check_limits(actor: User, device: Device) -> None:
    if not device.enabled:
        raise TerminalRefused("The device is disabled.")
    since = timezone.now() - LOST_AFTER
    open_ = TerminalSession.objects.filter(status=SessionStatus.OPEN, seen_at__gte=since)
    if (count := open_.filter(user=actor).count()) >= settings.TERMINAL_PER_USER:
        raise TerminalRefused(f"You have {count} open sessions, which is the limit. Close one first.")
    if (count := open_.filter(device=device).count()) >= settings.TERMINAL_PER_DEVICE:
        raise TerminalRefused(f"The device has {count} open sessions, which is the limit.")


def end_session(
    *, actor: User | None, session: TerminalSession, reason: EndReason, detail: str, bytes_out: int, recorded_s: float
) -> bool:
    """Write that the session has ended; False where that was written before."""
    rows = TerminalSession.objects.filter(pk=session.pk, status=SessionStatus.OPEN)
    values = {"reason": reason, "detail": storable(detail)[:300], "bytes_out": bytes_out, "recorded_s": recorded_s}
    with transaction.atomic():
        if rows.update(status=SessionStatus.ENDED, ended_at=timezone.now(), **values) != 1:
            return False
        audit("terminal.close", session, actor=actor, after={"reason": reason, "detail": values["detail"]})
        wanted = TerminalSession.objects.filter(pk=session.pk, typed=True, customer__backup_after_session=True)
        wanted.update(config_check=ConfigCheck.WAITING)
    return True


def sweep_sessions() -> int:
    """End the sessions whose process is gone: their rows say open, and nobody holds them."""
    lost = TerminalSession.objects.filter(status=SessionStatus.OPEN, seen_at__lt=timezone.now() - LOST_AFTER)
    words = "The server process that held the session stopped."
    return sum(
        end_session(
            actor=None, session=session, reason=EndReason.SERVER, detail=words, bytes_out=session.bytes_out,
            recorded_s=session.recorded_s,
        )
        for session in lost.select_related("device")
    )  # fmt: skip


def still_open(*, sessions: Collection[int]) -> set[int]:
    """Those of this process's sessions that nobody has ended; every few seconds with a sign of life for them."""
    rows = TerminalSession.objects.filter(pk__in=sessions, status=SessionStatus.OPEN)
    rows.filter(seen_at__lt=timezone.now() - SIGN_EVERY).update(seen_at=timezone.now())
    return set(rows.values_list("pk", flat=True))


def close_session(*, actor: User, session: TerminalSession) -> bool:
    """End it for its user, wherever it lives: the process that holds it hangs up within a second."""
    demand(actor, Permission.OPEN_TERMINAL)
    return end_session(
        actor=actor, session=session, reason=EndReason.CLOSED, detail=f"Ended by {actor}.",
        bytes_out=session.bytes_out, recorded_s=session.recorded_s,
    )  # fmt: skip


def keep_part(*, session: TerminalSession, number: int, lines: bytes, bytes_out: int, recorded_s: float) -> None:
    """Add to the recording. A part that was written before, by a try whose answer got lost, stays as it is."""
    packed = pack(lines, quickly=True)
    try:
        with transaction.atomic():
            RecordingPart.objects.create(session=session, number=number, packed=packed)
            TerminalSession.objects.filter(pk=session.pk).update(bytes_out=bytes_out, recorded_s=recorded_s)
    except IntegrityError:
        if not RecordingPart.objects.filter(session=session, number=number).exists():
            raise


def mark_typed(*, session: TerminalSession) -> None:
    """Somebody types in it: what the device's configuration is after it is worth a look."""
    TerminalSession.objects.filter(pk=session.pk).update(typed=True)


def pin_host_key(*, device: Device, host_key: str) -> None:
    """First contact: from now on the device is known by this key."""
    with transaction.atomic():
        if Device.objects.filter(pk=device.pk, host_key="").update(host_key=host_key):
            audit("device.pin_host_key", device, actor=None, after={"host_key": host_key})


def note(*, actor: User, session: TerminalSession, action: str) -> None:
    """That somebody watched, used the enable secret, or looked at the recording: an event of the audit trail."""
    audit(f"terminal.{action}", session, actor=actor)


def hand_over(*, actor: User, session: TerminalSession) -> None:
    """From now on `actor` types in the session."""
    demand(actor, Permission.OPEN_TERMINAL)
    with transaction.atomic():
        TerminalSession.objects.filter(pk=session.pk).update(holder=actor)
        audit("terminal.take_over", session, actor=actor, before={"opened_by": session.username})
