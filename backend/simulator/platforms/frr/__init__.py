"""The FRR-like platform: a vtysh to read from."""

from simulator.platforms.frr.cli import FrrCli
from simulator.platforms.frr.generate import generate

__all__ = ["FrrCli", "generate"]
