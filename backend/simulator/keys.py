"""Host keys: derived from seed and host name, so that a restart keeps them and starting costs nothing."""

from __future__ import annotations

import hashlib

import asyncssh
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def host_key(hostname: str, seed: int, generation: int = 0) -> asyncssh.SSHKey:
    """The ed25519 key of a device; another `generation` is another key. Simulated devices only: it is no secret."""
    material = hashlib.sha256(f"simulated host key/{seed}/{hostname}/{generation}".encode()).digest()
    private = Ed25519PrivateKey.from_private_bytes(material)
    return asyncssh.import_private_key(private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))


def public_text(key: asyncssh.SSHKey) -> str:
    """The key as `ssh-ed25519 AAAA…`."""
    return " ".join(key.export_public_key("openssh").decode().split()[:2])
