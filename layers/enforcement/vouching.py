"""What the arguments of a run's calls may come from: its input, and what trusted tools answered before any taint.

The input is read where it is, in the run's record, sealed as all content. Of answers nothing but digests is kept, under
a key that is derived from a secret of the tenant's and is in no record; for a tenant without one, nothing (ADR 0063).
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

from enforcement.actions import Action, Outcome
from enforcement.run_desk import RunDesk
from governance.policy.trusted_text import DIGEST_BYTES, TrustedText, digest_of, values_of
from platform_kit.observability import count, logger

VOUCHED: Final = "vouched"
"""The attribute of a run that holds the digests, each of eight bytes, in base64."""
MOST_DIGESTS: Final = 1_000
"""What trusted tools answer beyond them vouches for nothing."""
_DERIVED_FOR: Final = b"provenance:"

Run = Mapping[str, Any]


def trusted_text(desk: RunDesk, run: Run) -> TrustedText:
    """What a run may take values from. DependencyUnavailable when the tenant's secret cannot be had."""
    digests = _read(run.get(VOUCHED))
    return TrustedText(str(run.get("input") or ""), digests, _key(desk) if digests else b"")


def may_vouch(action: Action, outcome: Outcome) -> bool:
    """Whether an answer is one of a tool that is trusted. What a model says is no source: it says what it was told."""
    return action.registered.trusted and outcome.status == "succeeded" and not action.models


def after(desk: RunDesk, run: Run, answer: Any) -> str | None:
    """The digests as the record is to have them after a trusted answer, plain JSON; None where they stay the same."""
    kept, key = _read(run.get(VOUCHED)), _key(desk)
    if not key or len(kept) >= MOST_DIGESTS:
        return None
    more = (digest_of(value, key) for value in values_of(answer))
    known = set(kept)
    new = [digest for digest in dict.fromkeys(islice(more, 20 * MOST_DIGESTS)) if digest not in known]
    if len(kept) + len(new) > MOST_DIGESTS:
        count("ProvenanceForgotten")
        logger().warning("trusted values are not remembered", run_id=desk.binding.run_id, agent=desk.binding.agent)
    return _written([*kept, *new][:MOST_DIGESTS]) if new else None


def _key(desk: RunDesk) -> bytes:
    """Another key for every run, so that digests of two runs cannot be compared; b"" where the tenant has no secret."""
    secret = desk.hash_key()
    return hmac.digest(secret, _DERIVED_FOR + desk.binding.run_id.encode(), hashlib.sha256) if secret else b""


def _written(digests: Iterable[bytes]) -> str:
    return base64.b64encode(b"".join(digests)).decode()


def _read(kept: object) -> list[bytes]:
    """The digests; none of a record that makes no sense."""
    try:
        raw = base64.b64decode(kept, validate=True) if isinstance(kept, str) else b""
    except binascii.Error:
        return []
    whole = len(raw) % DIGEST_BYTES == 0
    return [raw[at : at + DIGEST_BYTES] for at in range(0, len(raw), DIGEST_BYTES)] if whole else []
