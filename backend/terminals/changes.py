"""Sessions around which a configuration changed: a backup at the session's end, against the last one before."""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import F, Q, QuerySet

from config_mgmt.enums import SnapshotStatus
from config_mgmt.models import ConfigSnapshot
from core.context import acting
from core.services import audit
from core.tenancy import within
from jobs.enums import JOB_ENDED, TARGET_ENDED, JobKind
from jobs.models import JobTarget
from jobs.services import make_job
from terminals.enums import ConfigCheck
from terminals.models import SessionChange, TerminalSession

log = logging.getLogger(__name__)

AT_ONCE = 200
MOST_TRIES = 100
"""How often one session is looked at anew after an error; every few seconds."""
MISSED = (ConfigCheck.FAILED, ConfigCheck.UNKNOWN)
UNDECIDED = (ConfigCheck.NONE, ConfigCheck.WAITING, *MISSED)
"""What a session that overlaps with another one may be blamed with it for."""
NO_BACKUP = "The backup after the session brought no configuration."
GAVE_UP = "Something went wrong on the server each time that it looked; its log says what."


def follow_sessions() -> int:
    """Start the backups that ended sessions wait for, and judge what they brought. Returns how many were judged."""
    # those that broke off stand behind the others
    due = _due().order_by("config_tries", "pk").values_list("pk", "customer_id")[:AT_ONCE]
    return sum(_look(pk, customer) for pk, customer in due)


def _due() -> QuerySet[TerminalSession]:
    """Those that wait, but for those whose own backup has not ended: they would take the place of others."""
    rows = TerminalSession.objects.filter(config_check=ConfigCheck.WAITING)
    return rows.filter(Q(backup=None) | Q(backup__status__in=JOB_ENDED))


def _look(pk: int, customer: int) -> bool:
    with within(frozenset({customer})):
        try:
            return _follow(pk)
        except Exception:  # where the database is away, writing it down fails too, and the turn ends
            return _missed(pk)


def _missed(pk: int) -> bool:
    """Called where an error is handled, which goes to the log once, and once more at the end."""
    rows = TerminalSession.objects.filter(pk=pk, config_check=ConfigCheck.WAITING)
    rows.update(config_tries=F("config_tries") + 1)
    tries = rows.values_list("config_tries", flat=True).first() or 0
    if tries in (1, MOST_TRIES):
        log.exception("terminal session %s: what it changed cannot be told, try %s of %s", pk, tries, MOST_TRIES)
    return tries >= MOST_TRIES and rows.update(config_check=ConfigCheck.UNKNOWN, config_detail=GAVE_UP) == 1


def _follow(pk: int) -> bool:
    with transaction.atomic():
        rows = _due().select_for_update(of=("self",)).filter(pk=pk)
        session = rows.select_related("customer", "device", "user", "backup").first()
        if session is None:
            return False
        verified = _verified(session)
        # one that began after the session's end, whoever asked for it: then no other is needed
        if after := verified.filter(target__started_at__gte=session.ended_at).order_by("pk").first():
            _judge(session, after, verified.filter(taken_at__lte=session.opened_at).order_by("-pk").first())
            return True
        if session.backup is None:
            _back_up(session)
            return False
        target = JobTarget.objects.filter(job=session.backup, device=session.device).first()
        detail = (target.error_text if target else "") or NO_BACKUP
        return _settle(session, ConfigCheck.FAILED, detail)


def _verified(session: TerminalSession) -> QuerySet[ConfigSnapshot]:
    return ConfigSnapshot.objects.filter(device_id=session.device_id, status=SnapshotStatus.VERIFIED)


def _back_up(session: TerminalSession) -> None:
    """Attributed to the session's user; not while another backup of the device is on its way."""
    backups = JobTarget.objects.filter(device_id=session.device_id, job__kind=JobKind.CONFIG_BACKUP)
    if backups.exclude(status__in=TARGET_ENDED).exists():
        return
    with acting(correlation=session.correlation_id, address=session.source_address):
        session.backup = make_job(
            actor=session.user, customer=session.customer, kind=JobKind.CONFIG_BACKUP, rows=[session.device], params={}
        )
    session.save(update_fields=["backup"])


def _judge(session: TerminalSession, after: ConfigSnapshot, before: ConfigSnapshot | None) -> None:
    if before is None:
        _settle(session, ConfigCheck.FIRST)
        return
    if before.normal_sha256 == after.normal_sha256:
        _settle(session, ConfigCheck.UNCHANGED)
        return
    _settle(session, ConfigCheck.CHANGED)
    _record(session, before, after)
    # between the two backups others typed, too: which of them it was, the backups do not tell
    others = TerminalSession.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=before.taken_at),
        device_id=session.device_id, typed=True, opened_at__lt=after.taken_at, config_check__in=UNDECIDED,
    ).exclude(pk=session.pk)  # fmt: skip
    for other in others.select_related("device", "user"):
        _record(other, before, after)
        if other.config_check in MISSED:
            _settle(other, ConfigCheck.CHANGED)


def _settle(session: TerminalSession, check: ConfigCheck, detail: str = "") -> bool:
    TerminalSession.objects.filter(pk=session.pk).update(config_check=check, config_detail=detail)
    return True


def _record(session: TerminalSession, before: ConfigSnapshot, after: ConfigSnapshot) -> None:
    """Once for each configuration that was found after it."""
    known = SessionChange.objects.filter(session=session, after__normal_sha256=after.normal_sha256)
    if known.exists():
        return
    SessionChange.objects.create(customer_id=session.customer_id, session=session, before=before, after=after)
    audit(
        "terminal.config_changed", session, actor=session.user,
        before={"version": before.version}, after={"version": after.version, "snapshot": after.pk},
    )  # fmt: skip
