"""API keys and tokens: given, stored by `ambit login`, or issued by the local identity provider to machine clients."""

import base64
import json
import os
import time
from pathlib import Path
from typing import Any, Final

from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.stack import Stack

API_KEY: Final = "AMBIT_API_KEY"
_EARLY_SECONDS: Final = 30
ROLES: Final = (
    "Tenant.Guest",
    "Tenant.Viewer",
    "Tenant.Developer",
    "Tenant.Admin",
    "Platform.Operator",
    "Platform.Admin",
)


def bearer(stack: Stack, *, tenant: str | None, role: str) -> str:
    """What to send: AMBIT_API_KEY, else AMBIT_TOKEN, else the stored login, else (locally) a machine client's token."""
    if key := os.environ.get(API_KEY):
        return _api_key(key, tenant)
    if token := os.environ.get("AMBIT_TOKEN"):
        return token
    if tenant is None and (stored := _stored(stack)):
        return stored
    if stack.local is None:
        fail("not signed in: run `ambit login`, or set AMBIT_API_KEY or AMBIT_TOKEN.", Exit.NOT_ALLOWED)
    return machine_token(stack, tenant=tenant, role=role)


def is_of_a_tenant(stack: Stack) -> bool:
    """Whether AMBIT_TOKEN, else the stored login, is of somebody in a tenant: which address to ask, nothing more."""
    roles = claims(os.environ.get("AMBIT_TOKEN") or _stored(stack) or "").get("roles")
    told = [str(role) for role in roles] if isinstance(roles, list) else []
    return any(role.startswith("Tenant.") for role in told) and not any(role.startswith("Platform.") for role in told)


def machine_token(stack: Stack, *, tenant: str | None, role: str) -> str:
    """A client-credentials token of the local stack for a tenant and role (`acme`, `Tenant.Developer`)."""
    if role not in ROLES:
        fail(f"unknown role {role!r}: use one of {', '.join(ROLES)}.")
    kind, _, name = role.partition(".")
    owner = "platform" if kind == "Platform" else (tenant or "acme")
    client = f"{owner}-{name.lower()}"
    grant = {"grant_type": "client_credentials", "client_id": client, "client_secret": f"{client}-secret"}
    return str(token_request(stack.issuer, grant)["access_token"])


def token_request(issuer: str, form: dict[str, str]) -> dict[str, Any]:
    """Call the issuer's token endpoint; leaves with its own words when it refuses."""
    import httpx

    try:
        endpoint = discover(issuer)["token_endpoint"]
        answer = httpx.post(endpoint, data=form, timeout=10)
    except httpx.HTTPError as error:
        fail(f"the identity provider {issuer} does not answer ({type(error).__name__}).", Exit.UNAVAILABLE)
    if answer.is_error:
        fail(f"the identity provider refused: {_reason(answer.text)}.", Exit.NOT_ALLOWED)
    return dict(answer.json())


def discover(issuer: str) -> dict[str, Any]:
    """The issuer's OpenID configuration."""
    import httpx

    return dict(httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=10).raise_for_status().json())


def claims(token: str) -> dict[str, Any]:
    """The claims of a token, unverified: for showing only, never for deciding."""
    try:
        middle = token.split(".")[1]
        return dict(json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))))
    except (IndexError, ValueError):
        return {}


def store_path() -> Path:
    """Where `ambit login` keeps tokens: readable by the user alone."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "ambit" / "credentials.json"


def save(stack: Stack, tokens: dict[str, Any]) -> None:
    """Keep a login for this platform (mode 0600, written whole or not at all)."""
    path = store_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    entry = {
        "accessToken": tokens["access_token"],
        "refreshToken": tokens.get("refresh_token"),
        "expiresAt": int(time.time()) + int(tokens.get("expires_in", 300)),
        "clientId": "ambit-cli",
    }
    kept = _all() | {stack.api_url: entry}
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(kept, file)
    fresh.replace(path)


def forget(stack: Stack) -> bool:
    """Drop the stored login for this platform; whether there was one."""
    kept = _all()
    found = kept.pop(stack.api_url, None) is not None
    if found:
        store_path().write_text(json.dumps(kept), encoding="utf-8")
    return found


def _api_key(text: str, tenant: str | None) -> str:
    """The key, unless it cannot be one, or another tenant is asked for beside it. It is not repeated in the message."""
    from platform_kit import api_key

    if tenant is not None:
        fail(f"a key belongs to one tenant: use --tenant (or AMBIT_TENANT) or {API_KEY}, not both.")
    if not api_key.well_formed(text):
        fail(f"{API_KEY} holds no API key (amb_…, 54 characters, the last six a checksum): was it cut?")
    return text


def _stored(stack: Stack) -> str | None:
    entry = _all().get(stack.api_url)
    if entry is None:
        return None
    if entry["expiresAt"] - _EARLY_SECONDS > time.time():
        return str(entry["accessToken"])
    if not entry.get("refreshToken"):
        return None
    form = {"grant_type": "refresh_token", "refresh_token": entry["refreshToken"], "client_id": entry["clientId"]}
    tokens = token_request(stack.issuer, form)
    save(stack, tokens)
    return str(tokens["access_token"])


def _all() -> dict[str, Any]:
    try:
        return dict(json.loads(store_path().read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _reason(text: str) -> str:
    try:
        body = json.loads(text)
        return str(body.get("error_description") or body.get("error") or "no reason given")
    except ValueError:
        return "no reason given"
