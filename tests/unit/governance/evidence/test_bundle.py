import io
import zipfile
from hashlib import sha256
from typing import Any

import pytest

from governance.audit.entry import canonical
from governance.evidence.bundle import ENVELOPES, FILES, NoEvidence, address, packed, unpacked, verified
from governance.evidence.statement import Build, Resource, Statement, evaluated, provenance
from governance.version_identity import content_hash
from tests.audit_logs import OTHER_KEY
from tests.evidence_bundles import (
    CASES,
    CONTENT,
    SUITES,
    TRUSTED,
    VERSION,
    built,
    bundle_of,
    envelope,
    files_of,
    result_of,
    subjects,
)


def refusal(data: bytes) -> NoEvidence:
    with pytest.raises(NoEvidence) as refused:
        verified(data, TRUSTED)
    return refused.value


def test_a_bundle_proves_how_exactly_one_version_did() -> None:
    data = bundle_of()
    proven = verified(data, TRUSTED)
    assert (proven.agent, proven.version_id, proven.content_hash) == ("tool-agent", "ver_1", VERSION["contentHash"])
    assert (proven.passed, proven.passed_cases, proven.cases, proven.suites) == (True, 3, 4, ("golden",))
    assert proven.provenance
    assert proven.digest == address(data) == sha256(data).hexdigest()


def test_a_bundle_about_another_version_is_refused_to_who_asks_about_one() -> None:
    assert verified(bundle_of(), TRUSTED, str(VERSION["contentHash"])).passed
    with pytest.raises(NoEvidence, match="not about"):
        verified(bundle_of(), TRUSTED, "f" * 64)


def test_the_same_contents_are_the_same_bytes_whatever_their_order() -> None:
    files = files_of()
    signed = [envelope(result_of(files))]
    assert packed(files, signed) == packed(dict(reversed(files.items())), signed)


def test_a_failed_evaluation_is_proven_too() -> None:
    suites = [{**SUITES[0], "threshold": "0.76"}]
    assert not verified(bundle_of(files_of(suites=suites), passed=False), TRUSTED).passed


def test_no_flipped_bit_goes_unseen() -> None:
    data = bundle_of()
    for at in range(0, len(data), 7):
        refusal(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


def test_nothing_can_be_cut_off_or_put_on() -> None:
    data = bundle_of()
    for other in (b"", data[:-1], data[1:], data[: len(data) // 2], data + b"\0", b"x" + data):
        refusal(other)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_bundle_is_noticed(name: str) -> None:
    other = {
        "cases.jsonl": files_of({**CASES, "golden/3": True}),
        "environment.json": files_of(environment={"stage": "prod"}),
        "suites.json": files_of(suites=[{**SUITES[0], "threshold": "0.5"}]),
        "version.json": files_of(version={**VERSION, "versionId": "ver_2"}),
    }[name]
    files = files_of()
    assert refusal(packed({**files, name: other[name]}, [envelope(result_of(files))])).file == name


def test_another_key_proves_nothing() -> None:
    assert refusal(bundle_of(key=OTHER_KEY)).file == ENVELOPES


def other_content() -> dict[str, Any]:
    content = {**CONTENT, "artifactDigest": "d" * 64}
    return {**VERSION, "content": content, "contentHash": content_hash(content)}


SIGNED_LIES: dict[str, bytes] = {
    "verdict": bundle_of(passed=False),
    "counts": bundle_of(cases={**CASES, "golden/3": True}),
    "a case left out": bundle_of(cases={"golden/1": True}),
    "content": bundle_of(files_of(version={**VERSION, "content": {**CONTENT, "lockDigest": "e" * 64}})),
    "content that no hash covers": bundle_of(files_of(version={**VERSION, "content": {**CONTENT, "more": 1}})),
    "another version": bundle_of(files_of(version={**VERSION, "versionId": "ver_2"})),
    "another artifact": bundle_of(files_of(version=other_content())),
    "a version without content": bundle_of(files_of(version={**VERSION, "content": None})),
    "no suites": bundle_of(files_of(suites=[])),
    "a suite without cases": bundle_of(files_of(suites=[*SUITES, {**SUITES[0], "suite": "safety"}])),
    "a suite twice": bundle_of(files_of(suites=SUITES * 2)),
    "a threshold over 1": bundle_of(files_of(suites=[{**SUITES[0], "threshold": "1.1"}])),
    "a threshold that is no number": bundle_of(files_of(suites=[{**SUITES[0], "threshold": "1/0"}])),
}


@pytest.mark.parametrize("what", SIGNED_LIES)
def test_what_is_signed_must_also_follow(what: str) -> None:
    refusal(SIGNED_LIES[what])


def test_a_case_cannot_stand_twice_or_in_no_suite() -> None:
    line = {"case": "golden/1", "suite": "golden", "passed": True}
    for lines in ([line, line], [{**line, "suite": "x"}], [{**line, "passed": 1}], [{**line, "case": None}]):
        files = {**files_of(), "cases.jsonl": b"".join(canonical(one) + b"\n" for one in lines)}
        assert refusal(bundle_of(files)).file == "cases.jsonl"


def with_statements(*said: Statement) -> bytes:
    return packed(files_of(), [envelope(one) for one in said])


def other_files(listed: Any) -> Statement:
    return evaluated(subjects(), [], CASES, passed=True, details={"files": listed})


def test_the_statements_are_one_result_and_provenance() -> None:
    result = result_of(files_of())
    listed = [Resource.of(name, data).as_json() for name, data in files_of().items()]
    stranger = Statement(tuple(subjects()), "https://example.com/other/v1", {})
    foreign = provenance([Resource("x", "e" * 64)], Build("https://b", {}, (), "i", "t"))
    for said in (
        (),
        (built(),),
        (result, result),
        (result, stranger),
        (result, foreign),
        (result, *[built()] * 8),
        (other_files(None),),
        (other_files(listed[:-1]),),
        (other_files([*listed, listed[0]]),),
        (other_files([{"name": "x"}]),),
        (Statement(result.subjects, result.kind, {**result.predicate, "ambit": 1}),),
        (Statement(result.subjects[1:], result.kind, result.predicate),),
    ):
        assert refusal(with_statements(*said)).file == ENVELOPES
    assert not verified(with_statements(result), TRUSTED).provenance


def archive(method: int = zipfile.ZIP_STORED, **more: bytes) -> bytes:
    target, files = io.BytesIO(), files_of()
    contents = {**files, ENVELOPES: canonical(envelope(result_of(files))) + b"\n", **more}
    with zipfile.ZipFile(target, "w", method) as made:
        for name, data in sorted(contents.items()):
            made.writestr(zipfile.ZipInfo(name), data, method)
    return target.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        archive(),
        archive(zipfile.ZIP_DEFLATED),
        archive(more=b""),
        archive(**{"../cases.jsonl": b""}),
        b"PK\x03\x04",
        b"",
    ],
    ids=["other bytes", "compressed", "a file more", "a path", "a stump", "nothing"],
)
def test_no_other_archive_is_a_bundle(data: bytes) -> None:
    with pytest.raises(NoEvidence):
        unpacked(data)


def test_a_bundle_has_its_files_and_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="holds"):
        packed({"cases.jsonl": b""}, [])
    monkeypatch.setattr("governance.evidence.bundle.MOST_BYTES", 100)
    assert "larger" in refusal(bundle_of()).why
