"""What the edge itself answers: problem documents (RFC 9457), the same as API Gateway's responses."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

from starlette.responses import Response

from platform_kit.problem import MEDIA_TYPE, TYPE_BASE


@dataclass(frozen=True)
class Problem:
    """One kind of refusal. `retry_after` in seconds."""

    status: int
    code: str
    title: str
    detail: str
    retry_after: int | None = None


class Refused(Exception):
    """The request ends here with a problem document."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


TOO_LARGE = Problem(
    413, "PAYLOAD_TOO_LARGE", "Payload too large", "A body may have 10 MB; upload larger inputs through /v1/files."
)
UNREACHABLE = Problem(
    503, "DEPENDENCY_UNAVAILABLE", "Temporarily unavailable", "The platform does not answer; retry shortly.", 5
)


def respond(problem: Problem, path: str) -> Response:
    """The response for a problem of the edge's own."""
    request_id = f"req_{uuid.uuid4().hex}"
    document = {
        "type": TYPE_BASE + problem.code.lower().replace("_", "-"),
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": path,
        "code": problem.code,
        "requestId": request_id,
    }
    headers = {"cache-control": "no-store", "x-request-id": request_id}
    if problem.retry_after is not None:
        headers["retry-after"] = str(problem.retry_after)
    return Response(json.dumps(document), problem.status, headers, MEDIA_TYPE)
