"""Keys of those who publish tool packs: registered and revoked by operators, each with its audit entry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.once import once
from data_access_lib.repositories import tool_packs
from data_access_lib.repositories.audit import AuditDraft
from governance.public_keys import NoKey, public_key
from lambdas.tools.desk import Desk
from lambdas.tools.models import PublisherKeyPage, PublisherKeyReply, RegisterPublisherKey, RevokePublisherKey
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, FieldError, NotFound, Unprocessable
from platform_kit.identity import Identity
from platform_kit.observability import count, logger

_PLATFORM: Final = "platform"
_LIST: Final = "GET /v1/tool-pack-publishers"
_REGISTER: Final = "POST /v1/tool-pack-publishers"


@dataclass(frozen=True)
class PublisherService:
    """`desk` opens the platform's records for an operator."""

    desk: Callable[[Identity], Desk]
    cursors: CursorCodec
    clock: Clock

    def register(
        self, who: Identity, wanted: RegisterPublisherKey, *, key: str | None, body: bytes
    ) -> tuple[PublisherKeyReply, bool]:
        """Trust a key; True beside the answer to a repeated request. Conflict when it is known, revoked ones alike."""
        desk = self.desk(who)

        def make() -> dict[str, Any]:
            made = self._registered(desk, who, wanted)
            return PublisherKeyReply.model_validate(made).model_dump(mode="json", by_alias=True, exclude_none=True)

        outcome = once(desk.answers, _REGISTER, key, body, make)
        return PublisherKeyReply.model_validate(outcome.response), outcome.replayed

    def list(self, who: Identity, *, limit: int, cursor: str | None) -> PublisherKeyPage:
        """All keys, those that were revoked too, by their thumbprints."""
        after = self.cursors.decode(_PLATFORM, _LIST, cursor)["after"] if cursor else None
        page = self.desk(who).publishers.list(limit=limit, after=after)
        following = self.cursors.encode(_PLATFORM, _LIST, {"after": page.next_id}) if page.next_id else None
        items = [PublisherKeyReply.model_validate(item) for item in page.items]
        return PublisherKeyPage(items=items, next_cursor=following)

    def revoke(self, who: Identity, key_id: str, wanted: RevokePublisherKey) -> PublisherKeyReply:
        """Trust a key no more, for good: nothing it signed is published or installed again. Twice is fine; NotFound."""
        desk = self.desk(who)
        record = self._one(desk, key_id)
        if record["status"] == "revoked":
            return PublisherKeyReply.model_validate(record)
        moment = rfc3339(self.clock.now())
        fields = {"revokedBy": who.principal_id, "revokedAt": moment, "reason": wanted.reason}
        draft = AuditDraft("tool_pack_key.revoked", key_id, detail={"reason": wanted.reason})
        try:
            desk.audit.commit(draft, lambda transaction: desk.publishers.revoke_in(transaction, key_id, fields))
        except ConditionFailed as failure:
            if failure.label != tool_packs.KEY_LABEL:
                raise
        count("ToolPackKeyRevoked")
        logger().warning("publisher key revoked", key=key_id, principal_id=who.principal_id)
        return PublisherKeyReply.model_validate(self._one(desk, key_id))

    def _one(self, desk: Desk, key_id: str) -> Any:
        record = desk.publishers.find(key_id)
        if record is None:
            raise NotFound("There is no such publisher key.")
        return record

    def _registered(self, desk: Desk, who: Identity, wanted: RegisterPublisherKey) -> dict[str, Any]:
        try:
            found = public_key(wanted.public_key)
        except NoKey as no:
            raise Unprocessable("The key cannot be used.", errors=(FieldError("/publicKey", str(no)),)) from None
        record = {
            "keyId": found.key_id,
            "publisher": wanted.publisher,
            "publicKey": found.pem,
            "status": "active",
            "registeredBy": who.principal_id,
            "registeredAt": rfc3339(self.clock.now()),
        }
        draft = AuditDraft("tool_pack_key.registered", found.key_id, detail={"publisher": wanted.publisher})
        try:
            made, _ = desk.audit.commit(draft, lambda transaction: desk.publishers.add_in(transaction, record))
        except ConditionFailed as failure:
            if failure.label != tool_packs.KEY_LABEL:
                raise
            raise Conflict("This key is registered already. A revoked one stays revoked: make a new one.") from None
        count("ToolPackKeyRegistered")
        logger().warning("publisher key registered", key=found.key_id, principal_id=who.principal_id)
        return made
