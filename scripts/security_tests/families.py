"""The families of the security proof. A test joins one with `@pytest.mark.family("<name>")`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


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


_ALL: Final = (
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
FAMILIES: Final = {family.name: family for family in _ALL}
