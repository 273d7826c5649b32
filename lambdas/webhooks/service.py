"""Webhook endpoints: registered, changed, removed; each change with its entry in the tenant's audit log.

An endpoint is sent nothing but challenges until it has met one: so nobody can have events sent to whom they please.
What its URL leads to is asked when it is registered, and again whenever something is sent (`platform_kit.outbound`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.once import once
from data_access_lib.repositories import webhooks
from data_access_lib.repositories.audit import AuditDraft
from governance.events.envelope import body_of
from governance.events.facts import of_challenge
from governance.webhooks import challenge, secrets
from governance.webhooks.sending import CHALLENGE_SECONDS, Sender
from lambdas.webhooks.desk import Desk, OpenDesk
from lambdas.webhooks.models import (
    CreateWebhook,
    NewWebhookReply,
    PatchWebhook,
    RotateWebhookSecret,
    WebhookList,
    WebhookReply,
)
from lambdas.webhooks.views import endpoint_of
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, FieldError, Unprocessable
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count
from platform_kit.outbound import OutboundFailed, OutboundRefused, parse

_CREATE: Final = "POST /v1/webhooks"
_NO_LONGER: Final = ("challengeFailure", "failingSince", "disabledAt", "disabledReason")
Record = Mapping[str, Any]


@dataclass(frozen=True)
class WebhookService:
    """`desk` opens the caller's tenant; `sender` sends challenges."""

    desk: OpenDesk
    sender: Sender
    clock: Clock

    def create(
        self, who: Identity, wanted: CreateWebhook, *, key: str | None, body: bytes
    ) -> tuple[NewWebhookReply, bool]:
        """Register an endpoint, show its secret and challenge it; True beside a replay, which shows no secret.

        Unprocessable for a URL that may not be reached, Conflict when the tenant has as many as it may.
        """
        desk, shown = self.desk(who), list[str]()
        made = once(desk.answers, _CREATE, key, body, lambda: self._create(desk, who, wanted, shown.append))
        secret = None if made.replayed else shown[0]
        return NewWebhookReply.model_validate({**made.response, "secret": secret}), made.replayed

    def list(self, who: Identity) -> WebhookList:
        """All of the tenant's, oldest first."""
        desk = self.desk(who)
        return WebhookList(items=[self._shown(desk, who, record) for record in desk.webhooks.all()])

    def get(self, who: Identity, webhook_id: str) -> WebhookReply:
        """One endpoint; NotFound when there is none."""
        desk = self.desk(who)
        return self._shown(desk, who, desk.webhooks.get(webhook_id))

    def change(self, who: Identity, webhook_id: str, version: int, wanted: PatchWebhook) -> WebhookReply:
        """Change an endpoint; another URL, and one that shall be active, is challenged. StaleVersion."""
        desk = self.desk(who)
        record = _of_version(desk, webhook_id, version)
        fields = {name: value for name, value in wanted.model_dump(exclude_none=True).items() if name != "status"}
        moved = "url" in fields and fields["url"] != record["url"]
        if moved:
            self._check(str(fields["url"]))
        if wanted.status == "disabled":
            fields |= {"status": "disabled", "disabledAt": self._now(), "disabledReason": "asked"}
        elif moved or wanted.status == "active":
            fields |= {"status": "pending"}
        gone = _NO_LONGER if fields.get("status") == "pending" else ()
        record = self._commit(desk, "webhook.updated", record, {**fields, "updatedAt": self._now()}, gone)
        if record["status"] == "pending" and (moved or wanted.status == "active"):
            record = self._challenge(desk, who, record)
        return self._shown(desk, who, record)

    def rotate(
        self, who: Identity, webhook_id: str, wanted: RotateWebhookSecret, *, key: str | None, body: bytes
    ) -> tuple[NewWebhookReply, bool]:
        """Give an endpoint a new secret and show it; messages bear the signatures of both for the overlap."""
        desk, shown = self.desk(who), list[str]()
        route = f"POST /v1/webhooks/{webhook_id}/rotate-secret"
        rotate = lambda: self._rotate(desk, who, webhook_id, wanted, shown.append)  # noqa: E731 - what `once` carries out
        made = once(desk.answers, route, key, body, rotate)
        secret = None if made.replayed else shown[0]
        return NewWebhookReply.model_validate({**made.response, "secret": secret}), made.replayed

    def remove(self, who: Identity, webhook_id: str, version: int) -> None:
        """Remove an endpoint; what is on its way to it is given up. StaleVersion when it has changed meanwhile."""
        desk = self.desk(who)
        record = _of_version(desk, webhook_id, version)
        draft = AuditDraft("webhook.deleted", webhook_id, detail=_told(record))
        _committed(lambda: desk.audit.commit(draft, lambda found: desk.webhooks.delete_in(found, record)))
        count("WebhookChanged")

    def _create(self, desk: Desk, who: Identity, wanted: CreateWebhook, show: Callable[[str], None]) -> dict[str, Any]:
        self._check(wanted.url)
        if len(desk.webhooks.all()) >= webhooks.MOST:
            raise Conflict(f"A tenant has at most {webhooks.MOST} webhooks: change or remove one.")
        first, now = secrets.first(self.clock.now()), self._now()
        record = {
            **wanted.model_dump(),
            "webhookId": new_id("whk"),
            "status": "pending",
            "secrets": [first],
            "createdBy": who.principal_id,
            "createdAt": now,
            "updatedAt": now,
        }
        draft = AuditDraft("webhook.created", str(record["webhookId"]), detail=_told(record))
        made, _ = desk.audit.commit(draft, lambda found: desk.webhooks.create_in(found, record))
        count("WebhookChanged")
        show(str(first["secret"]))
        return self._saved(desk, who, self._challenge(desk, who, made))

    def _rotate(
        self, desk: Desk, who: Identity, webhook_id: str, wanted: RotateWebhookSecret, show: Callable[[str], None]
    ) -> dict[str, Any]:
        record, now = desk.webhooks.get(webhook_id), self.clock.now()
        if wanted.overlap_seconds and len(secrets.live(record["secrets"], now)) >= secrets.MOST:
            raise Conflict(
                "The endpoint's secrets of earlier rotations are still valid. Wait, or rotate without overlap."
            )
        fresh = secrets.rotated(record["secrets"], now, wanted.overlap_seconds)
        made = self._commit(desk, "webhook.secret_rotated", record, {"secrets": fresh, "updatedAt": self._now()})
        show(str(fresh[0]["secret"]))
        return self._saved(desk, who, made)

    def _challenge(self, desk: Desk, who: Identity, record: Record) -> Record:
        """Ask the endpoint; what it is then. An answer that comes too late for somebody's change counts for nothing."""
        asked, now, webhook_id = challenge.mint(), self.clock.now(), str(record["webhookId"])
        event = of_challenge(who.tenant(), webhook_id, asked, now, new_id("evt"))
        signed_by = secrets.valid(record["secrets"], now)
        tried = self.sender.send(
            str(record["url"]), event.event_id, body_of(event), signed_by, seconds=CHALLENGE_SECONDS
        )
        if challenge.is_met(asked, tried):
            count("WebhookVerified")
            fields = {"status": "active", "updatedAt": self._now()}
            return self._commit(desk, "webhook.verified", record, fields, ("challengeFailure",))
        count("WebhookChallengeFailed")
        fields = {"challengeFailure": challenge.failure(tried), "updatedAt": self._now()}
        return self._commit(desk, "webhook.challenge_failed", record, fields)

    def _check(self, url: str) -> None:
        """Unprocessable unless the URL may be reached, by what its host resolves to now."""
        try:
            self.sender.outbound.check(url)
        except OutboundRefused as refused:
            raise _bad_url(str(refused)) from None
        except (OutboundFailed, OSError):
            raise _bad_url("its host has no address") from None

    def _commit(
        self, desk: Desk, action: str, record: Record, fields: dict[str, Any], remove: tuple[str, ...] = ()
    ) -> Record:
        changed = {**record, **fields}
        draft = AuditDraft(action, str(record["webhookId"]), detail=_told(changed))
        made, _ = _committed(
            lambda: desk.audit.commit(
                draft, lambda found: desk.webhooks.change_in(found, record, fields, remove=_there(record, remove))
            )
        )
        count("WebhookChanged")
        found: Record = made
        return found

    def _shown(self, desk: Desk, who: Identity, record: Record) -> WebhookReply:
        gate = desk.gates.find(str(record["webhookId"]))
        return WebhookReply.model_validate(endpoint_of(record, gate, who, self.clock.now()))

    def _saved(self, desk: Desk, who: Identity, record: Record) -> dict[str, Any]:
        """What a repeated request is answered with: everything but the secret."""
        return self._shown(desk, who, record).model_dump(mode="json", by_alias=True, exclude_none=True)

    def _now(self) -> str:
        return rfc3339(self.clock.now())


def _of_version(desk: Desk, webhook_id: str, version: int) -> Record:
    record = desk.webhooks.get(webhook_id)
    if int(record["etag"]) != version:
        raise StaleVersion
    return record


def _committed(commit: Callable[[], Any]) -> Any:
    try:
        return commit()
    except ConditionFailed as failure:
        if failure.label != webhooks.LABEL:
            raise
        raise StaleVersion from None


def _there(record: Record, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name in record)


def _bad_url(why: str) -> Unprocessable:
    bad = FieldError("/url", why)
    return Unprocessable(
        "The platform does not send to this URL: give one of the public internet, by HTTPS.", errors=(bad,)
    )


def _told(record: Record) -> dict[str, Any]:
    """What the audit log is told: the URL without what follows its host, and no secret."""
    return {"origin": parse(str(record["url"])).origin, "events": list(record["events"]), "status": record["status"]}
