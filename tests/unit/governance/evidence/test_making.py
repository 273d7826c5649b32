from typing import Any

import pytest

from governance.evidence import making
from governance.evidence.bundle import unpacked, verified
from governance.evidence.making import CaseSeen, JudgedBy, Signer, made
from tests.audit_logs import KEY
from tests.evidence_bundles import CONTENT, KEY_ID, TRUSTED, VERSION, signed_by

RECORD: dict[str, Any] = {
    **CONTENT,
    **{name: VERSION[name] for name in ("agent", "versionId", "contentHash")},
    "artifactKey": "agents/tool-agent/a.zip",
    "status": "candidate",
}
BY = JudgedBy("golden", 3, "c" * 64, "0.5")
SIGNER = Signer(KEY_ID, signed_by(KEY))
PROVENANCE = {"builder": "https://ambit.dev/push", "treeHash": "e" * 64, "finishedAt": "2026-03-04T05:06:07Z"}


def case(name: str, *, passed: bool = True, output: str = "hello") -> CaseSeen:
    return CaseSeen(name, passed, "hello", ({"repeat": 0, "output": output, "scores": []},))


@pytest.mark.parametrize(("outcomes", "passed"), [((True, False), True), ((False, False), False)])
def test_what_is_made_is_verified(outcomes: tuple[bool, ...], *, passed: bool) -> None:
    cases = [case(str(n), passed=good) for n, good in enumerate(outcomes)]
    shown = verified(made(RECORD, BY, cases, {"stage": "test"}, SIGNER), TRUSTED, str(VERSION["contentHash"]))
    assert (shown.passed, shown.cases, shown.suites, shown.provenance) == (passed, 2, ("golden",), False)


def test_what_the_push_told_is_provenance() -> None:
    data = made({**RECORD, "provenance": PROVENANCE}, BY, [case("a")], {}, SIGNER)
    assert verified(data, TRUSTED).provenance


def test_an_answer_that_has_no_bytes_keeps_no_evidence_from_being() -> None:
    assert verified(made(RECORD, BY, [case("a", output="\ud800 \x00 😀")], {}, SIGNER), TRUSTED).passed


def test_what_would_be_too_large_leaves_answers_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "MOST_BYTES", 20_000)
    data = made(RECORD, BY, [case("a", output="x" * 30_000)], {}, SIGNER)
    assert verified(data, TRUSTED).passed
    assert b"xxx" not in unpacked(data)["cases.jsonl"]
