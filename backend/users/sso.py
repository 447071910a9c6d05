"""Single sign-on by OpenID Connect: allauth's code flow, stricter, with our own errors in words.

The id token's signature, issuer, audience, expiry and nonce are checked; userinfo must be of the same subject.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any

import jwt
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from requests import RequestException

from users.admission import SignOnRefused, admit

log = logging.getLogger(__name__)

CALLBACK = "single_sign_on_callback"
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
LEEWAY = 60  # seconds that the provider's clock may be off
MALFORMED = (KeyError, ValueError, TypeError, AttributeError)


class Untrusted(OAuth2Error):
    """What is wrong with the provider's answer."""


def begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider. Raises SignOnRefused."""
    return _in_words(lambda: _provider(request).redirect(request, AuthProcess.LOGIN, get_next_redirect_url(request)))


def finish(request: HttpRequest) -> HttpResponse:
    """The browser has come back: log in, or take the next step of it. Raises SignOnRefused."""
    return _in_words(lambda: Callback.adapter_view(CodeFlow(request, settings.SINGLE_SIGN_ON["issuer"]))(request))


def _in_words(step: Any) -> HttpResponse:
    try:
        return step()
    except (RequestException, OAuth2Error, *MALFORMED) as error:
        raise _refusal(error) from error


def _refusal(error: Exception) -> SignOnRefused:
    # allauth's own errors may repeat what the provider sent, tokens included
    known = isinstance(error, Untrusted | RequestException)
    log.warning("single sign-on failed: %s: %s", type(error).__name__, error if known else "")
    if isinstance(error, RequestException):
        return SignOnRefused("The provider of single sign-on does not answer as it should. Try again in a moment.")
    return SignOnRefused("The provider's answer could not be trusted, so nobody was logged in. Begin again.")


def _provider(request: HttpRequest) -> Provider:
    config = settings.SINGLE_SIGN_ON
    app = SocialApp(
        provider=Provider.id,
        provider_id=config["issuer"],  # accounts are kept under it: another issuer's subjects are other people
        name=config["name"],
        client_id=config["client_id"],
        secret=config["client_secret"],
        settings={"server_url": config["issuer"].rstrip("/")},
    )
    return Provider(request, app=app)


class CodeFlow(OpenIDConnectOAuth2Adapter):
    nonce: str | None = None

    @property
    def openid_config(self) -> dict[str, Any]:
        found = super().openid_config
        if found["issuer"].rstrip("/") != self.provider_id.rstrip("/"):
            raise Untrusted("the provider says that it is another issuer")
        return found

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse(CALLBACK))

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any) -> SocialLogin:
        claims = self._claims(app, kwargs["response"]["id_token"])
        if "userinfo_endpoint" in self.openid_config:
            record = self._fetch_user_info(token.token)
            if record["sub"] != claims["sub"]:
                raise Untrusted("the id token and the user's record are of two people")
            claims = {**record, **claims}
        # kept without what the provider says of the person: only who it is
        account = SocialAccount(provider=app.provider_id, uid=claims["sub"], extra_data={})
        login = SocialLogin(provider=self.get_provider(), account=account)
        login.claims = claims
        return login

    def _claims(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            algorithm, key = jwtkit.fetch_key(id_token, self.openid_config["jwks_uri"], jwtkit.lookup_kid_jwk)
            claims = jwt.decode(
                id_token,
                key,
                algorithms=[name for name in ALGORITHMS if name == algorithm],
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise Untrusted(f"the id token is not valid ({error})") from error
        if "azp" in claims and claims["azp"] != app.client_id:
            raise Untrusted("the id token was made for another client")
        if not self.nonce or claims.get("nonce") != self.nonce:
            raise Untrusted("the id token answers another login: its nonce is not ours")
        return claims


class Provider(OpenIDConnectProvider):
    oauth2_adapter_class = CodeFlow
    pkce_enabled_default = True

    def redirect(
        self, request: HttpRequest, process: Any, next_url: str | None = None, data: Any = None, **_: Any
    ) -> HttpResponse:
        # kept with the state, so that each of two tabs has its own; what the address asks for besides is not passed on
        nonce = secrets.token_urlsafe(24)
        return super().redirect(request, process, next_url, data={"nonce": nonce}, auth_params={"nonce": nonce})


class Callback(OAuth2CallbackView):
    adapter: CodeFlow

    def _get_state(self, request: HttpRequest, provider: Provider) -> tuple[dict[str, Any] | None, HttpResponse | None]:
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = state["data"]["nonce"] if state else None
        return state, response


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        return _provider(request)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        account = sociallogin.account
        sociallogin.user = admit(account, sociallogin.claims)

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        if isinstance(exception, Exception):
            raise _refusal(exception)
        if error == AuthError.CANCELLED:
            raise SignOnRefused("The login was cancelled at the provider.")
        if "state" in (extra_context or {}):
            raise SignOnRefused("The provider refused the login.")
        raise SignOnRefused("This login was begun in another browser, or too long ago. Begin again.")
