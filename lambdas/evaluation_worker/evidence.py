"""What an evaluation leaves behind: a signed bundle of what was asked and answered, kept for good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from data_access_lib.evidence_store import EvidenceStore
from data_access_lib.signing_keys import SigningKey
from data_access_lib.verified_versions import VerifiedVersions
from evaluation.results import CaseStatus
from evaluation.suites import Suite
from governance.evidence.making import CaseSeen, JudgedBy, Signer, made
from platform_kit.errors import VersionTampered

_ATTEMPT: Final = (
    *("repeat", "status", "scores", "output", "outputDigest", "runId", "latencyMs", "costPico", "tools", "error"),
    "finishedAt",
)
_RUN: Final = (
    *("evaluationId", "trigger", "requestedBy", "attempt", "repeats", "createdAt", "startedAt"),
    *("suite", "suiteVersion", "suiteDigest"),
)
Item = Mapping[str, Any]


@dataclass(frozen=True)
class EvidenceMaker:
    """`place` says where the worker is: {stage, region, worker}."""

    versions: VerifiedVersions
    store: EvidenceStore
    key: SigningKey
    place: Mapping[str, str]

    def leave(self, record: Item, suite: Suite, cases: Sequence[Item], finished: str) -> str:
        """Sign what came of a complete evaluation, and keep it; the bundle's address.

        VersionTampered when the version is not what was evaluated: nothing is signed about it then.
        """
        version = self.versions.get(str(record["agent"]), str(record["versionId"]))
        if version["contentHash"] != record["contentHash"]:
            raise VersionTampered("The version is not what was evaluated: nothing is signed about it.")
        by = JudgedBy(suite.name, int(record["suiteVersion"]), str(record["suiteDigest"]), str(record["threshold"]))
        told = {name: record[name] for name in _RUN if name in record}
        environment = {**self.place, **told, "finishedAt": finished}
        signer = Signer(self.key.key_id, self.key.sign)
        return self.store.keep(made(version, by, _seen(suite, cases), environment, signer))


def _seen(suite: Suite, cases: Sequence[Item]) -> list[CaseSeen]:
    """By case: what was asked, and what came of each repeat."""
    ordered = sorted(cases, key=lambda one: (str(one["caseId"]), int(one["repeat"])))
    found = []
    for case_id, group in groupby(ordered, key=lambda one: str(one["caseId"])):
        attempts = [{name: one[name] for name in _ATTEMPT if name in one} for one in group]
        passed = all(one["status"] == CaseStatus.PASSED for one in attempts)
        found.append(CaseSeen(case_id, passed, suite.case(case_id).input, tuple(attempts)))
    return found
