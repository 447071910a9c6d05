"""`webnet createadmin`."""

from __future__ import annotations

import io

import pytest

from core.models import AuditEvent
from users.models import User
from webnet.admin_account import create

pytestmark = pytest.mark.django_db


def test_admin_is_made_and_given_a_new_password(monkeypatch: pytest.MonkeyPatch) -> None:
    for password in ("a-first-long-passphrase", "a-second-long-passphrase"):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        assert create("chief") == 0
        user = User.objects.get()
        assert (user.role, user.all_customers, user.is_superuser) == ("admin", True, True)
        assert user.check_password(password)
    assert AuditEvent.objects.filter(action="user.make_admin", object_id=user.pk).count() == 2


@pytest.mark.parametrize("password", ["", "short", "chief-chief-chief", "123456789012345"])
def test_weak_password_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], password: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    assert create("chief-chief-chief") == 2
    assert capsys.readouterr().err.startswith("webnet: ")
    assert not User.objects.exists()
