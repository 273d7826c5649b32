"""Marks on our own refusals: the gateway shows the response interceptor what the request interceptor has answered.

By its seal a refusal of ours is told from what a target says, so that it reaches the agent as it is. The key is a
secret of the tenant's; without one nothing is sealed, and the agent hears a refusal without its reasons.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

PURPOSE: Final = b"interceptors"
"""What the tenant's secret is derived for."""
_MARK: Final = "ambit/seal"

Body = dict[str, Any]


@dataclass(frozen=True)
class Seal:
    """The seal for answers to one message of one run."""

    key: bytes
    run_id: str
    session: str
    rpc_id: object

    def put(self, body: Body) -> Body:
        """The answer, marked as ours."""
        if not self.key:
            return body
        place, inside = _place(body)
        held = dict(inside.get(place) or {})
        return _with(body, {**inside, place: {**held, _MARK: self._mark(body)}})

    def opened(self, body: object) -> Body | None:
        """The answer as it was before it was marked; None for what we did not mark, or not for this message."""
        if not self.key or not isinstance(body, dict):
            return None
        place, inside = _place(body)
        held = inside.get(place)
        if not isinstance(held, dict) or _MARK not in held:
            return None
        bare = {name: value for name, value in held.items() if name != _MARK}
        rest = {name: value for name, value in inside.items() if name != place}
        plain = _with(body, {**rest, place: bare} if bare else rest)
        return plain if hmac.compare_digest(str(held[_MARK]).encode(), self._mark(plain).encode()) else None

    def _mark(self, body: Mapping[str, Any]) -> str:
        about = [self.run_id, self.session, self.rpc_id, body]
        text = json.dumps(about, sort_keys=True, separators=(",", ":"))
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()


def _place(body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Where JSON-RPC and MCP leave room for what is nobody's: `error.data`, or `result._meta`."""
    found = body.get("error")
    if isinstance(found, dict):
        return "data", found
    result = body.get("result")
    return "_meta", result if isinstance(result, dict) else {}


def _with(body: Body, inside: dict[str, Any]) -> Body:
    return {**body, ("error" if "error" in body else "result"): inside}
