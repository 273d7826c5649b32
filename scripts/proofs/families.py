"""The families of the proofs.

A test joins one of security's with `@pytest.mark.family("<name>")`, one of reliability's with
`@pytest.mark.chaos("<name>")`; it may be of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.bootstrap.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Family:
    """What a family proves. `least` is the smallest number of cases that proves it; None: all that can be generated."""

    name: str
    proves: str
    least: int | None

    @property
    def required(self) -> str:
        """The minimum as a reader sees it."""
        return "all" if self.least is None else f"{self.least:,}".replace(",", " ")


@dataclass(frozen=True)
class Proof:
    """Families that are counted together. `mark` is their marker; `strict`: its command fails when one is unproven.

    `kept` is the heading of what somebody else writes on its page, to be left as it is; None: all of it is written.
    """

    name: str
    mark: str
    title: str
    intro: str
    page: Path
    families: Mapping[str, Family]
    kept: str | None = None
    strict: bool = False


_SECURITY: Final = (
    Family("jws", "No JWS or JWK that breaks a rule is taken: signatures, curves, key uses, encodings, forms.", 400),
    Family("jwt-claims", "No token is taken whose claims or header lie, and none when its keys are out of reach.", 40),
    Family("api-keys", "No key is taken that is altered, ended, out of place, or used beyond its grant.", 40),
    Family("aws-callers", "No presigned request is taken but a fresh one to STS, made for us by a bound role.", 40),
    Family("ssrf", "No URL that somebody else chose makes the platform call itself or its neighbours.", 40),
    Family("bola", "Every operation, caller, own and foreign id, active and suspended, on the running API.", None),
    Family("spoofing", "Nothing in a request but its verified credential says which tenant it acts for.", None),
    Family("dynamodb", "No key and no expression reaches an item of somebody else.", 20),
    Family("s3", "No object key, prefix, copy or presigned URL reaches an object of somebody else.", 20),
    Family("isolation", "Generated calls of every data-access operation with hostile values leak nothing.", 10_000),
    Family("iam", "What the code gets wrong IAM refuses: each deployed role, each operation, another tenant.", None),
    Family("idempotency", "Duplicates have one effect, and nobody else ever sees the answer.", 12),
    Family("leaks", "No secret, token or personal data in logs, traces, errors, events or what a browser stores.", 15),
    Family("fail-closed", "Whatever the decision needs and cannot reach, the answer is 503 and never yes.", 12),
)  # fmt: skip
_CHAOS: Final = (
    Family("kills", "Killed at every persisted step, a run goes on or ends cleanly: one effect, nothing lost.", None),
    Family("duplicates", "A consumer that is handed everything a hundred times, in any order, does it once.", 10),
    Family("poison", "What cannot be read is set apart, holds nobody up, and can be done again.", 10),
    Family("aws-faults", "Throttled, conflicting, half-done, erring, absent services: bounded retries, no loss.", 12),
    Family("upstreams", "Slow, half-open and cut peers, full disks, killed processes: no slot hangs.", 12),
    Family("clock-skew", "Clocks ten minutes off: tokens, leases and schedules hold.", 8),
    Family("paused-holders", "Who was paused beyond its lease is refused when it wakes.", 8),
    Family("histories", "Concurrent histories of idempotency, leases, jobs and deliveries are linearisable.", 10_000),
    Family("soak", "At a steady rate nothing is lost, and the platform's processes do not grow.", 1),
)  # fmt: skip
SECURITY: Final = Proof(
    name="security",
    mark="family",
    title="The security proof",
    intro="""\
Written by `make security-tests`, which runs every family and counts. A case is one attack, or one question to the
running API; "at least" is what a family must count for its claim to hold.
""",
    page=ROOT / "docs" / "security-tests.md",
    families={family.name: family for family in _SECURITY},
    kept="## Broken on purpose",
)
CHAOS: Final = Proof(
    name="chaos",
    mark="chaos",
    title="The reliability proof",
    intro="""\
Written by `make chaos`, which runs every family and counts. A case is one fault, one consumer, or one history; "at
least" is what a family must count for its claim to hold. How each family works is in [reliability.md](reliability.md).
""",
    page=ROOT / "docs" / "chaos.md",
    families={family.name: family for family in _CHAOS},
    strict=True,
)
PROOFS: Final = {proof.name: proof for proof in (SECURITY, CHAOS)}
FAMILIES: Final = {**SECURITY.families, **CHAOS.families}
