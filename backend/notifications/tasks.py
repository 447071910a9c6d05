"""What workers do for notifications. Ids in, one call."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="notifications.send_delivery")
def send_delivery_task(delivery_id: int) -> None:
    from notifications.sending import send_delivery

    send_delivery(delivery_id)
