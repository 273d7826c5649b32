from __future__ import annotations

from collections.abc import Callable

import pytest

from lambdas.bff.errors import ProviderUnavailable, SessionExpired, SignInFailed
from lambdas.bff.models import ABSOLUTE_SECONDS, IDLE_SECONDS, LOGIN_SECONDS, LoginTransaction, WebSession
from lambdas.bff.service import WebSessions, safe_return_to
from tests.unit.lambdas.bff.bff_fakes import ISSUER, NOW, FakeClock, FakeProvider, FakeSessions, a_session


class World:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.provider = FakeProvider(self.clock)
        self.sessions = FakeSessions()
        self.pauses: list[float] = []
        self.on_pause: Callable[[], None] = lambda: None
        self.web = WebSessions(self.provider, self.sessions, self.clock, ISSUER, self._pause)

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.on_pause()

    def sign_in(self, **answer: str) -> WebSession:
        _, transaction = self.web.begin("/runs", None)
        return self.web.complete(transaction, {"code": "good-code", "state": transaction.state, **answer})


@pytest.fixture
def world() -> World:
    return World()


def test_a_sign_in_begins_with_fresh_secrets_every_time(world: World) -> None:
    _, first = world.web.begin("/runs", None)
    _, second = world.web.begin("/runs", None)
    assert {first.state, first.nonce, first.verifier}.isdisjoint({second.state, second.nonce, second.verifier})
    assert len(first.verifier) >= 43  # RFC 7636's least


def test_a_sign_in_asks_again_who_is_there_when_told_to(world: World) -> None:
    assert world.web.begin(None, "login")[0].endswith("prompt=login")


def test_a_completed_sign_in_keeps_a_session_with_both_limits(world: World) -> None:
    session = world.sign_in()
    assert world.sessions.kept[session.secret] == session
    assert session.idle_expires_at == NOW + IDLE_SECONDS
    assert session.absolute_expires_at == NOW + ABSOLUTE_SECONDS


def test_two_sign_ins_never_share_a_session_secret(world: World) -> None:
    assert world.sign_in().secret != world.sign_in().secret


def test_the_profile_comes_from_the_verified_claims(world: World) -> None:
    profile = world.sign_in().sealed.profile
    assert (profile.email, profile.tenant_id, profile.roles) == ("dev@acme.test", "acme", ["R"])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"state": "forged"}, "mismatch"),
        ({"state": ""}, "mismatch"),
        ({"iss": "https://another.example"}, "mismatch"),
        ({"error": "access_denied"}, "denied"),
        ({"error": "server_error"}, "failed"),
        ({"code": ""}, "failed"),
        ({"code": "used-before"}, "expired"),
    ],
)
def test_a_bad_answer_from_the_provider_starts_no_session(world: World, answer: dict[str, str], reason: str) -> None:
    with pytest.raises(SignInFailed) as failure:
        world.sign_in(**answer)
    assert failure.value.reason == reason
    assert world.sessions.kept == {}


def test_an_answer_without_a_begun_sign_in_is_refused(world: World) -> None:
    with pytest.raises(SignInFailed):
        world.web.complete(None, {"code": "good-code", "state": "x"})


def test_an_answer_that_comes_too_late_is_refused(world: World) -> None:
    _, transaction = world.web.begin(None, None)
    world.clock.epoch += LOGIN_SECONDS
    with pytest.raises(SignInFailed, match="expired"):
        world.web.complete(transaction, {"code": "good-code", "state": transaction.state})


def test_the_issuer_may_name_itself_in_the_answer(world: World) -> None:
    assert world.sign_in(iss=ISSUER).secret in world.sessions.kept


@pytest.mark.parametrize("secret", [None, "", "unknown"])
def test_nobody_is_signed_in_without_a_known_cookie(world: World, secret: str | None) -> None:
    with pytest.raises(SessionExpired):
        world.web.current(secret)


def test_use_moves_the_idle_limit(world: World) -> None:
    session = world.sign_in()
    world.clock.epoch += 1800
    assert world.web.current(session.secret).idle_expires_at == NOW + 1800 + IDLE_SECONDS


def test_use_within_a_minute_writes_nothing(world: World) -> None:
    session = world.sign_in()
    world.clock.epoch += 30
    world.web.current(session.secret)
    assert world.sessions.touches == 0


def test_use_cannot_move_the_absolute_limit(world: World) -> None:
    session = world.sign_in()
    for _ in range(ABSOLUTE_SECONDS // 3000):
        world.clock.epoch += 3000
        world.web.current(session.secret)
    world.clock.epoch = NOW + ABSOLUTE_SECONDS
    with pytest.raises(SessionExpired):
        world.web.current(session.secret)


def test_disuse_ends_a_session_and_removes_it(world: World) -> None:
    session = world.sign_in()
    world.clock.epoch += IDLE_SECONDS
    with pytest.raises(SessionExpired):
        world.web.access_token(session.secret)
    assert world.sessions.kept == {}


def test_a_fresh_access_token_is_handed_out_again(world: World) -> None:
    session = world.sign_in()
    assert world.web.access_token(session.secret) == ("access-1", 300)
    assert world.provider.refreshes == 0


def test_an_access_token_about_to_end_is_renewed(world: World) -> None:
    session = world.sign_in()
    world.clock.epoch += 241
    assert world.web.access_token(session.secret) == ("access-2", 300)


def test_the_renewed_refresh_token_serves_the_next_renewal(world: World) -> None:
    session = world.sign_in()
    for expected in ("access-2", "access-3", "access-4"):
        world.clock.epoch += 300
        assert world.web.access_token(session.secret)[0] == expected


def test_a_second_tab_waits_for_the_first_ones_refresh(world: World) -> None:
    session = world.sign_in()
    world.clock.epoch += 290
    assert world.sessions.take_refresh_lease(session, world.clock.epoch)  # the first tab is on its way

    def first_tab_finishes() -> None:
        tokens = world.provider.refresh(session.sealed.tokens)
        world.sessions.renew(session, session.sealed.model_copy(update={"tokens": tokens}))

    world.on_pause = first_tab_finishes
    assert world.web.access_token(session.secret)[0] == "access-2"
    assert world.provider.refreshes == 1
    assert not world.provider.ended


def test_a_refresh_abandoned_by_a_crash_is_taken_over(world: World) -> None:
    session = world.sign_in()
    world.clock.epoch += 290
    world.sessions.take_refresh_lease(session, world.clock.epoch)

    def pass_time() -> None:
        world.clock.epoch += 1

    world.on_pause = pass_time
    assert world.web.access_token(session.secret)[0] == "access-2"


def test_a_refresh_that_never_ends_is_a_503_not_a_hang(world: World) -> None:
    session = world.sign_in()
    world.clock.epoch += 290
    world.sessions.take_refresh_lease(session, world.clock.epoch)
    with pytest.raises(ProviderUnavailable):
        world.web.access_token(session.secret)
    assert sum(world.pauses) < 20


def test_signing_out_while_another_tab_waits_ends_the_wait(world: World) -> None:
    session = world.sign_in()
    world.clock.epoch += 290
    world.sessions.take_refresh_lease(session, world.clock.epoch)
    world.on_pause = lambda: world.sessions.remove(session.secret)
    with pytest.raises(SessionExpired):
        world.web.access_token(session.secret)


def test_a_refused_refresh_token_ends_the_session(world: World) -> None:
    session = world.sign_in()
    world.clock.epoch += 290
    world.provider.ended = True
    with pytest.raises(SessionExpired):
        world.web.access_token(session.secret)
    assert world.sessions.kept == {}


def test_a_provider_outage_keeps_the_session_and_frees_the_lease(world: World) -> None:
    session = world.sign_in()
    world.clock.epoch += 290
    world.provider.down = True
    with pytest.raises(ProviderUnavailable):
        world.web.access_token(session.secret)
    world.provider.down = False
    assert world.web.access_token(session.secret)[0] == "access-2"


def test_signing_out_forgets_the_session_and_tells_the_provider(world: World) -> None:
    session = world.sign_in()
    world.web.sign_out(session.secret)
    assert world.sessions.kept == {}
    assert world.provider.revoked == ["refresh-1"]


def test_signing_out_works_while_the_provider_is_down(world: World) -> None:
    session = world.sign_in()
    world.provider.down = True
    world.web.sign_out(session.secret)
    assert world.sessions.kept == {}


@pytest.mark.parametrize("secret", [None, "unknown"])
def test_signing_out_without_a_session_does_nothing(world: World, secret: str | None) -> None:
    world.web.sign_out(secret)
    assert world.provider.revoked == []


@pytest.mark.parametrize("path", ["/", "/runs", "/runs/run_1?tab=events#end", "/agents/echo-agent", "/bffoon"])
def test_a_page_of_the_web_app_may_be_returned_to(path: str) -> None:
    assert safe_return_to(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None, "", "runs", "https://evil.test", "//evil.test", "/\\evil.test", "\\/evil.test", "/a\r\nSet-Cookie: x",
        "/\tevil", "/a b", "/ä", "javascript:alert(1)", "/bff/logout", "/bff", "/v1/agents", "/" + "a" * 600,
    ],
)  # fmt: skip
def test_nothing_else_may_be_returned_to(path: str | None) -> None:
    assert safe_return_to(path) == "/"


def test_secrets_do_not_appear_in_a_models_text(world: World) -> None:
    _, transaction = world.web.begin(None, None)
    assert isinstance(transaction, LoginTransaction)
    assert transaction.verifier not in repr(transaction)
    session = a_session()
    assert "refresh-1" not in repr(session)
    assert "access-1" not in repr(session)
