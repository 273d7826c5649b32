"""The session function whole: its handler on moto, against the real identity provider."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import boto3
import jwt
import pytest

from lambdas.bff import handler
from lambdas.bff.models import IDLE_SECONDS
from platform_kit.clock import SystemClock
from tests.functional.idp.browser import Browser
from tests.functional.idp.idp_process import PUBLIC_ORIGIN, RunningIdp, free_port
from tests.functional.moto_platform import REGION, event, platform_on_moto, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

OWN_PAGE = {"origin": PUBLIC_ORIGIN, "x-ambit-csrf": "1"}


class Tab:
    """A browser tab: it keeps cookies and calls the function as the web app does."""

    def __init__(self, idp: RunningIdp) -> None:
        self.idp = idp
        self.cookies: dict[str, str] = {}
        self.answer: dict[str, Any] = {}

    def call(self, route: str, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None) -> Tab:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **(headers or {})}
        self.answer = handler.handle(event(route, query=query, headers=sent), None)
        for cookie in self.answer.get("multiValueHeaders", {}).get("set-cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return self

    @property
    def status(self) -> int:
        return int(self.answer["statusCode"])

    @property
    def json(self) -> Any:
        return json.loads(self.answer["body"])

    @property
    def location(self) -> str:
        return str(self.answer["headers"]["location"])

    def begin(self, **query: str) -> str:
        """Where the provider sends the browser after the person has signed in."""
        self.call("GET /bff/login", query or None)
        address = urlsplit(self.location)
        browser = Browser(self.idp, redirect_uri=f"{PUBLIC_ORIGIN}/bff/callback")
        page = browser.follow(browser.get(f"{address.path}?{address.query}"))
        return str(browser.submit(page, "dev@acme.test").headers["location"])

    def finish(self, location: str) -> Tab:
        query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        return self.call("GET /bff/callback", query)

    def sign_in(self, **query: str) -> Tab:
        return self.finish(self.begin(**query))

    def token(self) -> Tab:
        return self.call("POST /bff/token", headers=OWN_PAGE)

    @property
    def secret(self) -> str:
        return self.cookies["ambit"]


@pytest.fixture
def tab(monkeypatch: pytest.MonkeyPatch, idp: RunningIdp) -> Iterator[Tab]:
    environment = {
        "PUBLIC_URL": PUBLIC_ORIGIN,
        "OIDC_ISSUER": f"{idp.origin}/oidc",
        "OIDC_CLIENT_ID": "ambit-spa",
        "POWERTOOLS_SERVICE_NAME": "bff",
    }
    with platform_on_moto(monkeypatch, **environment):
        secret = boto3.client("secretsmanager", region_name=REGION).create_secret(Name="bff", SecretString="k" * 64)
        monkeypatch.setenv("BFF_SECRET_ARN", secret["ARN"])
        handler._bff.cache_clear()
        yield Tab(idp)
        handler._bff.cache_clear()


def stored() -> list[dict[str, Any]]:
    return list(table("ops").scan()["Items"])


def let_pass(seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the function's clock; the provider's own stays."""
    later = datetime.now(UTC) + timedelta(seconds=seconds)
    monkeypatch.setattr(SystemClock, "now", lambda _self: later)


def test_a_person_signs_in_and_returns_where_they_were(tab: Tab) -> None:
    tab.sign_in(returnTo="/runs?mine=1")
    assert (tab.status, tab.location) == (302, "/runs?mine=1")
    assert tab.call("GET /bff/session").json["user"]["email"] == "dev@acme.test"


def test_the_access_token_is_the_api_s(tab: Tab) -> None:
    answer = tab.sign_in().token().json
    claims = jwt.decode(answer["accessToken"], options={"verify_signature": False})
    assert (claims["aud"], claims["tenantid"], claims["roles"]) == ("ambit-api", "acme", ["Tenant.Developer"])
    assert 240 < answer["expiresIn"] <= 300


def test_no_redirect_carries_a_token_and_the_sign_in_cookie_serves_once(tab: Tab) -> None:
    location = tab.begin()
    tab.finish(location)
    assert "token" not in tab.location
    assert tab.cookies["ambit-login"] == ""
    assert tab.finish(location).location == "/sign-in?error=expired"


def test_a_session_secret_is_new_with_every_sign_in(tab: Tab) -> None:
    first = tab.sign_in().secret
    assert tab.sign_in().secret != first


def test_a_planted_session_cookie_is_not_adopted(tab: Tab) -> None:
    tab.cookies["ambit"] = "chosen-by-an-attacker"
    assert tab.sign_in().secret != "chosen-by-an-attacker"


def test_an_answer_meant_for_another_browser_signs_nobody_in(tab: Tab, idp: RunningIdp) -> None:
    attackers = Tab(idp).begin()
    tab.call("GET /bff/login")
    assert tab.finish(attackers).location == "/sign-in?error=mismatch"
    assert "ambit" not in tab.cookies


def test_an_answer_without_the_sign_in_cookie_is_refused(tab: Tab, idp: RunningIdp) -> None:
    location = tab.begin()
    assert Tab(idp).finish(location).location == "/sign-in?error=expired"


def test_a_forged_code_ends_at_the_sign_in_page(tab: Tab) -> None:
    location = tab.begin()
    state = parse_qs(urlsplit(location).query)["state"][0]
    tab.call("GET /bff/callback", {"code": "forged", "state": state})
    assert tab.location == "/sign-in?error=expired"
    assert stored() == []


@pytest.mark.parametrize("hostile", ["//evil.test", "https://evil.test", "/\\evil.test", "/bff/logout"])
def test_nobody_is_sent_to_another_site(tab: Tab, hostile: str) -> None:
    assert tab.sign_in(returnTo=hostile).location == "/"


def test_what_is_stored_is_neither_the_cookie_nor_a_token(tab: Tab) -> None:
    tab.sign_in()
    token = tab.token().json["accessToken"]
    [item] = stored()
    text = repr(item)
    assert item["pk"].startswith("TENANT#platform#BFFSESSION#")
    assert tab.secret not in text
    assert token[:40] not in text
    assert "dev@acme.test" not in text
    assert "ttl" in item


def test_nothing_that_is_logged_is_a_secret(
    tab: Tab, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        token = tab.sign_in().token().json["accessToken"]
        tab.call("POST /bff/logout", headers=OWN_PAGE)
        tab.call("GET /bff/callback", {"code": "a-code-not-to-log", "state": "x"})
    said = caplog.text + capsys.readouterr().out
    for secret in (token, tab.secret or "-", "a-code-not-to-log"):
        assert secret == "-" or secret not in said


def test_nobody_is_told_politely(tab: Tab) -> None:
    assert tab.call("GET /bff/session").json == {"authenticated": False}
    assert tab.status == 200


def test_no_token_without_a_session(tab: Tab) -> None:
    assert tab.token().status == 401
    assert tab.json["code"] == "SESSION_EXPIRED"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-ambit-csrf": "1"},
        {"origin": PUBLIC_ORIGIN},
        {"x-ambit-csrf": "1", "origin": "null"},
        {"x-ambit-csrf": "1", "origin": "http://127.0.0.1:18081"},
        {"x-ambit-csrf": "1", "origin": f"{PUBLIC_ORIGIN}.evil.test"},
    ],
)
@pytest.mark.parametrize("route", ["POST /bff/token", "POST /bff/logout"])
def test_another_site_gets_neither_token_nor_sign_out(tab: Tab, route: str, headers: dict[str, str]) -> None:
    tab.sign_in()
    assert tab.call(route, headers=headers).status == 403
    assert tab.json["code"] == "CROSS_SITE_REQUEST"
    assert len(stored()) == 1


def test_an_old_access_token_is_renewed_and_the_session_lives_on(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tab.sign_in().token().json["accessToken"]
    let_pass(290, monkeypatch)
    second = tab.token().json["accessToken"]
    assert second != first
    assert tab.token().json["accessToken"] == second


def test_signing_out_ends_the_session_here_and_at_the_provider(tab: Tab) -> None:
    tab.sign_in()
    session = handler._bff().web.current(tab.secret)
    refresh_token = session.sealed.tokens.refresh_token
    assert tab.call("POST /bff/logout", headers=OWN_PAGE).status == 204
    assert tab.cookies["ambit"] == ""
    assert stored() == []
    assert Browser(tab.idp).refresh(refresh_token).status_code == 400


def test_a_stolen_cookie_is_worthless_after_signing_out(tab: Tab, idp: RunningIdp) -> None:
    thief = Tab(idp)
    thief.cookies["ambit"] = tab.sign_in().secret
    tab.call("POST /bff/logout", headers=OWN_PAGE)
    assert thief.token().status == 401


def test_a_grant_ended_at_the_provider_ends_the_session(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    tab.sign_in()
    tokens = handler._bff().web.current(tab.secret).sealed.tokens
    form = {"client_id": "ambit-spa", "token": tokens.refresh_token}
    Browser(tab.idp).post("/oidc/token/revocation", form)
    let_pass(290, monkeypatch)
    assert tab.token().status == 401
    assert stored() == []


def test_a_session_left_alone_ends(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    tab.sign_in()
    let_pass(IDLE_SECONDS, monkeypatch)
    assert tab.call("GET /bff/session").json == {"authenticated": False}
    assert tab.cookies["ambit"] == ""


def test_a_replaced_key_signs_everybody_out_without_an_error(tab: Tab) -> None:
    tab.sign_in()
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.put_secret_value(SecretId="bff", SecretString="n" * 64)
    handler._bff.cache_clear()
    assert tab.call("GET /bff/session").json == {"authenticated": False}


def test_a_key_rotation_at_the_provider_does_not_stop_sign_ins(tab: Tab, idp: RunningIdp) -> None:
    tab.sign_in()
    Browser(idp).post("/admin/rotate-keys", {})
    assert tab.sign_in().location == "/"


def test_the_provider_being_down_is_said_on_the_sign_in_page(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_ISSUER", "http://127.0.0.1:9/oidc")
    handler._bff.cache_clear()
    assert tab.call("GET /bff/login").location == "/sign-in?error=unavailable"


def test_an_unknown_parameter_is_refused(tab: Tab) -> None:
    assert tab.call("GET /bff/login", {"redirect_uri": "https://evil.test"}).status == 400


def test_many_tabs_at_once_never_use_a_refresh_token_twice(
    tab: Tab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # tokens of 30 s are never fresh enough: every call of every tab refreshes, and a reuse would end the session
    strict = RunningIdp(free_port(), tmp_path, access_token_seconds=30)
    strict.start()
    monkeypatch.setenv("OIDC_ISSUER", f"{strict.origin}/oidc")
    handler._bff.cache_clear()
    try:
        first = Tab(strict).sign_in()
        tabs = [Tab(strict) for _ in range(8)]
        for other in tabs:
            other.cookies = dict(first.cookies)
        with ThreadPoolExecutor(len(tabs)) as pool:
            statuses = list(pool.map(lambda one: one.token().status, tabs))
        assert statuses == [200] * len(tabs)
        assert first.token().status == 200
        assert "invalid_grant" not in strict.log.read_text()
    finally:
        strict.stop()
