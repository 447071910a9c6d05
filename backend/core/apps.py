"""App of core: keeps the cross-table invariants, and the walls between customers, in the database."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import append_only, lookups, rls  # noqa: F401  # the lookups are registered by being there
        from core.invariants import install, lift
        from core.networks import add_functions

        connection_created.connect(add_functions, dispatch_uid="core.networks")
        pre_migrate.connect(rls.found, sender=self, dispatch_uid="core.rls")
        pre_migrate.connect(lift, sender=self, dispatch_uid="core.invariants")
        # once a run: all migrations are done before the first app hears of it
        post_migrate.connect(install, sender=self, dispatch_uid="core.invariants")
        post_migrate.connect(append_only.install, sender=self, dispatch_uid="core.append_only")
        post_migrate.connect(rls.install, sender=self, dispatch_uid="core.rls")
