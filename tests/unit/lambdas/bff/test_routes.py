from __future__ import annotations

from typing import Any

import pytest

from lambdas.bff.cookies import Cookies
from lambdas.bff.routes import ROUTES, Bff
from lambdas.bff.sealing import Sealer
from lambdas.bff.service import WebSessions
from platform_kit import access, api
from tests.functional.moto_platform import event
from tests.unit.lambdas.bff.bff_fakes import ISSUER, FakeClock, FakeProvider, FakeSessions, a_session

ORIGIN = "https://app.example"
OWN_PAGE = {"origin": ORIGIN, "x-ambit-csrf": "1", "cookie": "__Host-ambit=s3cret"}


class World:
    def __init__(self) -> None:
        clock = FakeClock()
        self.provider = FakeProvider(clock)
        self.sessions = FakeSessions()
        web = WebSessions(self.provider, self.sessions, clock, ISSUER, lambda _seconds: None)
        bff = Bff(web, Cookies(secure=True, sealer=Sealer(b"k", "login")), ORIGIN)
        self.handle = api.lambda_handler(ROUTES, lambda: bff)

    def call(self, route: str, **parts: Any) -> dict[str, Any]:
        return self.handle(event(route, **parts), None)


@pytest.fixture
def world() -> World:
    return World()


def test_every_route_of_the_table_is_served() -> None:
    assert set(ROUTES.operations) == {route.key for route in access.served_by("bff")}


def test_signing_in_sets_the_sign_in_cookie_and_leads_to_the_provider(world: World) -> None:
    answer = world.call("GET /bff/login", query={"returnTo": "/runs", "prompt": "login"})
    [cookie] = answer["multiValueHeaders"]["set-cookie"]
    assert answer["statusCode"] == 302
    assert answer["headers"]["location"].endswith("&prompt=login")
    assert cookie.startswith("__Host-ambit-login=")


@pytest.mark.parametrize("prompt", ["none", "consent", "login consent"])
def test_no_other_prompt_is_passed_on(world: World, prompt: str) -> None:
    assert "prompt" not in world.call("GET /bff/login", query={"prompt": prompt})["headers"]["location"]


def test_redirects_are_kept_by_nobody(world: World) -> None:
    assert world.call("GET /bff/login")["headers"]["cache-control"] == "no-store"


def test_an_outage_during_the_exchange_is_said_on_the_sign_in_page(world: World) -> None:
    answer = world.call("GET /bff/login")
    cookie = answer["multiValueHeaders"]["set-cookie"][0].partition(";")[0]
    state = answer["headers"]["location"].partition("state=")[2]
    world.provider.down = True
    query = {"code": "good-code", "state": state}
    back = world.call("GET /bff/callback", query=query, headers={"cookie": cookie})
    assert back["headers"]["location"] == "/sign-in?error=unavailable"


def test_the_session_tells_who_and_until_when(world: World) -> None:
    world.sessions.create(a_session())
    body = world.call("GET /bff/session", headers={"cookie": "__Host-ambit=s3cret"})["body"]
    assert '"email":"dev@acme.test"' in body
    assert '"idleExpiresAt":"2027-' in body
    assert "access-1" not in body
    assert "refresh-1" not in body


def test_a_token_is_given_to_the_app_s_own_page(world: World) -> None:
    world.sessions.create(a_session())
    answer = world.call("POST /bff/token", headers=OWN_PAGE)
    assert '"accessToken":"access-1"' in answer["body"]
    assert answer["headers"]["cache-control"] == "no-store"


def test_an_outage_of_the_provider_is_a_503_with_a_time_to_wait(world: World) -> None:
    session = a_session()
    tokens = session.sealed.tokens.model_copy(update={"expires_at": 0})
    world.sessions.create(a_session(sealed=session.sealed.model_copy(update={"tokens": tokens})))
    world.provider.down = True
    answer = world.call("POST /bff/token", headers=OWN_PAGE)
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "5")


def test_signing_out_clears_the_cookie(world: World) -> None:
    world.sessions.create(a_session())
    answer = world.call("POST /bff/logout", headers=OWN_PAGE)
    assert answer["statusCode"] == 204
    assert "Max-Age=0" in answer["multiValueHeaders"]["set-cookie"][0]
    assert world.sessions.kept == {}
