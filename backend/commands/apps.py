"""App of commands."""

from django.apps import AppConfig


class CommandsConfig(AppConfig):
    name = "commands"
