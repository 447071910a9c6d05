"""The second factor of a login: six digits from an app (TOTP), and recovery codes for when the app is lost."""

from __future__ import annotations

import base64
import secrets
from collections.abc import MutableMapping
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import qrcode
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings
from django.db import transaction
from qrcode.image.svg import SvgPathFillImage

from core.errors import Refused
from users.enums import Role
from users.models import User
from users.permissions import NotAllowed, Permission
from users.selectors import users_managed_by
from users.trail import audit_account

PENDING = "second_factor_pending"
TOTP, RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES


class SecondFactorRefused(Refused):
    """Why a second factor was not turned on or off, in words."""


def has_second_factor(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=TOTP).exists()


def is_demanded(user: User) -> bool:
    """Whether the installation wants a second factor of this user."""
    return settings.REQUIRE_2FA == "all" or (settings.REQUIRE_2FA == "admins" and user.role == Role.ADMIN)


def codes_left(user: User) -> int:
    row = Authenticator.objects.filter(user=user, type=RECOVERY).first()
    return len(row.wrap().get_unused_codes()) if row else 0


def new_secret() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode()


def pending_secret(session: MutableMapping[str, Any]) -> str:
    """The secret that this browser is shown until a code of it turns the second factor on."""
    return decrypt(session.setdefault(PENDING, encrypt(new_secret())))


def forget_pending_secret(session: MutableMapping[str, Any]) -> None:
    session.pop(PENDING, None)


def shown_to(user: User, secret: str) -> dict[str, str]:
    """What an authenticator app reads: a QR code, as an image's `src`, and the secret to type in groups of four."""
    label = quote(f"webnet:{user.get_username()}")
    address = f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': 'webnet'})}"
    drawn = BytesIO()
    qrcode.make(address, image_factory=SvgPathFillImage, border=2).save(drawn)
    return {
        "picture": f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode()}",
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }


def turn_on(*, actor: User, secret: str, code: str) -> list[str]:
    """The recovery codes, which nothing shows again. Refused unless the code proves that the app has the secret."""
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=actor.pk)
        if has_second_factor(actor):
            raise SecondFactorRefused("The second factor is on already.")
        step = _step(secret, code)
        if step is None:
            raise SecondFactorRefused("That is not the code that the app shows now. Is the phone's clock right?")
        Authenticator.objects.create(user=actor, type=TOTP, data={"secret": encrypt(secret), "step": step})
        codes = _make_codes(actor)
        # what began with a password alone ends
        actor.logins_ended = row.logins_ended + 1
        actor.save(update_fields=["logins_ended"])
        audit_account("user.turn_on_second_factor", actor, actor=actor)
    return codes


def renew_codes(*, actor: User) -> list[str]:
    """New recovery codes; the old ones are void."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)
        if not has_second_factor(actor):
            raise SecondFactorRefused("There is no second factor to recover from: turn it on first.")
        codes = _make_codes(actor)
        audit_account("user.renew_recovery_codes", actor, actor=actor)
    return codes


def turn_off(*, actor: User | None, user: User) -> None:
    """By the user, unless it is demanded of them; by an administrator who manages them, or at the console."""
    if actor is not None and actor.pk != user.pk:
        if not users_managed_by(actor).filter(pk=user.pk).exists():
            raise NotAllowed(Permission.MANAGE_SYSTEM)
    elif actor is not None and is_demanded(user):
        raise SecondFactorRefused("A second factor is demanded of you here, so it stays on.")
    with transaction.atomic():
        deleted, _ = Authenticator.objects.filter(user=user).delete()
        if not deleted:
            raise SecondFactorRefused("There is no second factor to turn off.")
        audit_account("user.turn_off_second_factor", user, actor=actor)


def check_code(*, user: User, code: str) -> bool:
    """Whether this code of the app or recovery code is right. It is used up by that."""
    with transaction.atomic():
        for row in Authenticator.objects.select_for_update().filter(user=user, type__in=(TOTP, RECOVERY)):
            if _use_step(row, code) if row.type == TOTP else row.wrap().validate_code(code):
                row.record_usage()
                if row.type == RECOVERY:
                    audit_account("user.use_recovery_code", user, actor=user)
                return True
        audit_account("user.give_wrong_code", user, actor=user)
    return False


def _make_codes(user: User) -> list[str]:
    Authenticator.objects.filter(user=user, type=RECOVERY).delete()
    codes = RecoveryCodes.activate(user).generate_codes()
    return [f"{code[:4]} {code[4:]}" for code in codes]


def _step(secret: str, code: str) -> int | None:
    """The thirty seconds whose code this is."""
    for step in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return None


def _use_step(row: Authenticator, code: str) -> bool:
    """Each code is good once, whichever process looks: the row holds the last step that was used."""
    step = _step(decrypt(row.data["secret"]), code)
    if step is None or step <= row.data.get("step", 0):
        return False
    row.data["step"] = step
    row.save(update_fields=["data"])
    return True
