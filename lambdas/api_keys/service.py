"""API keys: made, listed, rotated, revoked. A secret is answered once and nothing but its hash is kept.

A key's record, in its tenant's partition, lists it; a credential for each secret, in the platform's, makes it usable.
They cannot be written in one transaction, so the order is such that a failure in between leaves nothing usable that is
not listed: recorded before it is opened, closed before that is recorded. Whoever asked was told of the failure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed
from data_access_lib.once import once
from data_access_lib.repositories.api_keys import ApiKeys
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.credentials import Credentials
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.key_usage import KeyUsage
from data_access_lib.tenant import TenantContext
from lambdas.api_keys.models import ApiKeyPage, ApiKeyReply, CreateApiKey, NewApiKeyReply, RotateApiKey
from lambdas.api_keys.views import key_reply
from platform_kit import api_key
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, FieldError, Unprocessable
from platform_kit.ids import new_id
from platform_kit.observability import count

DEFAULT_LIFETIME: Final = timedelta(days=90)
MOST_LIFETIME: Final = timedelta(days=366)  # a year, also one with a leap day
MOST_KEYS: Final = 100
MOST_SECRETS: Final = 5
_LIST: Final = "GET /v1/api-keys"
_CREATE: Final = "POST /v1/api-keys"
_ATTEMPTS: Final = 5
_TOLD: Final = ("name", "scopes", "agents", "domains", "environment", "ipAllow", "ratePerSecond", "prefix", "expiresAt")

Record = Mapping[str, Any]


@dataclass(frozen=True)
class KeyCabinet:
    """What one admin of one tenant works with."""

    keys: ApiKeys
    usage: KeyUsage
    answers: Idempotency
    audit: AuditLog


@dataclass(frozen=True)
class ApiKeyService:
    """`cabinet` opens a tenant's keys with credentials for that tenant alone; `credentials` are the platform's."""

    cabinet: Callable[[TenantContext], KeyCabinet]
    credentials: Credentials
    cursors: CursorCodec
    clock: Clock

    def create(
        self, who: TenantContext, wanted: CreateApiKey, *, key: str | None, body: bytes
    ) -> tuple[NewApiKeyReply, bool]:
        """Make a key and show its secret; True beside a replay, which does not. Unprocessable for a bad end."""
        cabinet, secret = self.cabinet(who), api_key.mint()
        made = once(cabinet.answers, _CREATE, key, body, lambda: self._create(cabinet, who, wanted, secret))
        return _told(made.response, None if made.replayed else secret), made.replayed

    def rotate(
        self, who: TenantContext, key_id: str, wanted: RotateApiKey, *, key: str | None, body: bytes
    ) -> tuple[NewApiKeyReply, bool]:
        """Give a key a new secret and show it; those there were stay valid for the overlap and no longer."""
        cabinet, secret = self.cabinet(who), api_key.mint()
        # The key's id is part of the route: one idempotency key for two keys is two requests.
        route = f"POST /v1/api-keys/{key_id}/rotate"
        made = once(cabinet.answers, route, key, body, lambda: self._rotate(cabinet, who, key_id, wanted, secret))
        return _told(made.response, None if made.replayed else secret), made.replayed

    def list(self, who: TenantContext, *, limit: int, cursor: str | None) -> ApiKeyPage:
        """The tenant's keys with their use, newest first; InvalidCursor for a cursor that is not of this list."""
        cabinet = self.cabinet(who)
        after = self.cursors.decode(who.tenant_id, _LIST, cursor)["after"] if cursor else None
        page = cabinet.keys.list(limit=limit, after=after)
        following = self.cursors.encode(who.tenant_id, _LIST, {"after": page.next_id}) if page.next_id else None
        return ApiKeyPage(items=_shown(cabinet, page.items, self.clock.now()), next_cursor=following)

    def get(self, who: TenantContext, key_id: str) -> ApiKeyReply:
        """One key with its use; NotFound when there is none."""
        cabinet = self.cabinet(who)
        return _shown(cabinet, [cabinet.keys.get(key_id)], self.clock.now())[0]

    def revoke(self, who: TenantContext, key_id: str) -> None:
        """End a key and all its secrets, for good (caches let go within 60 s); a revoked one stays as it is."""
        cabinet = self.cabinet(who)
        for _ in range(_ATTEMPTS):
            record = cabinet.keys.get(key_id)
            if record["status"] == "revoked" or self._revoke(cabinet, record):
                return
        raise Conflict("The key is being changed by others. Try again.", retry_after=1)

    def _create(self, cabinet: KeyCabinet, who: TenantContext, wanted: CreateApiKey, secret: str) -> dict[str, Any]:
        now = self.clock.now()
        if cabinet.keys.count_live(int(now.timestamp())) >= MOST_KEYS:
            raise Unprocessable(f"A tenant may have {MOST_KEYS} live keys. Revoke one that is not needed.")
        record = self._record(who, wanted, secret, now)
        draft = AuditDraft("api_key.created", record["keyId"], detail=_detail(record))
        cabinet.audit.commit(draft, lambda transaction: cabinet.keys.create_in(transaction, record))
        self.credentials.open(api_key.digest(secret), _grant(who, record))
        count("ApiKeyCreated")
        return _saved(record, now)

    def _rotate(
        self, cabinet: KeyCabinet, who: TenantContext, key_id: str, wanted: RotateApiKey, secret: str
    ) -> dict[str, Any]:
        now = self.clock.now()
        record = cabinet.keys.get(key_id)
        live = _live_secrets(record, now)
        ends = int((now + timedelta(seconds=wanted.overlap_seconds)).timestamp())
        fresh = self._secret(secret, now, _end(wanted.expires_at, now, _lifetime(record)))
        for old in live:
            self.credentials.shorten(old["digest"], key_id, ends)
        kept = [{**old, "expiresAt": min(int(old["expiresAt"]), ends)} for old in live]
        changes = {
            "secrets": [fresh, *kept],
            "prefix": fresh["prefix"],
            "expiresAt": fresh["expiresAt"],
            "rotatedAt": rfc3339(now),
        }
        self._replace(cabinet, record, changes, wanted.overlap_seconds)
        self.credentials.open(fresh["digest"], _grant(who, {**record, **changes}))
        count("ApiKeyRotated")
        return _saved({**record, **changes}, now)

    def _replace(self, cabinet: KeyCabinet, record: Record, changes: dict[str, Any], overlap: int) -> None:
        told = {"prefix": changes["prefix"], "expiresAt": changes["expiresAt"], "overlapSeconds": overlap}
        draft = AuditDraft("api_key.rotated", record["keyId"], detail=told)
        try:
            cabinet.audit.commit(
                draft, lambda found: cabinet.keys.change_in(found, record["keyId"], record["etag"], changes)
            )
        except ConditionFailed:
            raise Conflict("The key was changed by others at this moment. Look again, then decide.") from None

    def _revoke(self, cabinet: KeyCabinet, record: Record) -> bool:
        """False when the record changed meanwhile: it may have another secret now."""
        key_id, now = record["keyId"], rfc3339(self.clock.now())
        for secret in record["secrets"]:
            self.credentials.revoke(secret["digest"], key_id)
        draft = AuditDraft("api_key.revoked", key_id, detail={"name": record["name"], "prefix": record["prefix"]})
        changes = {"status": "revoked", "revokedAt": now}
        try:
            cabinet.audit.commit(draft, lambda found: cabinet.keys.change_in(found, key_id, record["etag"], changes))
        except ConditionFailed:
            return False
        count("ApiKeyRevoked")
        return True

    def _record(self, who: TenantContext, wanted: CreateApiKey, secret: str, now: datetime) -> dict[str, Any]:
        given = wanted.model_dump(by_alias=True, exclude_none=True)
        fresh = self._secret(secret, now, _end(wanted.expires_at, now, DEFAULT_LIFETIME))
        return {
            **given,
            "keyId": new_id("key"),
            "prefix": fresh["prefix"],
            "status": "active",
            "expiresAt": fresh["expiresAt"],
            "secrets": [fresh],
            "createdBy": who.principal_id,
            "createdAt": rfc3339(now),
        }

    def _secret(self, secret: str, now: datetime, end: datetime) -> dict[str, Any]:
        return {
            "digest": api_key.digest(secret),
            "prefix": api_key.shown(secret),
            "createdAt": int(now.timestamp()),
            "expiresAt": int(end.timestamp()),
        }


def _shown(cabinet: KeyCabinet, records: list[dict[str, Any]], now: datetime) -> list[ApiKeyReply]:
    used = cabinet.usage.find_many(record["keyId"] for record in records)
    whole = [{**record, **used.get(record["keyId"], {})} for record in records]
    return [ApiKeyReply.model_validate(key_reply(record, now)) for record in whole]


def _end(text: str | None, now: datetime, lifetime: timedelta) -> datetime:
    """When a secret ends: as asked, or after its lifetime. Unprocessable when that is not within the year to come."""
    end = _time(text) if text else now + lifetime
    if not now < end <= now + MOST_LIFETIME:
        problem = FieldError("/expiresAt", "must be in the future, and at most a year from now")
        raise Unprocessable("A key ends within the year to come.", errors=(problem,))
    return end


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unprocessable("There is no such time.", errors=(FieldError("/expiresAt", "no such time"),)) from None


def _live_secrets(record: Record, now: datetime) -> list[dict[str, Any]]:
    """The secrets that may still be used; Conflict when the key can have no further one."""
    live = [secret for secret in record["secrets"] if secret["expiresAt"] > now.timestamp()]
    if record["status"] != "active" or not live:
        raise Conflict("The key has ended. Make a new one.")
    if len(live) >= MOST_SECRETS:
        raise Conflict(f"The key has {MOST_SECRETS} secrets that are still valid. Wait until an overlap has passed.")
    return live


def _lifetime(record: Record) -> timedelta:
    present = record["secrets"][0]
    return timedelta(seconds=int(present["expiresAt"]) - int(present["createdAt"]))


def _grant(who: TenantContext, record: Record) -> dict[str, Any]:
    """What the authoriser reads."""
    limits = ("scopes", "agents", "domains", "environment", "ipAllow", "ratePerSecond", "expiresAt")
    granted = {name: record[name] for name in limits if name in record}
    return {"kind": "key", "tenantId": str(who.tenant_id), "id": record["keyId"], **granted}


def _detail(record: Record) -> dict[str, Any]:
    return {name: record[name] for name in _TOLD if name in record}


def _saved(record: Record, now: datetime) -> dict[str, Any]:
    """What a repeated request is answered with: everything but the secret."""
    return NewApiKeyReply.model_validate(key_reply(record, now)).model_dump(by_alias=True, exclude_none=True)


def _told(saved: dict[str, Any], secret: str | None) -> NewApiKeyReply:
    return NewApiKeyReply.model_validate({**saved, "secret": secret})
