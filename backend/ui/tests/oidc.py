"""A small OpenID Connect provider on loopback, which can be told to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT, SECRET = "webnet", "s3cret-of-the-client"
KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


class Provider:
    """`claims` is the person who logs in there; the other attributes say how its answers are wrong."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = KEY
        self.claims: dict[str, Any] = {"sub": "4711", "preferred_username": "ada", "email": "ada@acme.example"}
        self.id_token: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.discovery: dict[str, Any] = {}
        self.signed_with: Any = None
        self.algorithm = "RS256"
        self.broken: dict[str, tuple[int, str]] = {}
        self.refuses = ""
        self.codes: dict[str, dict[str, str]] = {}

    def answer(self, method: str, path: str, given: dict[str, str], headers: Any) -> tuple[int, str, dict[str, str]]:
        if path in self.broken:
            return *self.broken[path], {}
        if path == "/authorize":
            return self._authorize(given)
        found = {
            "/.well-known/openid-configuration": self._configuration,
            "/jwks": self._keys,
            "/token": lambda: self._token(given),
            "/userinfo": lambda: {**self.claims, **self.userinfo},
        }.get(path, dict)()
        return 200 if found else 400, json.dumps(found), {"Content-Type": "application/json"}

    def _configuration(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        found = {name: f"{self.issuer}/{path}" for name, path in places.items()}
        return {"issuer": self.issuer, **found, "userinfo_endpoint": f"{self.issuer}/userinfo", **self.discovery}

    def _keys(self) -> dict[str, Any]:
        return {"keys": [{**RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True), "kid": "one", "alg": "RS256"}]}

    def _authorize(self, given: dict[str, str]) -> tuple[int, str, dict[str, str]]:
        assert given["response_type"] == "code"
        assert given["client_id"] == CLIENT
        code = secrets.token_urlsafe(8)
        self.codes[code] = given
        said = {"error": self.refuses} if self.refuses else {"code": code}
        return 302, "", {"Location": f"{given['redirect_uri']}?{urlencode({**said, 'state': given['state']})}"}

    def _token(self, given: dict[str, str]) -> dict[str, Any]:
        asked = self.codes.pop(given.get("code", ""), None)
        if asked is None or given["redirect_uri"] != asked["redirect_uri"]:
            return {}
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return {}
        if (given["client_id"], given["client_secret"]) != (CLIENT, SECRET):
            return {}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        payload = {
            name: value for name, value in {**claims, **self.claims, **self.id_token}.items() if value is not None
        }
        key = None if self.algorithm == "none" else self.signed_with or self.key
        token = jwt.encode(payload, key, algorithm=self.algorithm, headers={"kid": "one"})  # type: ignore[arg-type]
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": token}


@contextmanager
def running() -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(dict(parse_qs(urlsplit(self.path).query)))

        def do_POST(self) -> None:
            self._answer(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))

        def _answer(self, given: dict[str, list[str]]) -> None:
            plain = {name: values[0] for name, values in given.items()}
            status, body, headers = provider.answer(self.command, urlsplit(self.path).path, plain, self.headers)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider = Provider(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
