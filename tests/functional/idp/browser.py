"""As much of a browser as a sign-in needs: cookies, redirects within the provider, one form."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx

if TYPE_CHECKING:
    from tests.functional.idp.idp_process import RunningIdp

SPA_CALLBACK = "http://127.0.0.1:18080/bff/callback"
LOCAL_PASSWORD = "ambit-local"


class Browser:
    """One person's browser at one provider."""

    def __init__(self, idp: RunningIdp, client_id: str = "ambit-spa", redirect_uri: str = SPA_CALLBACK) -> None:
        self.origin = idp.origin
        self.cookies = httpx.Cookies()
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.verifier = secrets.token_urlsafe(48)

    def get(self, path: str, params: dict[str, str] | None = None) -> httpx.Response:
        with httpx.Client(base_url=self.origin, cookies=self.cookies) as http:
            response = http.get(path, params=params)
            self.cookies = http.cookies
        return response

    def post(self, path: str, data: dict[str, str]) -> httpx.Response:
        with httpx.Client(base_url=self.origin, cookies=self.cookies) as http:
            response = http.post(path, data=data)
            self.cookies = http.cookies
        return response

    def authorize(self, **overrides: str) -> httpx.Response:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        asked = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid email",
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **overrides,
        }
        return self.follow(self.get("/oidc/auth", params={k: v for k, v in asked.items() if v}))

    def follow(self, response: httpx.Response) -> httpx.Response:
        while "location" in response.headers and not self.is_callback(response):
            response = self.get(response.headers["location"])
        return response

    def is_callback(self, response: httpx.Response) -> bool:
        return response.headers["location"].startswith(self.redirect_uri)

    def submit(self, page: httpx.Response, email: str, password: str = LOCAL_PASSWORD) -> httpx.Response:
        action = re.search(r'action="([^"]+)"', page.text)
        assert action, page.text
        return self.follow(self.post(action[1], data={"email": email, "password": password}))

    def exchange(self, callback: httpx.Response, **overrides: str) -> httpx.Response:
        code = parse_qs(urlsplit(callback.headers["location"]).query)["code"][0]
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        return self.post("/oidc/token", data={**form, **overrides})

    def refresh(self, token: str) -> httpx.Response:
        form = {"grant_type": "refresh_token", "client_id": self.client_id, "refresh_token": token}
        return self.post("/oidc/token", data=form)

    def sign_in(self, email: str) -> dict[str, Any]:
        answer = self.exchange(self.submit(self.authorize(), email))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens
