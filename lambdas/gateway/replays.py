"""The routes beside the tools, for the agent of a replay: it is answered, and nothing comes of it."""

import json
from dataclasses import dataclass
from typing import Any, Final

from enforcement.recording import Asked
from enforcement.replaying import ReplayDesk, ReplayOver
from governance.replays.calls import APPROVAL, CHECKPOINT, COMPLETE, EVENTS, hash_of
from lambdas.gateway.models import (
    AWAITING,
    AppendEvents,
    AwaitApproval,
    Complete,
    CompleteReply,
    EventsReply,
    Heartbeat,
    HeartbeatReply,
    RunCheckpointReply,
    RunTokenReply,
    SaveCheckpoint,
)
from lambdas.gateway.tokens import Mint, renewed
from platform_kit.api import Reply
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, ModeMismatch
from platform_kit.models import ApiReply

ASYNC: Final = "async"


def said_events(wanted: AppendEvents) -> Asked:
    """Events as they are recorded."""
    return Asked(EVENTS, "events", [event.model_dump(mode="json", by_alias=True) for event in wanted.events])


def said_checkpoint(wanted: SaveCheckpoint) -> Asked:
    """A checkpoint as it is recorded."""
    return Asked(CHECKPOINT, "checkpoint", wanted.state)


def said_end(wanted: Complete) -> Asked:
    """The end of a job as it is recorded."""
    return Asked(COMPLETE, wanted.status, wanted.model_dump(mode="json", by_alias=True, exclude_none=True))


def asked_approval(approval_id: str) -> Asked:
    """A question after an approval as it is recorded, once it is decided."""
    return Asked(APPROVAL, "approval", {"approvalId": approval_id})


@dataclass(frozen=True)
class Replayed:
    """What the agent of a replay says of itself, and hears."""

    mint: Mint
    clock: Clock

    def refresh(self, desk: ReplayDesk) -> RunTokenReply:
        """A new token with the same binding, while the replay runs."""
        principal, tenant = str(desk.running()["principalId"]), str(desk.store.context.tenant_id)
        return renewed(self.mint, self.clock, desk.binding, tenant=tenant, principal=principal)

    def heartbeat(self, desk: ReplayDesk, _beat: Heartbeat) -> HeartbeatReply:
        """Signs of life change nothing: a replay that is over tells its agent to stop."""
        try:
            replay = desk.running()
        except ReplayOver:
            return HeartbeatReply(status="cancelled", cancelled=True)
        return HeartbeatReply(status=str(replay["status"]), cancelled=False)

    def append(self, desk: ReplayDesk, wanted: AppendEvents) -> Reply:
        """Take events down to compare them; none is written into a log."""
        return _as_recorded(desk.say(said_events(wanted)), EventsReply(last_seq=len(wanted.events)))

    def save(self, desk: ReplayDesk, wanted: SaveCheckpoint) -> Reply:
        """Take a checkpoint down to compare it; nothing goes on from it."""
        said = said_checkpoint(wanted)
        reply = RunCheckpointReply(number=1, sha256=hash_of(wanted.state), saved_at=rfc3339(self.clock.now()))
        return _as_recorded(desk.say(said), reply)

    def complete(self, desk: ReplayDesk, outcome: Complete) -> Reply:
        """The end of a job: the replay is over, and compared."""
        if desk.binding.mode != ASYNC:
            raise ModeMismatch("This replay ends with the agent's answer; only those of async runs are completed.")
        if outcome.status == AWAITING:
            raise Conflict("A replay does not wait for people: what they decided is in the record.")
        desk.say(said_end(outcome))
        error = outcome.error
        if error is None:
            desk.complete(outcome.status, outcome.output, None)
        else:
            desk.complete(outcome.status, error.message, error.code)
        return Reply(CompleteReply(status=outcome.status))

    def decided(self, desk: ReplayDesk, approval_id: str, _wanted: AwaitApproval) -> Reply:
        """What people decided then; nobody is asked again."""
        answer = desk.decided(asked_approval(approval_id))
        return Reply(answer["body"], answer["status"])


def told(reply: ApiReply) -> dict[str, Any]:
    """An answer as it is recorded."""
    return {"status": 200, "body": json.loads(reply.model_dump_json(by_alias=True, exclude_none=True))}


def _as_recorded(answer: dict[str, Any] | None, otherwise: ApiReply) -> Reply:
    """The recorded answer; where there is none, one of the replay's own."""
    return Reply(otherwise) if answer is None else Reply(answer["body"], answer["status"])
