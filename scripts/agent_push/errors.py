from __future__ import annotations


class PushError(Exception):
    """The push cannot go on; the message says what to do."""
