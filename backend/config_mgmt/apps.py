"""App of config_mgmt."""

from django.apps import AppConfig


class ConfigMgmtConfig(AppConfig):
    name = "config_mgmt"
