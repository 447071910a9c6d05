"""NAPALM's conventions for testing a driver: answers of a router kept in `mocked_data/<test>/<case>/`."""

from __future__ import annotations

from typing import Any

import pytest
from napalm.base.test import conftest as parent_conftest
from napalm.base.test.double import BaseTestDouble

from networkops.drivers.frr import FRRDriver
from networkops.drivers.frr.ssh import NoShell


@pytest.fixture(scope="class")
def set_device_parameters(request: pytest.FixtureRequest) -> Any:
    request.cls.driver = FRRDriver
    request.cls.patched_driver = PatchedFRRDriver
    request.cls.vendor = "frr"
    parent_conftest.set_device_parameters(request)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    parent_conftest.pytest_generate_tests(metafunc, __file__)


class PatchedFRRDriver(FRRDriver):
    """The driver over a device that answers from files."""

    patched_attrs: tuple[str, ...] = ("device",)

    def open(self) -> None:
        self.device = FakeFRRDevice()

    def close(self) -> None:
        """Nothing was opened."""


class FakeFRRDevice(BaseTestDouble):  # type: ignore[misc]
    """vtysh and shell; a router whose account has no shell has none of its files."""

    def ask(self, command: str) -> str:
        return str(self.read_txt_file(self.find_file(f"{self.sanitize_text(command)}.txt")))

    def shell(self, command: str, *, check: bool = True) -> str:
        if self.current_test_case == "account_without_a_shell":
            raise NoShell("'it' needs an account with a shell")
        return self.ask(command)

    def is_alive(self) -> bool:
        return True
