"""What a streaming agent may yield besides plain strings (which are text deltas too)."""

from __future__ import annotations

from typing import Any


def delta(text: str) -> dict[str, Any]:
    """A piece of the answer's text."""
    return {"type": "delta", "text": text}


def finding(**fields: Any) -> dict[str, Any]:
    """Something the agent found out on its way."""
    return {"type": "finding", **fields}


def output(value: Any) -> dict[str, Any]:
    """The answer; without one, the joined deltas are."""
    return {"type": "output", "output": value}
