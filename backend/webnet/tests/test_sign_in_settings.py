"""Settings of mail, single sign-on and second factor: taken as they are meant, or refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from webnet import sign_in

OIDC = {
    "WEBNET_OIDC_ISSUER": "https://id.acme.example/realm", "WEBNET_OIDC_CLIENT_ID": "webnet",
    "WEBNET_OIDC_CLIENT_SECRET": "s3cret",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*OIDC, "WEBNET_REQUIRE_2FA", "WEBNET_EMAIL_URL", "WEBNET_EMAIL_FROM", "WEBNET_OIDC_ROLES"):
        monkeypatch.delenv(name, raising=False)


def give(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_nothing_is_on_by_itself() -> None:
    assert (sign_in.second_factor(), sign_in.mail(), sign_in.single_sign_on()) == ("off", {}, {})


def test_second_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, WEBNET_REQUIRE_2FA="Admins")
    assert sign_in.second_factor() == "admins"
    give(monkeypatch, WEBNET_REQUIRE_2FA="yes")
    with pytest.raises(ImproperlyConfigured, match="use off, admins or all"):
        sign_in.second_factor()


def test_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    give(
        monkeypatch, WEBNET_EMAIL_URL="smtp+tls://user:p%40ss@mail.acme.example:587", WEBNET_EMAIL_FROM="w@acme.example"
    )
    found = sign_in.mail()
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_TLS"]) == ("mail.acme.example", 587, True)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("user", "p@ss")
    assert found["DEFAULT_FROM_EMAIL"] == "w@acme.example"
    give(monkeypatch, WEBNET_EMAIL_URL="smtp://mail.acme.example")
    assert sign_in.mail()["EMAIL_HOST_USER"] == ""


@pytest.mark.parametrize("url", ["mail.acme.example", "http://user:s3cret@mail", "smtp://", "consolemail://x"])
def test_mail_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    give(monkeypatch, WEBNET_EMAIL_URL=url, WEBNET_EMAIL_FROM="w@acme.example")
    with pytest.raises(ImproperlyConfigured, match="no address of a mail server") as error:
        sign_in.mail()
    assert "s3cret" not in str(error.value)


def test_mail_needs_a_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, WEBNET_EMAIL_URL="smtp://mail")
    with pytest.raises(ImproperlyConfigured, match="WEBNET_EMAIL_FROM is not set"):
        sign_in.mail()


def test_single_sign_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    give(monkeypatch, **OIDC, WEBNET_OIDC_ROLES="ops=operator, cn=leads,ou=x=admin")
    with pytest.raises(ImproperlyConfigured, match="GROUP=ROLE"):
        sign_in.single_sign_on()
    give(monkeypatch, WEBNET_OIDC_ROLES="ops=operator, leads=admin")
    monkeypatch.delenv("WEBNET_OIDC_CLIENT_SECRET")
    (tmp_path / "secret").write_text("from a file\n")
    give(monkeypatch, WEBNET_OIDC_CLIENT_SECRET_FILE=str(tmp_path / "secret"))
    found = sign_in.single_sign_on()
    assert found["issuer"] == OIDC["WEBNET_OIDC_ISSUER"]
    assert found["client_secret"] == "from a file"
    assert found["roles"] == {"ops": "operator", "leads": "admin"}
    assert not found["link_by_email"]


@pytest.mark.parametrize("issuer", ["http://id.acme.example", "id.acme.example", "https://", "ftp://x"])
def test_single_sign_on_needs_a_safe_address(monkeypatch: pytest.MonkeyPatch, issuer: str) -> None:
    give(monkeypatch, **{**OIDC, "WEBNET_OIDC_ISSUER": issuer})
    with pytest.raises(ImproperlyConfigured, match="https:// address is needed"):
        sign_in.single_sign_on()


@pytest.mark.parametrize("missing", ["WEBNET_OIDC_CLIENT_ID", "WEBNET_OIDC_CLIENT_SECRET"])
def test_single_sign_on_half_configured_stops_the_start(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    give(monkeypatch, **{**OIDC, missing: ""})
    with pytest.raises(ImproperlyConfigured, match=f"{missing} is not set"):
        sign_in.single_sign_on()
