"""App of core: keeps the cross-table invariants in the database."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core.invariants import install

        post_migrate.connect(install, dispatch_uid="core.invariants")
