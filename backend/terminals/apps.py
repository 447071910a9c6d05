"""App of terminals."""

from django.apps import AppConfig


class TerminalsConfig(AppConfig):
    name = "terminals"
