from __future__ import annotations

import pytest

from lambdas.bff.cookies import Cookies
from lambdas.bff.models import LoginTransaction
from lambdas.bff.sealing import Sealer

SEALER = Sealer(b"a-secret", "login")
CLOUD = Cookies(secure=True, sealer=SEALER)
LOCAL = Cookies(secure=False, sealer=SEALER)
TRANSACTION = LoginTransaction(state="st", nonce="no", verifier="ver", return_to="/runs", expires_at=1)


def pair_of(cookie: str) -> str:
    return cookie.partition(";")[0]


def test_the_session_cookie_is_host_bound_strict_secure_and_hidden_from_scripts() -> None:
    cookie = CLOUD.set_session("abc")
    assert cookie == "__Host-ambit=abc; Path=/; HttpOnly; SameSite=Strict; Secure"


def test_plain_loopback_does_without_secure_and_its_prefix() -> None:
    assert LOCAL.set_session("abc") == "ambit=abc; Path=/; HttpOnly; SameSite=Strict"


def test_the_sign_in_cookie_survives_the_way_back_from_another_site() -> None:
    cookie = CLOUD.set_login(TRANSACTION)
    assert cookie.startswith("__Host-ambit-login=")
    assert "SameSite=Lax" in cookie
    assert "HttpOnly" in cookie
    assert cookie.endswith("Max-Age=600")


def test_no_cookie_names_a_domain() -> None:
    for cookie in (CLOUD.set_session("a"), CLOUD.set_login(TRANSACTION), CLOUD.clear_session(), CLOUD.clear_login()):
        assert "domain" not in cookie.lower()


def test_clearing_ends_a_cookie_at_once() -> None:
    assert "Max-Age=0" in CLOUD.clear_session()
    assert "Max-Age=0" in CLOUD.clear_login()


def test_a_sign_in_comes_back_from_its_cookie() -> None:
    assert LOCAL.read_login(pair_of(LOCAL.set_login(TRANSACTION))) == TRANSACTION


def test_another_key_cannot_read_a_sign_in() -> None:
    other = Cookies(secure=False, sealer=Sealer(b"other", "login"))
    assert other.read_login(pair_of(LOCAL.set_login(TRANSACTION))) is None


@pytest.mark.parametrize(
    "header",
    [None, "", "ambit-login=", "ambit-login=AAAA", "ambit-login=%%%", "ambit-login=a", "other=1", "a=b; ;;=;"],
)
def test_a_cookie_that_was_not_sealed_here_is_no_sign_in(header: str | None) -> None:
    assert LOCAL.read_login(header) is None


def test_a_changed_sign_in_cookie_is_no_sign_in() -> None:
    cookie = pair_of(LOCAL.set_login(TRANSACTION))
    changed = cookie[:-4] + ("A" if cookie[-4] != "A" else "B") + cookie[-3:]
    assert LOCAL.read_login(changed) is None


def test_the_session_is_found_among_other_cookies() -> None:
    assert LOCAL.read_session("theme=dark; ambit=abc; other=1") == "abc"


@pytest.mark.parametrize("header", [None, "", "theme=dark", "ambit=", "notambit=abc", "__Host-ambit=abc"])
def test_without_its_cookie_there_is_no_session(header: str | None) -> None:
    assert LOCAL.read_session(header) is None


def test_behind_https_a_cookie_without_the_host_prefix_counts_for_nothing() -> None:
    assert CLOUD.read_session("ambit=planted-by-a-subdomain") is None
