from __future__ import annotations


class PushError(Exception):
    """The push cannot go on; the message says what to do."""


class ArtifactChanged(PushError):
    """What lies in the bucket is not what its name says."""


class Unreachable(PushError):
    """A part of the platform does not answer; the same push goes on when it does."""
