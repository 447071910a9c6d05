"""An import's life: started, checked, written, and taken up again when its worker was lost.

The whole file is checked before a row is written. Rows are written in parts, each in one transaction with how far the
import is: a lost worker's successor goes on after the last part that stands.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Now

from core.context import acting, correlation_id, source_address
from core.crypto import pack, unpack
from core.errors import RowsRefused
from core.services import audit
from core.tenancy import EVERY, within
from customers.models import Customer
from devices.enums import IMPORT_ENDED, ImportStatus
from devices.importing.table import Fault, NotATable, Row, rows_of, text_of
from devices.importing.tables import TABLES, Table, Values
from devices.models import InventoryImport
from users.models import User
from users.permissions import NotAllowed, Permission, demand
from users.selectors import customers_for

log = logging.getLogger(__name__)

MOST_ROWS = 200_000
MOST_BYTES = 50 * 2**20
WAITED_FOR = 500
"""Files up to this many rows are imported while the user waits, larger ones by a worker."""
PART = 1_000
"""Rows of one transaction."""
KEPT_FAULTS = 1_000
MOST_RUNS = 3


class LostToAnother(Exception):
    """The import was taken from this worker, which was silent too long."""


def start_import(
    *,
    actor: User,
    customer: Customer,
    kind: str,
    content: bytes,
    dry_run: bool = False,
    update_existing: bool = False,
    skip_faulty: bool = False,
) -> InventoryImport:
    """The import, ended already when the file is small. Raises NotAllowed, and NotATable for what is no such file."""
    demand(actor, Permission.MANAGE_INVENTORY)
    if not customers_for(actor).filter(pk=customer.pk).exists():
        raise NotAllowed(Permission.MANAGE_INVENTORY)
    text = text_of(content)
    total = sum(1 for _ in rows_of(text, TABLES[kind].columns))
    if not total:
        raise NotATable(Fault(1, "", "There is no row below the first line."))
    if total > MOST_ROWS:
        raise NotATable(Fault(1, "", f"At most {MOST_ROWS:,} rows at once; these are {total:,}."))
    with transaction.atomic():
        made = InventoryImport.objects.create(
            customer=customer, kind=kind, requested_by=actor, api_key=actor.api_key, dry_run=dry_run,
            update_existing=update_existing, skip_faulty=skip_faulty, content=pack(text), rows_total=total,
            correlation_id=correlation_id(), source_address=source_address(),
        )  # fmt: skip
        options = {"dry_run": dry_run, "update_existing": update_existing, "skip_faulty": skip_faulty}
        audit("import.start", made, actor=actor, after={"kind": kind, "rows": total, **options})
        if total > WAITED_FOR:
            transaction.on_commit(partial(_send, made.pk))
    if total <= WAITED_FOR:
        run_import(made.pk)
        made.refresh_from_db()
    return made


def run_import(import_id: int) -> None:
    """Bring a queued import to its end; nothing happens when another worker has it."""
    token = uuid4()
    with within(EVERY):  # whose it is says the import itself
        claimed = InventoryImport.objects.filter(pk=import_id, status=ImportStatus.QUEUED).update(
            status=ImportStatus.RUNNING, run_token=token, seen_at=Now(), started_at=Coalesce("started_at", Now()),
            runs=F("runs") + 1,
        )  # fmt: skip
        if claimed != 1:
            return
        row = InventoryImport.objects.select_related("customer", "requested_by", "api_key").get(pk=import_id)
    with (
        within(frozenset({row.customer_id})),
        acting(correlation=row.correlation_id, address=row.source_address),
        suppress(LostToAnother),
    ):
        _run(row, token)


def _run(row: InventoryImport, token: UUID) -> None:
    try:
        Run(row, token).to_its_end()
    except (OperationalError, InterfaceError):
        log.warning("import %s waits for the database", row.pk)  # the sweep takes it up again
    except LostToAnother:
        raise
    except Exception:
        log.exception("import %s failed", row.pk)
        _end(row, token, ImportStatus.FAILED, error="Something went wrong on the server; its log says what.")


def sweep_imports() -> None:
    """Take back imports whose worker is silent, and send those that no worker took."""
    lost = InventoryImport.objects.filter(
        status=ImportStatus.RUNNING, seen_at__lt=Now() - timedelta(seconds=settings.JOBS_LOST_AFTER)
    )
    for row in lost.filter(runs__gte=MOST_RUNS):
        words = f"Its worker was lost {MOST_RUNS} times; {row.rows_written:,} of {row.rows_total:,} rows are written."
        with suppress(LostToAnother):  # it lives after all
            _end(row, row.run_token, ImportStatus.FAILED, error=words)
    lost.filter(runs__lt=MOST_RUNS).update(status=ImportStatus.QUEUED, run_token=None, seen_at=None)
    # one that a worker will take in a moment is sent twice at worst: the claim lets one of them through
    unsent = InventoryImport.objects.filter(status=ImportStatus.QUEUED).exclude(
        seen_at__gte=Now() - timedelta(seconds=settings.JOBS_RESEND_AFTER)
    )
    for pk in unsent.values_list("pk", flat=True):
        _send(pk)


def _send(import_id: int) -> None:
    from devices.tasks import run_import_task  # which imports this module

    try:
        run_import_task.apply_async(args=(import_id,), retry=False)
    except Exception as error:  # the broker is away: the sweep sends it again
        log.warning("import %s not sent: %s", import_id, type(error).__name__)
        return
    InventoryImport.objects.filter(pk=import_id, status=ImportStatus.QUEUED).update(seen_at=Now())


class Run:
    """One worker's turn at an import that it has claimed."""

    def __init__(self, row: InventoryImport, token: UUID) -> None:
        self.row = row
        self.token = token
        self.table: Table = TABLES[row.kind]
        self.faults: list[dict[str, Any]] = row.faults
        self.faults_total = row.faults_total
        self.faulty = set(row.faulty_lines)
        self.lines: dict[tuple[str, ...], dict[tuple[Any, ...], int]] = {fields: {} for fields in self.table.unique}
        self.counts = {"created": row.created, "updated": row.updated, "unchanged": row.unchanged}

    def to_its_end(self) -> None:
        row, actor = self.row, self.row.requested_by
        if actor is None or not customers_for(actor).filter(pk=row.customer_id).exists():
            _end(row, self.token, ImportStatus.FAILED, error="The user who started it may not import here any more.")
            return
        actor.api_key = row.api_key
        self.actor = actor
        self.read = self.table.reader(row.customer)
        rows = list(rows_of(unpack(row.content), self.table.columns))
        if not row.is_checked:
            self._check(rows)
        if row.dry_run or (self.faulty and not row.skip_faulty):
            self._end(ImportStatus.REFUSED if self.faulty else ImportStatus.SUCCEEDED)
            return
        self._write(rows)
        wrote = self.counts["created"] + self.counts["updated"] + self.counts["unchanged"]
        bad = ImportStatus.PARTIAL if wrote else ImportStatus.REFUSED
        self._end(bad if self.faulty else ImportStatus.SUCCEEDED)

    def _check(self, rows: Sequence[Row | Fault]) -> None:
        """Write every part as if for good, and take it back: what the database refuses is found as well."""
        for start, part in _parts(rows, 0):
            with transaction.atomic():
                self._apply(part)
                transaction.set_rollback(True)
            self._note(rows_checked=start + len(part), faults_total=self.faults_total, faults=self.faults)
        if not self.row.dry_run:
            self.counts = dict.fromkeys(self.counts, 0)
        self._note(is_checked=True, faulty_lines=sorted(self.faulty), **self.counts)
        self.lines = {fields: {} for fields in self.table.unique}

    def _write(self, rows: Sequence[Row | Fault]) -> None:
        for start, part in _parts(rows, self.row.rows_written):
            with transaction.atomic():
                # held until the commit: no successor writes the same rows
                if not self._mine().select_for_update().exists():
                    raise LostToAnother
                self._apply([line for line in part if line.line not in self.faulty])
                self._note(
                    rows_written=start + len(part), faults_total=self.faults_total, faults=self.faults,
                    faulty_lines=sorted(self.faulty), **self.counts,
                )  # fmt: skip

    def _apply(self, part: Sequence[Row | Fault]) -> None:
        """Write what is new or different in a part; rows with a fault are told of and left out."""
        values = self._values(part)
        names = [given[self.table.name] for given in values.values()]
        there = self.table.there(self.row.customer, names) if self.row.update_existing else {}
        old = {line: there[given[self.table.name]] for line, given in values.items() if given[self.table.name] in there}
        changes = {line: (row, values[line]) for line, row in old.items() if self.table.differs(row, values[line])}
        new = {line: given for line, given in values.items() if line not in old}
        create, update = self.table.create_many, self.table.update_many
        self.counts["unchanged"] += len(old) - len(changes)
        self.counts["created"] += self._as_many_as_can_be(new, lambda rows: create(actor=self.actor, rows=rows))
        self.counts["updated"] += self._as_many_as_can_be(
            changes, lambda rows: update(actor=self.actor, changes=[(row, _without_customer(v)) for row, v in rows])
        )

    def _as_many_as_can_be(self, items: dict[int, Any], write: Any) -> int:
        while items:
            try:
                write(list(items.values()))
                break
            except RowsRefused as refused:
                lines = list(items)
                for position, error in refused.errors.items():
                    del items[lines[position]]
                    self._blame(lines[position], error)
        return len(items)

    def _values(self, part: Sequence[Row | Fault]) -> dict[int, Values]:
        """The values of each line that is right in itself, and shares nothing unique with an earlier one."""
        values: dict[int, Values] = {}
        for row in part:
            if isinstance(row, Fault):
                self._add(row)
                continue
            try:
                given = self.read(row.cells)
                self._alone(row.line, given)
                values[row.line] = given
            except ValidationError as error:
                self._blame(row.line, error)
        return values

    def _alone(self, line: int, given: Values) -> None:
        for fields, seen in self.lines.items():
            if all(field in given for field in fields):
                first = seen.setdefault(tuple(str(given[field]).casefold() for field in fields), line)
                if first != line:
                    raise ValidationError({fields[0]: f"Line {first} has the same."})

    def _blame(self, line: int, error: Exception) -> None:
        if isinstance(error, ValidationError) and hasattr(error, "error_dict"):
            for field, words in error.message_dict.items():
                self._add(Fault(line, "" if field == "__all__" else field, " ".join(words)))
        else:
            words = error.messages if isinstance(error, ValidationError) else [str(error)]
            self._add(Fault(line, "", " ".join(words)))

    def _add(self, fault: Fault) -> None:
        self.faulty.add(fault.line)
        self.faults_total += 1
        if len(self.faults) < KEPT_FAULTS:
            self.faults.append(fault._asdict())

    def _mine(self) -> QuerySet[InventoryImport]:
        return InventoryImport.objects.filter(pk=self.row.pk, run_token=self.token, status=ImportStatus.RUNNING)

    def _note(self, **values: Any) -> None:
        if self._mine().update(seen_at=Now(), **values) != 1:
            raise LostToAnother

    def _end(self, status: ImportStatus) -> None:
        _end(self.row, self.token, status, counts=self.counts)


def _without_customer(values: Values) -> Values:
    return {name: value for name, value in values.items() if name != "customer"}


def _parts(rows: Sequence[Row | Fault], start: int) -> Iterator[tuple[int, Sequence[Row | Fault]]]:
    for begin in range(start, len(rows), PART):
        yield begin, rows[begin : begin + PART]


def _end(
    row: InventoryImport,
    token: UUID | None,
    status: ImportStatus,
    *,
    error: str = "",
    counts: dict[str, int] | None = None,
) -> None:
    assert status in IMPORT_ENDED
    mine = InventoryImport.objects.filter(pk=row.pk, run_token=token, status=ImportStatus.RUNNING)
    with transaction.atomic():
        if mine.update(status=status, finished_at=Now(), content=b"", error=error, run_token=None) != 1:
            raise LostToAnother
        audit(
            "import.end", row, actor=row.requested_by, after={"status": status.value, "error": error, **(counts or {})}
        )
