"""Settings of logging in, from the environment: mail, single sign-on, and of whom a second factor is demanded."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from webnet import env

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
ROLES = ("viewer", "operator", "admin")


def second_factor() -> str:
    """`off`: who wants one sets it up; `admins`, `all`: who has none sets one up before anything else."""
    value = env.read("WEBNET_REQUIRE_2FA", "off").lower()
    if value not in {"off", "admins", "all"}:
        raise ImproperlyConfigured(f"WEBNET_REQUIRE_2FA is {value!r}: use off, admins or all.")
    return value


def mail() -> dict[str, Any]:
    """Django's EMAIL_* settings of `WEBNET_EMAIL_URL` (`smtp+tls://user:password@host:587`); empty without one."""
    url = env.read("WEBNET_EMAIL_URL")
    if not url:
        return {}
    kinds = ("smtp", "smtps", "smtp+tls", "smtp+ssl")
    if urlsplit(url).scheme not in kinds or not urlsplit(url).hostname:
        # the value may hold a password: it is not repeated
        raise ImproperlyConfigured(f"WEBNET_EMAIL_URL is no address of a mail server: one of {', '.join(kinds)}://host")
    sender = env.required("WEBNET_EMAIL_FROM", "mails need a sender's address.")
    config = environ.Env.email_url_config(url)
    config.pop("EMAIL_FILE_PATH", None)
    config["EMAIL_HOST_USER"] = config["EMAIL_HOST_USER"] or ""
    config["EMAIL_HOST_PASSWORD"] = config["EMAIL_HOST_PASSWORD"] or ""
    return {**config, "EMAIL_TIMEOUT": 10, "DEFAULT_FROM_EMAIL": sender}


def single_sign_on() -> dict[str, Any]:
    """The OpenID Connect provider of `WEBNET_OIDC_*`; empty without an issuer."""
    issuer = env.read("WEBNET_OIDC_ISSUER")
    if not issuer:
        return {}
    parts = urlsplit(issuer)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise ImproperlyConfigured(f"WEBNET_OIDC_ISSUER is {issuer!r}: an https:// address is needed.")
    return {
        "issuer": issuer,
        "client_id": env.required("WEBNET_OIDC_CLIENT_ID", "the provider knows webnet by it."),
        "client_secret": env.required("WEBNET_OIDC_CLIENT_SECRET", "webnet proves itself to the provider with it."),
        "name": env.read("WEBNET_OIDC_NAME", "single sign-on"),
        "role_claim": env.read("WEBNET_OIDC_ROLE_CLAIM", "groups"),
        "roles": _roles(env.words("WEBNET_OIDC_ROLES")),
        "customer_claim": env.read("WEBNET_OIDC_CUSTOMER_CLAIM"),
        "link_by_email": env.flag("WEBNET_OIDC_LINK_BY_EMAIL"),
    }


def _roles(pairs: list[str]) -> dict[str, str]:
    """`netops=operator,netops-leads=admin`: the provider's groups, and the role of each."""
    roles = {}
    for pair in pairs:
        group, _, role = pair.rpartition("=")
        if not group or role not in ROLES:
            raise ImproperlyConfigured(f"WEBNET_OIDC_ROLES has {pair!r}: use GROUP=ROLE, with {', '.join(ROLES)}.")
        roles[group] = role
    return roles
