"""Commands before they are sent, what devices answered, and what a customer allows besides the list."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, transaction

from commands.models import AllowedCommand, CommandOutput, OutputText
from commands.selectors import allowed_commands_for, refusals
from core.crypto import pack
from core.services import audit
from core.services import changes as differences
from core.text import storable
from customers.models import Customer
from devices.models import Device
from jobs.kinds import BadParams, Finished, Outcome
from jobs.models import Job
from networkops.errors import CommandRefused, NetworkError
from networkops.readonly import normal, tells_secret, unfit
from networkops.types import Output
from users.models import User
from users.permissions import Permission, demand
from users.selectors import customers_for

MOST_TOLD = 20


def check_commands(actor: User | None, customer: Customer, params: dict[str, Any], devices: Sequence[Device]) -> None:
    """Before a job is written: brings the commands into their form. Raises BadParams, NotAllowed."""
    check(actor, customer, params, {device.platform for device in devices})


def check(actor: User | None, customer: Customer, params: dict[str, Any], platforms: Iterable[str]) -> None:
    """The same for platforms; says of each command that may not be sent on which platform, and why.

    With `beyond_list`, who has the permission sends what is not known to only read; where all are, it is taken back.
    """
    commands = [normal(command) for command in params["commands"]]
    if problems := [f"'{one[:80]}' is not sent: {words}." for one in commands if (words := _never(one))]:
        raise BadParams(*problems)
    params["commands"] = commands
    found = refusals(customer, commands, platforms)
    if params["beyond_list"]:
        demand(actor, Permission.RUN_ANY_COMMAND)
        params["beyond_list"] = bool(found)
    elif found:
        more = [f"And {len(found) - MOST_TOLD} more."] if len(found) > MOST_TOLD else []
        raise BadParams(*(str(one) for one in found[:MOST_TOLD]), *more)


def _never(command: str) -> str:
    """What holds for whoever asks."""
    if words := unfit(command):
        return words
    return "it holds a secret, which would stand in the job's record" if tells_secret(command) else ""


def refused_now(job: Job, devices: Mapping[int, Device]) -> dict[int, NetworkError]:
    """Before a shard runs: a device's platform, or what the customer allows, may have changed since the check."""
    if job.params["beyond_list"]:
        return {}
    platforms = {device.platform for device in devices.values()}
    found = {one.platform: one for one in refusals(job.customer_id, job.params["commands"], platforms)}
    return {
        key: CommandRefused(f"nothing was sent: {found[device.platform]}")
        for key, device in devices.items()
        if device.platform in found
    }


def keep_outputs(job: Job, finished: Sequence[Finished]) -> dict[int, Outcome]:
    """Store what each finished device answered; one that refused a command, or went silent, keeps the rest."""
    outcomes: dict[int, Outcome] = {}
    kept: list[tuple[CommandOutput, str]] = []
    for done in finished:
        if done.error is not None:
            outcomes[done.target.pk] = Outcome({}, done.error)
            continue
        outputs: Sequence[Output] = done.result.outputs
        kept += [_row(job, done, position, output) for position, output in enumerate(outputs)]
        answered = sum(not output.problem for output in outputs)
        line = f"{answered} of {len(outputs)} commands answered"
        outcomes[done.target.pk] = Outcome(
            {"commands": len(outputs), "answered": answered}, done.result.error, line=line
        )
    _store_texts(job, kept)
    CommandOutput.objects.bulk_create([row for row, _ in kept], batch_size=500)
    return outcomes


def _row(job: Job, done: Finished, position: int, output: Output) -> tuple[CommandOutput, str]:
    row = CommandOutput(
        customer_id=job.customer_id, target=done.target, position=position, is_cut=output.is_cut,
        problem=storable(output.problem)[:500], took_ms=int(output.took_s * 1000),
    )  # fmt: skip
    return row, storable(output.text)


def _store_texts(job: Job, kept: Sequence[tuple[CommandOutput, str]]) -> None:
    """Point outputs at the rows of their texts; one that the customer has already is not stored again."""
    digests = [_sha256(text) for _, text in kept]
    by_hash = {digest: text for digest, (row, text) in zip(digests, kept, strict=True) if not row.problem}
    rows = _known(job, by_hash)
    fresh = [
        OutputText(
            customer_id=job.customer_id, sha256=digest, packed=pack(text), size=len(text), lines=text.count("\n")
        )
        # in one order: two jobs that store the same texts must not wait for each other in a circle
        for digest, text in sorted(by_hash.items())
        if digest not in rows
    ]
    if fresh:
        # another job may store the same text at the same time: then its row is the one
        OutputText.objects.bulk_create(fresh, ignore_conflicts=True)
        rows |= _known(job, [text.sha256 for text in fresh])
    for digest, (row, _) in zip(digests, kept, strict=True):
        row.text_id = None if row.problem else rows[digest]


def _known(job: Job, digests: Iterable[str]) -> dict[str, int]:
    wanted = list(digests)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        rows = OutputText.objects.filter(customer_id=job.customer_id, sha256__in=wanted[start : start + 500])
        found.update(rows.values_list("sha256", "pk"))
    return found


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def create_allowed_command(*, actor: User, customer: Customer, **values: Any) -> AllowedCommand:
    """Raises NotAllowed, ValidationError by field, ObjectDoesNotExist."""
    demand(actor, Permission.MANAGE_SYSTEM)
    if not customers_for(actor).filter(pk=customer.pk).exists():
        raise ObjectDoesNotExist("There is no such customer.")
    row = AllowedCommand(customer=customer, **values)
    try:
        with transaction.atomic():
            _clean(row)
            row.save(force_insert=True)
            audit("allowedcommand.create", row, actor=actor, after=_told(row))
    except IntegrityError:
        row.pk = None
        _clean(row)  # somebody was quicker, and now it tells what they took
        raise
    return row


def update_allowed_command(*, actor: User, allowed_command: AllowedCommand, **changes: Any) -> AllowedCommand:
    demand(actor, Permission.MANAGE_SYSTEM)
    with transaction.atomic():
        row = allowed_commands_for(actor).select_for_update(of=("self",)).get(pk=allowed_command.pk)
        told = _told(row)
        for name, value in changes.items():
            setattr(row, name, value)
        _clean(row)
        before, after = differences(told, _told(row))
        if after:
            row.save()
            audit("allowedcommand.change", row, actor=actor, before=before, after=after)
    return row


def delete_allowed_command(*, actor: User, allowed_command: AllowedCommand) -> None:
    demand(actor, Permission.MANAGE_SYSTEM)
    with transaction.atomic():
        row = allowed_commands_for(actor).select_for_update(of=("self",)).get(pk=allowed_command.pk)
        audit("allowedcommand.delete", row, actor=actor, before=_told(row))
        row.delete()


def _told(row: AllowedCommand) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("platform", "command", "reason")}


def _clean(row: AllowedCommand) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        if any(one.code == "unique_together" for one in error.error_dict.get(NON_FIELD_ERRORS, [])):
            raise ValidationError({"command": "The customer allows this command already."}) from None
        raise
