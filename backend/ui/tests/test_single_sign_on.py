"""Single sign-on, against a provider on loopback: who gets in, as whom, and who does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.test import Client

from core.models import AuditEvent
from customers.models import Customer
from ui.tests import oidc
from ui.tests.test_sign_in import code_of, logged_in
from users import second_factor
from users.models import User

BEGIN, BACK = "/login/single-sign-on/", "/login/single-sign-on/callback/"


@pytest.fixture
def provider(db: None, settings: Any) -> Iterator[oidc.Provider]:
    with oidc.running() as running:
        settings.SINGLE_SIGN_ON = {
            "issuer": running.issuer, "client_id": oidc.CLIENT, "client_secret": oidc.SECRET, "name": "Acme ID",
            "role_claim": "groups", "roles": {}, "customer_claim": "", "link_by_email": False,
        }  # fmt: skip
        yield running


def sign_on(client: Client | None = None, onward: str = "") -> tuple[Client, HttpResponse]:
    """The whole way of a browser: to the provider, and back."""
    client = client or Client()
    return client, come_back(client, client.get(BEGIN, {"next": onward} if onward else {})["Location"])


def come_back(client: Client, address: str, **changes: str) -> HttpResponse:
    back = urlsplit(httpx.get(address).headers["Location"])
    query = {name: values[0] for name, values in parse_qs(back.query).items()}
    assert back.path == BACK
    return client.get(back.path, {**query, **changes})


def refused(answer: HttpResponse, client: Client) -> str:
    assert answer.status_code == 403
    assert logged_in(client) is None
    text = answer.content.decode()
    return " ".join(text[text.index("<h1>") :].split())


def test_without_settings_there_is_none(client: Client, db: None) -> None:
    assert "single-sign-on" not in client.get("/login/").content.decode()
    assert client.get(BEGIN).status_code == client.get(BACK).status_code == 404


def test_login_page_offers_it(provider: oidc.Provider, client: Client) -> None:
    page = client.get("/login/?next=/jobs/%3Fq%3D1%26x").content.decode()
    assert "Log in with Acme ID" in page
    assert 'href="/login/single-sign-on/?next=%2Fjobs%2F%3Fq%3D1%26x"' in page


def test_somebody_new_gets_in_as_viewer_without_customers(provider: oidc.Provider) -> None:
    provider.claims |= {"given_name": "Ada", "family_name": "Byron"}
    client, answer = sign_on(onward="/devices/")
    assert answer["Location"] == "/devices/"
    user = User.objects.get()
    assert logged_in(client) == str(user.pk)
    assert (user.username, user.role, user.email, user.first_name) == ("ada", "viewer", "ada@acme.example", "Ada")
    assert not user.has_usable_password()
    assert not user.customers.exists()
    told = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert told == ["user.create", "user.link_single_sign_on", "user.log_in"]
    assert AuditEvent.objects.get(action="user.log_in").after == {"by": "single sign-on"}
    assert SocialAccount.objects.get().extra_data == {}


def test_the_same_person_is_the_same_user_whatever_the_name(provider: oidc.Provider) -> None:
    sign_on()
    provider.claims |= {"preferred_username": "countess", "email": "other@acme.example"}
    client, _ = sign_on()
    assert logged_in(client) == str(User.objects.get().pk)


def test_goes_on_to_no_foreign_address(provider: oidc.Provider) -> None:
    assert sign_on(onward="https://evil.example/")[1]["Location"] == "/"


def test_the_address_adds_nothing_to_what_is_asked_of_the_provider(provider: oidc.Provider, client: Client) -> None:
    away = client.get(BEGIN, {"auth_params": "prompt=none&nonce=mine", "scope": "admin", "process": "connect"})
    asked = parse_qs(urlsplit(away["Location"]).query)
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    assert "prompt" not in asked
    assert asked["nonce"] != ["mine"]
    assert asked["code_challenge_method"] == ["S256"]


@pytest.mark.parametrize("state", ["", "wrong"])
def test_wrong_state(provider: oidc.Provider, state: str) -> None:
    client = Client()
    away = client.get(BEGIN)["Location"]
    assert "begun in another browser" in refused(come_back(client, away, state=state), client)


def test_an_answer_brought_to_another_browser(provider: oidc.Provider) -> None:
    victim = Client()
    victim.get(BEGIN)
    assert "begun in another browser" in refused(come_back(victim, Client().get(BEGIN)["Location"]), victim)


def test_an_answer_is_good_once(provider: oidc.Provider) -> None:
    client = Client()
    back = httpx.get(client.get(BEGIN)["Location"]).headers["Location"].removeprefix("http://testserver")
    assert client.get(back).status_code == 302
    client.post("/logout/")
    assert "begun in another browser" in refused(client.get(back), client)


def test_two_tabs_each_have_their_own_login(provider: oidc.Provider) -> None:
    client = Client()
    first, second = client.get(BEGIN)["Location"], client.get(BEGIN)["Location"]
    assert come_back(client, first)["Location"] == come_back(client, second)["Location"] == "/"


LIES: dict[str, dict[str, Any]] = {
    "nonce of another login": {"id_token": {"nonce": "stolen"}},
    "no nonce": {"id_token": {"nonce": None}},
    "made for another client": {"id_token": {"aud": "other"}},
    "made for many, and another asked": {"id_token": {"aud": ["webnet", "other"], "azp": "other"}},
    "another issuer": {"id_token": {"iss": "https://evil.example"}},
    "discovery of another issuer": {"discovery": {"issuer": "https://evil.example"}},
    "expired": {"id_token": {"exp": 1}},
    "no expiry": {"id_token": {"exp": None}},
    "no subject": {"id_token": {"sub": None}},
    "subject that is no word": {"id_token": {"sub": 4711}},
    "signed with another key": {"signed_with": oidc.OTHER_KEY},
    "not signed": {"algorithm": "none"},
    "signed with what everybody knows": {"algorithm": "HS256", "signed_with": "x" * 32},
    "record of another person": {"userinfo": {"sub": "4712"}},
    "no endpoints": {"discovery": {"token_endpoint": None}},
}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_is_not_to_be_trusted(provider: oidc.Provider, lie: str) -> None:
    for name, value in LIES[lie].items():
        setattr(provider, name, value)
    client = Client()
    answer = client.get(BEGIN)
    if answer.status_code == 302:
        answer = come_back(client, answer["Location"])
    assert "Not logged in" in refused(answer, client)
    assert not User.objects.exists()


def test_a_clock_half_a_minute_ahead_is_fine(provider: oidc.Provider) -> None:
    provider.id_token = {"iat": int(time.time()) + 30}
    assert sign_on()[1].status_code == 302


PLACES = ("/.well-known/openid-configuration", "/token", "/jwks", "/userinfo")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("said", [(500, "broken"), (200, "<html>"), (200, "[]"), (200, "null"), (404, "{}")])
def test_a_provider_that_is_broken(provider: oidc.Provider, place: str, said: tuple[int, str]) -> None:
    provider.broken = {place: said}
    client = Client()
    answer = client.get(BEGIN)
    if answer.status_code == 302:
        answer = come_back(client, answer["Location"])
    assert "The provider" in refused(answer, client)


def test_a_provider_that_is_away(provider: oidc.Provider, settings: Any, client: Client) -> None:
    settings.SINGLE_SIGN_ON = {**settings.SINGLE_SIGN_ON, "issuer": "http://127.0.0.1:9"}
    assert "does not answer" in refused(client.get(BEGIN), client)


@pytest.mark.parametrize(("error", "words"), [("access_denied", "was cancelled"), ("server_error", "refused")])
def test_the_provider_says_no(provider: oidc.Provider, error: str, words: str) -> None:
    provider.refuses = error
    client, answer = sign_on()
    assert words in refused(answer, client)


def test_wrong_secret_of_ours(provider: oidc.Provider, settings: Any) -> None:
    settings.SINGLE_SIGN_ON = {**settings.SINGLE_SIGN_ON, "client_secret": "wrong"}
    client, answer = sign_on()
    assert "could not be trusted" in refused(answer, client)


def test_the_name_of_another_account_is_not_taken_over(provider: oidc.Provider, superadmin: User) -> None:
    provider.claims["preferred_username"] = "SuperAdmin"
    client, answer = sign_on()
    assert "belongs to an account here" in refused(answer, client)


@pytest.mark.parametrize(("allowed", "verified", "gets_in"), [
    (True, True, True), (True, "true", True), (True, False, False), (True, "false", False), (True, None, False),
    (False, True, False),
])  # fmt: skip
def test_an_account_is_linked_by_a_verified_address_alone_where_settings_allow_it(
    provider: oidc.Provider, settings: Any, operator: User, allowed: bool, verified: Any, gets_in: bool
) -> None:
    settings.SINGLE_SIGN_ON = {**settings.SINGLE_SIGN_ON, "link_by_email": allowed}
    User.objects.filter(pk=operator.pk).update(email="Ada@acme.example")
    provider.claims["email_verified"] = verified
    client, answer = sign_on()
    if gets_in:
        assert logged_in(client) == str(operator.pk)
        assert AuditEvent.objects.get(action="user.link_single_sign_on").after["subject"] == "4711"
    else:
        assert "Ask an administrator" in refused(answer, client)


def test_an_address_that_changed_hands_links_no_second_person(
    provider: oidc.Provider, settings: Any, operator: User
) -> None:
    settings.SINGLE_SIGN_ON = {**settings.SINGLE_SIGN_ON, "link_by_email": True}
    User.objects.filter(pk=operator.pk).update(email="ada@acme.example")
    provider.claims["email_verified"] = True
    sign_on()
    provider.claims["sub"] = "4712"
    client, answer = sign_on()
    assert "Ask an administrator" in refused(answer, client)


def test_who_is_deactivated_here_stays_out(provider: oidc.Provider) -> None:
    sign_on()
    User.objects.update(is_active=False)
    client, answer = sign_on()
    assert "not active" in refused(answer, client)


@pytest.mark.parametrize(("groups", "role"), [
    (["ops", "leads"], "admin"), (["ops"], "operator"), ("ops", "operator"), (["other"], "viewer"), (None, "viewer"),
    ([7, {"a": 1}], "viewer"),
])  # fmt: skip
def test_role_follows_the_groups(provider: oidc.Provider, settings: Any, groups: Any, role: str) -> None:
    settings.SINGLE_SIGN_ON = {**settings.SINGLE_SIGN_ON, "roles": {"ops": "operator", "leads": "admin"}}
    provider.claims["groups"] = groups
    assert sign_on()[1].status_code == 302
    assert User.objects.get().role == role


def test_a_group_that_is_taken_away_takes_all_rights_along(provider: oidc.Provider, settings: Any) -> None:
    settings.SINGLE_SIGN_ON = {**settings.SINGLE_SIGN_ON, "roles": {"leads": "admin"}}
    provider.claims["groups"] = ["leads"]
    sign_on()
    User.objects.update(all_customers=True, is_staff=True, is_superuser=True)
    provider.claims["groups"] = []
    assert sign_on()[1].status_code == 302
    user = User.objects.get()
    assert (user.role, user.all_customers, user.is_staff, user.is_superuser) == ("viewer", False, False, False)
    event = AuditEvent.objects.filter(action="user.follow_single_sign_on").latest("pk")
    assert (event.before, event.after) == ({"role": "admin"}, {"role": "viewer"})


def test_customers_follow_their_claim(provider: oidc.Provider, settings: Any, acme: Customer, globex: Customer) -> None:
    settings.SINGLE_SIGN_ON = {**settings.SINGLE_SIGN_ON, "customer_claim": "tenants"}
    for tenants, slugs in ((["acme", "nobody"], ["acme"]), (["globex"], ["globex"]), (None, [])):
        provider.claims["tenants"] = tenants
        sign_on()
        assert list(User.objects.get().customers.values_list("slug", flat=True)) == slugs


def test_the_second_factor_of_an_account_is_asked_for_here_too(provider: oidc.Provider) -> None:
    sign_on()
    user = User.objects.get()
    secret = second_factor.new_secret()
    second_factor.turn_on(actor=user, secret=secret, code=code_of(secret, 0))
    client, answer = sign_on(onward="/jobs/")
    assert answer["Location"] == "/login/second-factor/"
    assert logged_in(client) is None
    assert client.post(answer["Location"], {"code": code_of(secret)})["Location"] == "/jobs/"
    assert logged_in(client) == str(user.pk)


def test_a_demanded_second_factor_is_left_to_the_provider(provider: oidc.Provider, settings: Any) -> None:
    settings.REQUIRE_2FA = "all"
    client, _ = sign_on()
    assert logged_in(client)


@pytest.mark.parametrize("name", ["", "x y/\x00<script>", "a" * 400, 7])
def test_strange_names_make_valid_usernames(provider: oidc.Provider, name: Any) -> None:
    provider.claims |= {"preferred_username": name, "given_name": ["x"], "family_name": "a\x00b", "email": "no address"}
    assert sign_on()[1].status_code == 302
    user = User.objects.get()
    user.clean_fields(exclude=["password"])
