"""What workers run. Ids in, one call."""

from __future__ import annotations

from celery import shared_task

from devices.importing.run import run_import


@shared_task(name="devices.run_import")
def run_import_task(import_id: int) -> None:
    run_import(import_id)
