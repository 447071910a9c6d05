"""The EOS-like platform: reading only."""

from simulator.platforms.eos.cli import EosCli
from simulator.platforms.eos.generate import generate

__all__ = ["EosCli", "generate"]
