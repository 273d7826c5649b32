from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.invites import INVITE, Invites
from data_access_lib.tenant import TenantId
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import Stores

ACME = TenantId("acme")
EXPIRY = "2026-03-11T05:06:07.890Z"


@pytest.fixture
def invites(stores: Stores) -> Invites:
    return Invites(stores.table(stores.control))


def created(invites: Invites, invite_id: str | None = None) -> str:
    invite_id = invite_id or new_id("inv")
    transaction = invites._table.transaction()
    invites.create(transaction, {"inviteId": invite_id, "tokenDigest": "h", "expiresAt": EXPIRY, "ttl": 7})
    transaction.commit()
    return invite_id


def settle(invites: Invites, invite_id: str, **more: Any) -> None:
    transaction = invites._table.transaction()
    invites.settle(transaction, invite_id, {"status": "accepted"}, **more)
    transaction.commit()


def test_an_invite_is_created_open_and_will_leave_the_table(invites: Invites, stores: Stores) -> None:
    invite_id = created(invites)
    record = {"inviteId": invite_id, "tokenDigest": "h", "expiresAt": EXPIRY, "status": "open"}
    assert invites.get(invite_id) == record == invites.find(invite_id)
    stored = stores.raw(stores.control, *keys.invite_key(ACME, invite_id))
    assert stored is not None
    assert stored["ttl"] == {"N": "7"}
    with pytest.raises(ConditionFailed):
        created(invites, invite_id)


def test_what_is_not_there_is_not_found(invites: Invites) -> None:
    assert invites.find(new_id("inv")) is None
    with pytest.raises(NotFound, match=r"^There is no such invite\.$"):
        invites.get(new_id("inv"))


def test_an_invite_is_settled_once(invites: Invites) -> None:
    invite_id = created(invites)
    settle(invites, invite_id)
    assert invites.get(invite_id)["status"] == "accepted"
    with pytest.raises(ConditionFailed) as caught:
        settle(invites, invite_id)
    assert caught.value.label == INVITE


def test_an_expired_invite_is_settled_only_by_who_does_not_mind(invites: Invites) -> None:
    invite_id = created(invites)
    for at in (EXPIRY, "2026-03-11T05:06:07.891Z"):
        with pytest.raises(ConditionFailed) as caught:
            settle(invites, invite_id, at=at)
        assert caught.value.label == INVITE
    settle(invites, invite_id, at="2026-03-11T05:06:07.889Z")
    settle(invites, created(invites))


def test_what_was_never_made_is_not_settled(invites: Invites) -> None:
    with pytest.raises(ConditionFailed):
        settle(invites, new_id("inv"))


def test_invites_are_listed_newest_first(invites: Invites, stores: Stores) -> None:
    ids = [created(invites) for _ in range(3)]
    assert [item["inviteId"] for item in invites.list().items] == ids[::-1]
    assert invites.list(limit=2).next_id == ids[1]
    assert Invites(stores.table(stores.control, "globex")).list().items == []
