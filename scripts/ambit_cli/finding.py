"""What `ambit doctor` finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it is well, and what to do when it is not."""

    check: str
    ok: bool
    detail: str
