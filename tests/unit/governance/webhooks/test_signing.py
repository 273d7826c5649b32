"""What we sign, others verify: by the reference library of Standard Webhooks and by Svix's."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks.webhooks
import svix.webhooks

from governance.webhooks import signing
from governance.webhooks.signing import BadSecret

BODY = json.dumps({"type": "job.succeeded", "data": {"text": "żółć 🙂"}}, ensure_ascii=False).encode()
EVENT = "evt_" + "0" * 32
Verify = Callable[[str, bytes, Mapping[str, str]], Any]


def by_standard_webhooks(secret: str, body: bytes, headers: Mapping[str, str]) -> Any:
    return standardwebhooks.webhooks.Webhook(secret).verify(body, dict(headers))


def by_svix(secret: str, body: bytes, headers: Mapping[str, str]) -> Any:
    svix.webhooks.Webhook(secret).verify(body, dict(headers))  # raises, or answers nothing
    return json.loads(body)


REFUSALS = (standardwebhooks.webhooks.WebhookVerificationError, svix.webhooks.WebhookVerificationError)
every_library = pytest.mark.parametrize("verify", [by_standard_webhooks, by_svix])


def signed(*secrets: str, moment: datetime | None = None) -> dict[str, str]:
    return signing.headers(EVENT, BODY, moment or datetime.now(UTC), secrets)


@every_library
def test_others_verify_what_we_sign(verify: Verify) -> None:
    for _ in range(20):
        secret = signing.mint()
        assert verify(secret, BODY, signed(secret)) == json.loads(BODY)


@every_library
def test_while_a_rotation_overlaps_both_secrets_verify(verify: Verify) -> None:
    new, old, stranger = signing.mint(), signing.mint(), signing.mint()
    headers = signed(new, old)
    assert headers["webhook-signature"].count("v1,") == 2
    assert verify(new, BODY, headers)
    assert verify(old, BODY, headers)
    with pytest.raises(REFUSALS):
        verify(stranger, BODY, headers)


@every_library
@pytest.mark.parametrize("part", ["body", "id", "timestamp"])
def test_what_was_changed_underway_is_refused(verify: Verify, part: str) -> None:
    secret = signing.mint()
    headers, body = signed(secret), BODY
    if part == "body":
        body = BODY.replace(b"succeeded", b"failed")
    elif part == "id":
        headers["webhook-id"] = "evt_" + "1" * 32
    else:
        headers["webhook-timestamp"] = str(int(headers["webhook-timestamp"]) + 1)
    with pytest.raises(REFUSALS):
        verify(secret, body, headers)


@every_library
@pytest.mark.parametrize("off", [timedelta(minutes=-10), timedelta(minutes=10)])
def test_what_was_signed_at_another_time_is_refused(verify: Verify, off: timedelta) -> None:
    secret = signing.mint()
    with pytest.raises(REFUSALS):
        verify(secret, BODY, signed(secret, moment=datetime.now(UTC) + off))


def test_the_specifications_own_vector_holds() -> None:
    """The example of the reference libraries' tests: https://github.com/standard-webhooks/standard-webhooks."""
    headers = signing.headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        datetime.fromtimestamp(1614265330, UTC),
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_secrets_are_as_long_as_they_must_be_and_never_alike() -> None:
    made = {signing.mint() for _ in range(100)}
    assert len(made) == 100
    assert all(secret.startswith("whsec_") and len(secret) == 50 for secret in made)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ=", "whsec_" + "A" * 100])
def test_what_is_no_secret_signs_nothing(secret: str) -> None:
    with pytest.raises(BadSecret):
        signed(secret)
