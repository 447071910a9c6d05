"""What workers do for accounts."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="users.send_reset_mail", autoretry_for=(OSError,), max_retries=5, retry_backoff=10)
def send_reset_mail(email: str, site: str) -> None:
    from users.passwords import mail_reset_links

    mail_reset_links(email, site)
