"""Correlation: a W3C trace context (https://www.w3.org/TR/trace-context/) for every request, the caller's when sent."""

import re
import secrets
from dataclasses import dataclass
from typing import Final

_TRACEPARENT: Final = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")
_NO_TRACE: Final = "0" * 32
_NO_SPAN: Final = "0" * 16


@dataclass(frozen=True)
class Trace:
    """One hop of a trace: 16-byte trace id and 8-byte span id in hex."""

    trace_id: str
    span_id: str

    @property
    def traceparent(self) -> str:
        """The header that hands the trace on."""
        return f"00-{self.trace_id}-{self.span_id}-01"


def continue_trace(traceparent: str | None) -> Trace:
    """A new span in the caller's trace, or in a new trace when the header is absent or malformed."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    valid = match is not None and match.group(1) != _NO_TRACE and match.group(2) != _NO_SPAN
    trace_id = match.group(1) if match and valid else secrets.token_hex(16)
    return Trace(trace_id, secrets.token_hex(8))
