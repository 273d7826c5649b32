"""Whether a bundle of evidence shows what a gate asks: this content, by this version of a suite, with success."""

import json
from dataclasses import dataclass
from typing import Any

from governance.dsse import Verify
from governance.evidence.bundle import NoEvidence, unpacked, verified


@dataclass(frozen=True, slots=True)
class Wanted:
    """What it must show: the version by its content, the suite by name, digest and threshold (a share in decimals)."""

    content_hash: str
    suite: str
    suite_digest: str
    threshold: str


def why_not(data: bytes, verify: Verify, wanted: Wanted) -> str:
    """Why a bundle does not show it, in a few words; "" when it does. Nothing is believed that is not signed."""
    try:
        proven = verified(data, verify, wanted.content_hash)
    except NoEvidence as no:
        return f"its evidence does not hold ({no})"
    said: list[dict[str, Any]] = json.loads(unpacked(data)["suites.json"])
    if (wanted.suite, wanted.suite_digest, wanted.threshold) not in {
        (one["suite"], one.get("hash"), str(one["threshold"])) for one in said
    }:
        return "its evidence is of another version of the suite"
    return "" if proven.passed else "its evidence says that it failed"
