"""The Junos-like platform: reading only."""

from simulator.platforms.junos.cli import JunosCli
from simulator.platforms.junos.generate import generate

__all__ = ["JunosCli", "generate"]
