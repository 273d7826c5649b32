"""The identity provider as OpenID Connect describes it: discovery, code exchange, refresh, revocation, ID tokens.

Sources: OpenID Connect Core 1.0 and Discovery 1.0, RFC 6749, RFC 7009 (revocation), RFC 7636 (PKCE), RFC 9207 (`iss`).
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import jwt

from lambdas.bff.errors import GrantRefused, ProviderUnavailable, SignInFailed
from lambdas.bff.models import LoginTransaction, Tokens
from platform_kit.clock import Clock
from platform_kit.observability import logger

_METADATA_SECONDS: Final = 3600
_KEYS_SECONDS: Final = 300
_LEEWAY_SECONDS: Final = 60
_ALGORITHMS: Final = ["RS256", "ES256"]
_SCOPE: Final = "openid profile email offline_access"
_DEFAULT_TOKEN_SECONDS: Final = 300


class Http(Protocol):
    """Two calls of HTTP; the answer is status and JSON body. Raises ProviderUnavailable when there is no answer."""

    def get(self, url: str) -> tuple[int, dict[str, Any]]:
        """GET `url`."""
        ...

    def post_form(self, url: str, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """POST an url-encoded form."""
        ...


@dataclass
class _Kept:
    value: dict[str, Any]
    until: float


class IdentityProvider:
    """One issuer and our public client there. Documents are kept: metadata an hour, keys five minutes."""

    def __init__(self, issuer: str, client_id: str, redirect_uri: str, *, http: Http, clock: Clock) -> None:
        self.issuer = issuer.rstrip("/")
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self._http = http
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def authorize_url(self, transaction: LoginTransaction, prompt: str | None) -> str:
        """Where to send the browser: code flow with PKCE (S256 only), state and nonce."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": _SCOPE,
            "state": transaction.state,
            "nonce": transaction.nonce,
            "code_challenge": challenge(transaction.verifier),
            "code_challenge_method": "S256",
        }
        if prompt:
            query["prompt"] = prompt
        return f"{self._endpoint('authorization_endpoint')}?{urlencode(query)}"

    def exchange(self, code: str, transaction: LoginTransaction) -> tuple[Tokens, dict[str, Any]]:
        """Tokens and verified ID token claims for a code; GrantRefused or SignInFailed."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
        answer = self._token({**form, "code_verifier": transaction.verifier})
        return self._tokens(answer), self._verify_id_token(str(answer.get("id_token", "")), transaction.nonce)

    def refresh(self, tokens: Tokens) -> Tokens:
        """A new pair of tokens; GrantRefused when the old refresh token is no longer good."""
        answer = self._token({"grant_type": "refresh_token", "refresh_token": tokens.refresh_token})
        return self._tokens({"refresh_token": tokens.refresh_token, **answer})

    def revoke(self, tokens: Tokens) -> None:
        """Tell the provider that the refresh token is done with; ProviderUnavailable if it cannot be told."""
        endpoint = self._metadata().get("revocation_endpoint")
        if not endpoint:
            return  # optional in RFC 8414; Entra ID has none
        form = {"token": tokens.refresh_token, "token_type_hint": "refresh_token", "client_id": self.client_id}
        self._http.post_form(str(endpoint), form)

    def _token(self, form: Mapping[str, str]) -> dict[str, Any]:
        status, body = self._http.post_form(self._endpoint("token_endpoint"), {**form, "client_id": self.client_id})
        if status == 200:  # noqa: PLR2004 - HTTP
            return body
        if body.get("error") in {"invalid_grant", "interaction_required"}:
            raise GrantRefused
        logger().error("the token endpoint refused", status=status, error=str(body.get("error"))[:64])
        raise ProviderUnavailable

    def _tokens(self, answer: Mapping[str, Any]) -> Tokens:
        access, refresh = answer.get("access_token"), answer.get("refresh_token")
        if not isinstance(access, str) or not isinstance(refresh, str):
            raise ProviderUnavailable
        seconds = int(answer.get("expires_in") or _DEFAULT_TOKEN_SECONDS)
        expires_at = int(self._clock.now().timestamp()) + seconds
        return Tokens(access_token=access, refresh_token=refresh, expires_at=expires_at)

    def _verify_id_token(self, token: str, nonce: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._signing_key(token),
                algorithms=_ALGORITHMS,
                audience=self.client_id,
                issuer=self._metadata()["issuer"],
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError:
            raise SignInFailed("invalid_token") from None
        if claims.get("nonce") != nonce:
            raise SignInFailed("invalid_token")
        return claims

    def _signing_key(self, token: str) -> jwt.PyJWK:
        kid = jwt.get_unverified_header(token).get("kid")
        for fresh in (False, True):
            for key in self._keys(fresh=fresh):
                if key.get("kid") == kid and key.get("use", "sig") == "sig":
                    return jwt.PyJWK(key)
        raise jwt.InvalidKeyError("unknown kid")

    def _keys(self, *, fresh: bool) -> list[dict[str, Any]]:
        keys = self._document(self._endpoint("jwks_uri"), _KEYS_SECONDS, fresh=fresh).get("keys", [])
        return [key for key in keys if isinstance(key, dict)]

    def _endpoint(self, name: str) -> str:
        url = self._metadata().get(name)
        if not isinstance(url, str):
            raise ProviderUnavailable
        return url

    def _metadata(self) -> dict[str, Any]:
        document = self._document(f"{self.issuer}/.well-known/openid-configuration", _METADATA_SECONDS)
        if str(document.get("issuer", "")).rstrip("/") != self.issuer:
            raise ProviderUnavailable  # Discovery 1.0 §4.3: it must name the issuer it was asked for
        return document

    def _document(self, url: str, seconds: int, *, fresh: bool = False) -> dict[str, Any]:
        now = self._clock.now().timestamp()
        kept = self._kept.get(url)
        if kept and now < kept.until and not fresh:
            return kept.value
        status, body = self._http.get(url)
        if status != 200:  # noqa: PLR2004 - HTTP
            raise ProviderUnavailable
        self._kept[url] = _Kept(body, now + seconds)
        return body


def challenge(verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636 §4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def parse_json_object(body: bytes) -> dict[str, Any]:
    """The object in an answer's body; ProviderUnavailable when it is anything else."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        raise ProviderUnavailable from None
    if not isinstance(value, dict):
        raise ProviderUnavailable
    return value
