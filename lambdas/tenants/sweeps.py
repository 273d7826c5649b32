"""The beginning of a retention sweep that an operator asks for; the nightly one begins by schedule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.once import once
from data_access_lib.tenant import PLATFORM
from lambdas.tenants.exports import Counter
from lambdas.tenants.models import OperationReply
from lambdas.tenants.views import operation_reply
from lambdas.tenants.workflow import Workflow
from platform_kit.errors import AmbitError
from platform_kit.identity import Identity
from platform_kit.ids import new_id

RETAIN: Final = "retention.sweep"

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Sweeps:
    """Two sweeps at the same time do each other no harm: what one has removed the other does not find."""

    workflow: Workflow

    def begin(self, counter: Counter, who: Identity, *, key: str | None, body: bytes) -> tuple[OperationReply, bool]:
        """Begin a sweep over all tenants; True beside the answer to a repeated request."""
        route = "POST /v1/platform/retention-sweeps"
        outcome = once(counter.answers, route, key, body, lambda: self._begin(counter, who))
        return OperationReply.model_validate(outcome.response), outcome.replayed

    def _begin(self, counter: Counter, who: Identity) -> dict[str, Any]:
        operation_id, owner = new_id("opn"), str(PLATFORM)
        record = {"operationId": operation_id, "kind": RETAIN, "tenantId": owner, "requestedBy": who.principal_id}
        queued: Item = counter.operations.create(record)
        try:
            self.workflow.start(operation_id, owner)
        except AmbitError as failure:
            told = "The sweep could not be started. Begin it again."
            counter.operations.fail(operation_id, {"code": failure.code, "message": told})
            raise
        return operation_reply(queued).model_dump(by_alias=True, exclude_none=True)
