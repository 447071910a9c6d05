"""Passwords: changed by their owner, and set anew by who can read the account's mail.

Nothing tells who has an account: the page only puts the asked-for address on the queue, and a worker looks whose it is.
"""

from __future__ import annotations

import logging

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode, urlsafe_base64_decode, urlsafe_base64_encode

from core.errors import Refused
from users.models import User
from users.trail import audit_account

log = logging.getLogger(__name__)


class MailNotPossible(Refused):
    """Why no mail goes out, in words."""


def change_password(*, actor: User, password: str) -> None:
    """The user's own, checked by the form before. Other login sessions and all tokens end with the old one."""
    with transaction.atomic():
        actor.set_password(password)
        actor.save(update_fields=["password"])
        audit_account("user.change_password", actor, actor=actor)


def end_logins(*, actor: User) -> None:
    """All of one's own login sessions and tokens, wherever they are."""
    with transaction.atomic():
        actor.logins_ended = User.objects.select_for_update().get(pk=actor.pk).logins_ended + 1
        actor.save(update_fields=["logins_ended"])
        audit_account("user.end_logins", actor, actor=actor)


def reset_password(*, user: User, password: str) -> None:
    """By the link of a mail. All login sessions and tokens end with the old password; the second factor stays."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        audit_account("user.reset_password", user, actor=user)


def ask_for_reset(*, request: HttpRequest, email: str) -> None:
    """Have the mail sent, if there is such an account. Too many in a short time are dropped in silence."""
    if not settings.MAIL_IS_SET_UP:
        raise MailNotPossible("Mail is not set up here. Ask an administrator for a new password.")
    if not ratelimit.consume(request, action="reset_password", key=email.casefold()):
        log.warning("password reset: too many requests, dropped")
        return
    queue_reset_mail(email=email, site=request.build_absolute_uri("/").rstrip("/"))


def queue_reset_mail(*, email: str, site: str) -> None:
    from users.tasks import send_reset_mail  # a worker's; pages need not load it to start

    try:
        send_reset_mail.apply_async(args=(email, site), expires=settings.PASSWORD_RESET_TIMEOUT, retry=False)
    except Exception as error:
        log.error("password reset: not queued: %s", type(error).__name__)
        raise MailNotPossible("Mails cannot be sent just now. Try again in a few minutes.") from error


def user_of_link(account: str, token: str) -> User | None:
    """Whose new password a mail's link is for; None when it is made up, used or too old."""
    try:
        user = User.objects.filter(pk=int(urlsafe_base64_decode(account).decode())).first()
    except (ValueError, OverflowError):
        return None
    return user if user and user.is_active and default_token_generator.check_token(user, token) else None


def mail_reset_links(email: str, site: str) -> int:
    """One mail for each active account with this address and a password; how many."""
    # the form knows how addresses that only look alike are told apart
    users = [user for user in PasswordResetForm().get_users(email) if isinstance(user, User)]
    for user in users:
        # in the query, which no log repeats
        query = {
            "account": urlsafe_base64_encode(str(user.pk).encode()),
            "token": default_token_generator.make_token(user),
        }
        context = {
            "user": user,
            "link": f"{site}{reverse('password_reset_link')}?{urlencode(query)}",
            "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
        }
        text = render_to_string("account/reset_mail.txt", context)
        send_mail("A new password for webnet", text, from_email=None, recipient_list=[user.email])
        audit_account("user.ask_password_reset", user, actor=None)
    return len(users)
