"""Makes our Celery application the one that every process and thread sends its tasks with."""

from django.apps import AppConfig


class WebnetConfig(AppConfig):
    name = "webnet"

    def ready(self) -> None:
        from webnet.celery import app

        app.set_default()
