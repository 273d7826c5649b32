import base64
import json
import stat
import time
from typing import Any

import pytest
import typer

from platform_kit import api_key
from scripts.ambit_cli import credentials
from scripts.ambit_cli.stack import Stack

KEY = api_key.mint()


@pytest.fixture
def found(platform: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.delenv("AMBIT_TOKEN")
    return Stack(platform.url, f"{platform.url}/oidc", "ambit-api", {"apiUrl": platform.url})


@pytest.fixture
def issuer(platform: Any, answer: Any) -> Any:
    discovery = {"token_endpoint": f"{platform.url}/oidc/token", "authorization_endpoint": f"{platform.url}/oidc/auth"}
    platform.will_answer("GET /oidc/.well-known/openid-configuration", answer(body=discovery))
    platform.will_answer("POST /oidc/token", answer(body={"access_token": "fresh", "expires_in": 300}))
    return platform


def test_the_local_stack_gives_a_machine_client_of_the_tenant_and_role(found: Stack, issuer: Any) -> None:
    assert credentials.bearer(found, tenant="globex", role="Tenant.Viewer") == "fresh"
    assert b"client_id=globex-viewer" in issuer.asked[-1].body


def test_a_platform_role_is_the_platforms_machine_client_whatever_the_tenant(found: Stack, issuer: Any) -> None:
    credentials.machine_token(found, tenant="acme", role="Platform.Operator")
    assert b"client_id=platform-operator" in issuer.asked[-1].body


def test_an_unknown_role_names_the_known_ones(found: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        credentials.machine_token(found, tenant="acme", role="Root")
    assert "Tenant.Developer" in capsys.readouterr().err


def test_a_token_in_the_environment_wins(found: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBIT_TOKEN", "given")
    assert credentials.bearer(found, tenant=None, role="Tenant.Viewer") == "given"


def test_an_api_key_goes_before_a_token_and_a_login(found: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials.save(found, {"access_token": "kept"})
    monkeypatch.setenv("AMBIT_TOKEN", "given")
    monkeypatch.setenv("AMBIT_API_KEY", KEY)
    assert credentials.bearer(found, tenant=None, role="Tenant.Viewer") == KEY
    monkeypatch.setenv("AMBIT_API_KEY", "")
    assert credentials.bearer(found, tenant=None, role="Tenant.Viewer") == "given"


@pytest.mark.parametrize("text", [KEY[:-1], KEY + "\n", "eyJ0.e30.sig"], ids=["short", "newline", "token"])
def test_a_damaged_api_key_is_refused_here_and_not_repeated(
    text: str, found: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AMBIT_API_KEY", text)
    monkeypatch.setenv("AMBIT_TOKEN", "given")
    with pytest.raises(typer.Exit) as ended:
        credentials.bearer(found, tenant=None, role="Tenant.Viewer")
    told = capsys.readouterr().err
    assert (ended.value.exit_code, "no API key" in told, text[4:] in told) == (2, True, False)


def test_an_api_key_is_not_used_for_a_tenant_that_was_named(
    found: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AMBIT_API_KEY", KEY)
    with pytest.raises(typer.Exit) as ended:
        credentials.bearer(found, tenant="globex", role="Tenant.Viewer")
    assert (ended.value.exit_code, "not both" in capsys.readouterr().err) == (2, True)


def test_a_login_is_kept_for_its_user_alone_and_used_until_it_expires(found: Stack) -> None:
    credentials.save(found, {"access_token": "kept", "refresh_token": "r", "expires_in": 300})
    assert stat.S_IMODE(credentials.store_path().stat().st_mode) == 0o600
    assert credentials.bearer(found, tenant=None, role="Tenant.Viewer") == "kept"


def test_an_expired_login_is_refreshed_and_the_new_one_kept(found: Stack, issuer: Any) -> None:
    credentials.save(found, {"access_token": "old", "refresh_token": "r1", "expires_in": 0})
    assert credentials.bearer(found, tenant=None, role="Tenant.Viewer") == "fresh"
    assert b"refresh_token=r1" in issuer.asked[-1].body
    kept = json.loads(credentials.store_path().read_text())[found.api_url]
    assert kept["accessToken"] == "fresh"
    assert kept["expiresAt"] > time.time() + 200


def test_signing_out_forgets_this_platform_only(found: Stack) -> None:
    other = Stack("https://other", "i", "a", None)
    credentials.save(found, {"access_token": "a"})
    credentials.save(other, {"access_token": "b"})
    assert credentials.forget(found)
    assert not credentials.forget(found)
    assert credentials.bearer(other, tenant=None, role="x") == "b"


def test_nobody_signed_in_elsewhere_is_told_how_to(found: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        credentials.bearer(Stack("https://elsewhere", "i", "a", None), tenant=None, role="Tenant.Viewer")
    assert ended.value.exit_code == 3
    assert "ambit login" in capsys.readouterr().err


def test_the_issuers_refusal_is_told_in_its_own_words(
    found: Stack, issuer: Any, answer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer.will_answer("POST /oidc/token", answer(400, {"error": "invalid_client", "error_description": "bad secret"}))
    with pytest.raises(typer.Exit):
        credentials.machine_token(found, tenant="acme", role="Tenant.Viewer")
    assert "bad secret" in capsys.readouterr().err


@pytest.mark.parametrize("token", ["", "a.b", "a.!!.c"])
def test_claims_of_a_malformed_token_are_empty(token: str) -> None:
    assert credentials.claims(token) == {}


def test_claims_are_read_for_showing() -> None:
    middle = base64.urlsafe_b64encode(b'{"sub":"x"}').rstrip(b"=").decode()
    assert credentials.claims(f"h.{middle}.s") == {"sub": "x"}
