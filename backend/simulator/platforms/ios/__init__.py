"""The IOS-like platform."""

from simulator.platforms.ios.cli import IosCli
from simulator.platforms.ios.state import IosState

__all__ = ["IosCli", "IosState"]
