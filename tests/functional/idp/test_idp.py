from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest

from tests.functional.idp.browser import Browser

if TYPE_CHECKING:
    from tests.functional.idp.idp_process import RunningIdp

LOCKFILE = Path(__file__).parents[3] / "scripts" / "local_platform" / "idp" / "package-lock.json"


def machine_token(idp: RunningIdp, client: str, issuer: str = "oidc") -> str:
    answer = httpx.post(
        f"{idp.origin}/{issuer}/token",
        data={"grant_type": "client_credentials"},
        auth=(client, f"{client}-secret"),
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def verified(idp: RunningIdp, token: str, issuer: str = "oidc") -> dict[str, Any]:
    """The token's claims, checked as the platform checks them: signature by JWKS, issuer, audience, times."""
    keys = jwt.PyJWKSet.from_dict(httpx.get(f"{idp.origin}/{issuer}/jwks").json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token, key.key, algorithms=["RS256"], audience="ambit-api", issuer=f"{idp.origin}/{issuer}"
    )
    return claims


@pytest.mark.parametrize("issuer", ["oidc", "globex"])
def test_discovery_names_the_issuer_exactly_as_it_is_reached(idp: RunningIdp, issuer: str) -> None:
    document = httpx.get(f"{idp.origin}/{issuer}/.well-known/openid-configuration").json()
    assert document["issuer"] == f"{idp.origin}/{issuer}"
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["response_types_supported"] == ["code"]
    assert document["jwks_uri"].startswith(f"{document['issuer']}/")


def test_a_person_signs_in_with_code_and_pkce(idp: RunningIdp) -> None:
    claims = verified(idp, Browser(idp).sign_in("dev@acme.test")["access_token"])
    assert (claims["tenantid"], claims["roles"]) == ("acme", ["Tenant.Developer"])
    assert (claims["email"], claims["email_verified"]) == ("dev@acme.test", True)
    assert claims["exp"] - claims["iat"] == 300


def test_an_access_token_says_its_type_and_algorithm(idp: RunningIdp) -> None:
    header = jwt.get_unverified_header(machine_token(idp, "acme-developer"))
    assert (header["typ"], header["alg"]) == ("at+jwt", "RS256")


def test_an_id_token_carries_the_nonce_and_the_person(idp: RunningIdp) -> None:
    token = Browser(idp).sign_in("viewer@globex.test")["id_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["nonce"], claims["aud"], claims["tenantid"]) == ("the-nonce", "ambit-spa", "globex")


def test_an_operator_belongs_to_no_tenant(idp: RunningIdp) -> None:
    claims = verified(idp, Browser(idp).sign_in("ops@ambit.test")["access_token"])
    assert "tenantid" not in claims
    assert claims["roles"] == ["Platform.Operator"]


def test_a_wrong_password_shows_the_form_again_without_it(idp: RunningIdp) -> None:
    browser = Browser(idp)
    page = browser.submit(browser.authorize(), "dev@acme.test", "a-wrong-password")
    assert page.status_code == 401
    assert 'role="alert"' in page.text
    assert "a-wrong-password" not in page.text


def test_an_unknown_person_reads_the_same_message_as_a_wrong_password(idp: RunningIdp) -> None:
    pages = []
    for email, password in [("dev@acme.test", "no"), ("nobody@acme.test", "ambit-local")]:
        browser = Browser(idp)
        page = browser.submit(browser.authorize(), email, password).text
        pages.append(re.sub(r'(value|action)="[^"]*"', "", page))
    assert pages[0] == pages[1]


def test_markup_in_an_email_is_shown_as_text(idp: RunningIdp) -> None:
    browser = Browser(idp)
    page = browser.submit(browser.authorize(), '"><script>alert(1)</script>')
    assert "<script>" not in page.text


def test_a_sign_in_without_pkce_is_refused(idp: RunningIdp) -> None:
    answer = Browser(idp).authorize(code_challenge="", code_challenge_method="")
    assert "error=invalid_request" in answer.headers["location"]


def test_plain_pkce_is_refused(idp: RunningIdp) -> None:
    answer = Browser(idp).authorize(code_challenge_method="plain")
    assert "error=invalid_request" in answer.headers["location"]


def test_a_code_is_worthless_without_its_verifier(idp: RunningIdp) -> None:
    browser = Browser(idp)
    callback = browser.submit(browser.authorize(), "dev@acme.test")
    answer = browser.exchange(callback, code_verifier=secrets.token_urlsafe(48))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_code_is_sent_to_no_other_origin(idp: RunningIdp) -> None:
    answer = Browser(idp).authorize(redirect_uri="https://attacker.example/bff/callback")
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_the_command_line_may_call_back_to_any_loopback_port(idp: RunningIdp) -> None:
    browser = Browser(idp, "ambit-cli", "http://127.0.0.1:51789/callback")
    assert verified(idp, browser.sign_in("admin@acme.test")["access_token"])["roles"] == ["Tenant.Admin"]


def test_a_refresh_token_is_rotated_and_reuse_ends_the_grant(idp: RunningIdp) -> None:
    browser = Browser(idp)
    first = browser.sign_in("dev@acme.test")["refresh_token"]
    second = browser.refresh(first).json()["refresh_token"]
    assert second != first
    assert browser.refresh(first).status_code == 400
    assert browser.refresh(second).json()["error"] == "invalid_grant"


def test_a_revoked_refresh_token_refreshes_no_more(idp: RunningIdp) -> None:
    browser = Browser(idp)
    token = browser.sign_in("dev@acme.test")["refresh_token"]
    browser.post("/oidc/token/revocation", data={"client_id": "ambit-spa", "token": token})
    assert browser.refresh(token).status_code == 400


@pytest.mark.parametrize(
    ("client", "tenant", "roles"),
    [
        ("acme-viewer", "acme", ["Tenant.Viewer"]),
        ("globex-admin", "globex", ["Tenant.Admin"]),
        ("platform-operator", None, ["Platform.Operator"]),
        ("platform-admin", None, ["Platform.Admin"]),
    ],
)
def test_a_machine_gets_a_token_with_its_own_claims(
    idp: RunningIdp, client: str, tenant: str | None, roles: list[str]
) -> None:
    claims = verified(idp, machine_token(idp, client))
    assert (claims.get("tenantid"), claims["roles"], claims["sub"]) == (tenant, roles, client)


@pytest.mark.parametrize(
    ("client", "tenant", "roles"),
    [
        ("globex-sso-developer", None, ["Tenant.Developer"]),
        ("globex-sso-asserts-acme", "acme", ["Tenant.Developer"]),
        ("globex-sso-asserts-operator", None, ["Platform.Operator"]),
    ],
)
def test_the_globex_issuer_serves_honest_and_lying_clients(
    idp: RunningIdp, client: str, tenant: str | None, roles: list[str]
) -> None:
    claims = verified(idp, machine_token(idp, client, "globex"), "globex")
    assert (claims.get("tenantid"), claims["roles"]) == (tenant, roles)


def test_a_machine_with_a_wrong_secret_gets_nothing(idp: RunningIdp) -> None:
    form = {"grant_type": "client_credentials"}
    answer = httpx.post(f"{idp.origin}/oidc/token", data=form, auth=("acme-admin", "globex-admin-secret"))
    assert answer.status_code == 401


def test_a_client_of_one_issuer_is_unknown_to_the_other(idp: RunningIdp) -> None:
    form = {"grant_type": "client_credentials"}
    answer = httpx.post(f"{idp.origin}/globex/token", data=form, auth=("acme-admin", "acme-admin-secret"))
    assert answer.status_code == 401


def test_rotation_signs_with_a_new_key_and_keeps_the_old_one_published(idp: RunningIdp) -> None:
    before = machine_token(idp, "acme-developer")
    rotated = httpx.post(f"{idp.origin}/admin/rotate-keys").json()
    after = machine_token(idp, "acme-developer")
    assert jwt.get_unverified_header(after)["kid"] == rotated["kid"]
    assert jwt.get_unverified_header(before)["kid"] != rotated["kid"]
    assert verified(idp, before)["tenantid"] == verified(idp, after)["tenantid"] == "acme"


def test_published_keys_hold_no_private_part(idp: RunningIdp) -> None:
    for key in httpx.get(f"{idp.origin}/oidc/jwks").json()["keys"]:
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key)


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.test"}, {"Host": "rebound.evil.test"}])
def test_a_web_page_cannot_reach_administration(idp: RunningIdp, headers: dict[str, str]) -> None:
    answer = httpx.post(f"{idp.origin}/admin/rotate-keys", headers=headers)
    assert answer.status_code == 403


def test_a_restart_keeps_keys_and_sessions(idp: RunningIdp) -> None:
    browser = Browser(idp)
    tokens = browser.sign_in("dev@acme.test")
    idp.stop()
    idp.start()
    assert verified(idp, tokens["access_token"])["tenantid"] == "acme"
    assert browser.refresh(tokens["refresh_token"]).status_code == 200


def test_the_log_holds_neither_tokens_nor_people(idp: RunningIdp) -> None:
    tokens = Browser(idp).sign_in("viewer@acme.test")
    log = idp.log.read_text()
    assert '"event":"grant.success"' in log
    assert tokens["access_token"] not in log
    assert tokens["refresh_token"] not in log
    assert "@acme.test" not in log


def test_key_material_on_disk_is_readable_by_its_owner_only(idp: RunningIdp) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in idp.state.glob("*.json")}
    assert modes == {"keys.json": 0o600, "sessions.json": 0o600}


def test_an_expired_sign_in_page_says_so_instead_of_failing(idp: RunningIdp) -> None:
    answer = httpx.get(f"{idp.origin}/oidc/interaction/gone")
    assert answer.status_code == 400
    assert "Start again" in answer.text


def test_every_locked_package_has_an_integrity_hash() -> None:
    lock = LOCKFILE.read_text()
    assert lock.count('"node_modules/') == lock.count('"integrity"')
