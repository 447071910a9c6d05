"""Fingerprints are those of OpenSSH, and an unreadable pin refuses rather than trusts."""

from __future__ import annotations

import paramiko
import pytest

from networkops.errors import HostKeyChanged
from networkops.hostkeys import fingerprint, host_key_changed, pin

# Public keys and what `ssh-keygen -lf` prints for them.
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
FINGERPRINT = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICWPJxNDaZ1hTXbdkROYWhMvJzT9QzMXMBUzdwCq2qS7"


def test_fingerprint_is_that_of_openssh() -> None:
    assert fingerprint(KEY) == FINGERPRINT


@pytest.mark.parametrize("text", ["", "ssh-ed25519", "ssh-ed25519 not base64!"])
def test_fingerprint_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a host key"):
        fingerprint(text)


def test_changed_key_names_both() -> None:
    words = str(host_key_changed(KEY, OTHER))

    assert FINGERPRINT in words
    assert fingerprint(OTHER) in words


@pytest.mark.parametrize("pinned", ["rubbish", "ssh-ed25519 AAAA"])
def test_unreadable_pin_is_refused(pinned: str) -> None:
    with paramiko.SSHClient() as client, pytest.raises(HostKeyChanged, match="not readable"):
        pin(client, "192.0.2.1", 22, pinned, lambda key: None)
