"""App of what devices say of themselves."""

from django.apps import AppConfig


class DiscoveryConfig(AppConfig):
    name = "discovery"
