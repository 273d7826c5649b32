from typing import Any, cast

import pytest

from lambdas.tools.desk import Desk
from lambdas.tools.models import RegisterPublisherKey, RevokePublisherKey
from lambdas.tools.publishers import PublisherService
from platform_kit.clock import SystemClock
from platform_kit.errors import NotFound, Unprocessable
from platform_kit.identity import Identity

REVOKED = {
    "keyId": "a" * 64,
    "publisher": "acme-tools",
    "publicKey": "PEM",
    "status": "revoked",
    "registeredBy": "usr:1:ops",
    "registeredAt": "2026-11-22T00:00:00.000Z",
    "reason": "stolen",
}


class Publishers:
    """One key, revoked long ago."""

    def find(self, key_id: str) -> dict[str, Any] | None:
        return REVOKED if key_id == REVOKED["keyId"] else None


def service() -> PublisherService:
    """Nothing can be written: whatever tries fails."""
    desk = Desk(*cast("Any", (None, None, Publishers(), None, None)))
    return PublisherService(lambda _who: desk, cast("Any", None), SystemClock())


WHO = cast("Identity", None)


def test_a_revoked_key_stays_as_it_was_revoked() -> None:
    again = service().revoke(WHO, "a" * 64, RevokePublisherKey(reason="again"))
    assert (again.status, again.reason) == ("revoked", "stolen")


def test_a_key_that_there_is_not_is_not_found() -> None:
    with pytest.raises(NotFound):
        service().revoke(WHO, "b" * 64, RevokePublisherKey(reason="x"))


def test_what_is_no_key_is_refused_before_anything_is_written() -> None:
    wanted = RegisterPublisherKey(publisher="acme-tools", public_key="x")
    with pytest.raises(Unprocessable) as refused:
        service().register(WHO, wanted, key=None, body=b"")
    assert refused.value.errors[0].pointer == "/publicKey"
