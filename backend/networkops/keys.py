"""Private keys of logins, in any of the forms that people have them."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey


def read_private_key(text: str) -> PrivateKey:
    """The key in an OpenSSH, PEM or PKCS #8 text. Raises ValueError, in words."""
    data = text.strip().encode() + b"\n"
    load = load_ssh_private_key if b"OPENSSH" in data else load_pem_private_key
    try:
        key = load(data, None)
    except TypeError:
        raise ValueError("The key is protected by a passphrase; give it without one.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("This is no private key in OpenSSH, PEM or PKCS #8 form.") from None
    if not isinstance(key, PrivateKey):
        raise ValueError("Only Ed25519, ECDSA and RSA keys can be used to log in.")
    return key
