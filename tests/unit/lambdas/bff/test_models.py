from __future__ import annotations

from typing import Any

import pytest

from lambdas.bff.models import AccessTokenReply, profile_from
from tests.unit.lambdas.bff.bff_fakes import NOW, a_session


def test_a_session_lasts_until_the_earlier_of_its_limits() -> None:
    assert not a_session(idle_expires_at=NOW + 1).is_over(NOW)
    assert a_session(idle_expires_at=NOW).is_over(NOW)
    assert a_session(absolute_expires_at=NOW).is_over(NOW)


def test_a_profile_without_address_takes_the_preferred_name() -> None:
    assert profile_from({"sub": "u", "preferred_username": "dev@x.test"}).email == "dev@x.test"


@pytest.mark.parametrize("roles", [None, "Platform.Admin", {"a": 1}])
def test_roles_that_are_no_list_count_for_nothing(roles: Any) -> None:
    assert profile_from({"sub": "u", "roles": roles}).roles == []


def test_a_token_reply_does_not_print_its_token() -> None:
    assert "secret-token" not in repr(AccessTokenReply(access_token="secret-token", expires_in=1))
