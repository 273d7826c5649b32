"""A bundle of evidence: one archive that holds what an evaluation saw, and the signed statements about it.

    evidence.intoto.jsonl   the envelopes, one a line: a test result, and where the artifact comes from
    version.json            {agent, versionId, contentHash, content}: what exactly was evaluated, see version_identity
    suites.json             [{suite, version, hash, threshold}]: by what it was judged
    cases.jsonl             {case, suite, passed, input, …}, one a line: what was asked, answered and scored
    environment.json        who ran it, where and when

The bundle's address is the SHA-256 of its bytes, and the same contents give the same bytes: names sorted, no times, no
compression. A statement binds every file by its digest, so a verifier needs the bundle and the public key alone.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Any, Final

from governance import dsse
from governance.audit.entry import canonical
from governance.dsse import NotSigned, Verify
from governance.evidence import statement
from governance.evidence.statement import NoStatement, Resource, Statement, parsed
from governance.version_identity import CONTENT, content_hash

ENVELOPES: Final = "evidence.intoto.jsonl"
FILES: Final = ("cases.jsonl", "environment.json", "suites.json", "version.json")
MOST_BYTES: Final = 64 * 1024 * 1024
_MOST_ENVELOPES: Final = 8
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class NoEvidence(ValueError):
    """A bundle does not prove what it says; the message says why not, and `file` where."""

    def __init__(self, why: str, file: str = "the bundle") -> None:
        super().__init__(f"{file}: {why}")
        self.why = why
        self.file = file


@dataclass(frozen=True, slots=True)
class Proven:
    """What a bundle that holds proves. `passed_cases` and `cases` are counts; `digest` is the bundle's address."""

    digest: str
    agent: str
    version_id: str
    content_hash: str
    passed: bool
    passed_cases: int
    cases: int
    suites: tuple[str, ...]
    provenance: bool


def reaches(passed: int, cases: int, threshold: str) -> bool:
    """Whether so many of so many cases are enough; `threshold` is a share in decimals, and counted with exactly."""
    return Fraction(passed, cases) >= Fraction(threshold)


def packed(files: Mapping[str, bytes], envelopes: Sequence[Mapping[str, Any]]) -> bytes:
    """The bytes of a bundle; ValueError unless the files are those of FILES."""
    if files.keys() != set(FILES):
        raise ValueError(f"a bundle holds {', '.join(FILES)}")
    contents = {**files, ENVELOPES: b"".join(canonical(envelope) + b"\n" for envelope in envelopes)}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, contents[name])
    return target.getvalue()


def address(data: bytes) -> str:
    """How a bundle is named where it lies."""
    return sha256(data).hexdigest()


def verified(data: bytes, verify: Verify, about: str | None = None) -> Proven:
    """What a bundle proves to whoever trusts these keys; NoEvidence says what does not hold, and where.

    `about` is the content hash that it must be about, for who asks about one version.
    """
    files = unpacked(data)
    statements = _statements(files.pop(ENVELOPES), verify)
    result = _one(statements, statement.TEST_RESULT)
    version, suites = _object(files, "version.json"), _suites(files)
    content = _content_hash(version)
    if about is not None and content != about:
        raise NoEvidence(f"it is about the content {content}, not about {about}", "version.json")
    cases = _cases(files["cases.jsonl"], suites)
    _bound(result, files)
    _about(result, version, content)
    passed = _judged(result, cases, suites)
    made = [one for one in statements if one.kind == statement.PROVENANCE]
    for one in made:
        if one.subjects != result.subjects:
            raise NoEvidence("the provenance is another artifact's", ENVELOPES)
    return Proven(
        address(data),
        str(version["agent"]),
        str(version["versionId"]),
        content,
        passed,
        sum(good for _, good in cases.values()),
        len(cases),
        tuple(suites),
        bool(made),
    )


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a bundle; NoEvidence unless they are exactly those, stored once each, within MOST_BYTES."""
    if len(data) > MOST_BYTES:
        raise NoEvidence(f"it is larger than {MOST_BYTES} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sorted(entry.filename for entry in entries) != sorted((*FILES, ENVELOPES)):
                raise NoEvidence(f"it holds other files than {', '.join((*FILES, ENVELOPES))}, each once")
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                raise NoEvidence("a file of it is compressed: what is stored is what was signed")
            files = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as bad:
        if isinstance(bad, NoEvidence):
            raise
        raise NoEvidence("it is no archive, or a damaged one") from None
    envelopes = [_line(line, ENVELOPES) for line in files[ENVELOPES].splitlines()]
    if data != packed({name: files[name] for name in FILES}, envelopes):
        raise NoEvidence("its bytes are not those that its files make: something was put between them")
    return files


def _statements(lines: bytes, verify: Verify) -> list[Statement]:
    envelopes = [_line(line, ENVELOPES) for line in lines.splitlines()]
    if not 0 < len(envelopes) <= _MOST_ENVELOPES:
        raise NoEvidence(f"it holds 1 to {_MOST_ENVELOPES} envelopes", ENVELOPES)
    try:
        return [statement.read(dsse.opened(envelope, verify)) for envelope in envelopes]
    except (NotSigned, NoStatement) as bad:
        raise NoEvidence(str(bad), ENVELOPES) from None


def _one(statements: Sequence[Statement], kind: str) -> Statement:
    found = [one for one in statements if one.kind == kind]
    if len(found) != 1 or any(one.kind not in {statement.TEST_RESULT, statement.PROVENANCE} for one in statements):
        raise NoEvidence("it holds one test result, and nothing else but provenance", ENVELOPES)
    return found[0]


def _bound(result: Statement, files: Mapping[str, bytes]) -> None:
    """Every file is the one that was signed."""
    details = result.predicate.get("ambit")
    listed = details.get("files") if isinstance(details, dict) else None
    if not isinstance(listed, list):
        raise NoEvidence("the test result names no files", ENVELOPES)
    try:
        named = {one.name: one.sha256 for one in map(Resource.read, listed)}
    except NoStatement as bad:
        raise NoEvidence(str(bad), ENVELOPES) from None
    if named.keys() != files.keys() or len(named) != len(listed):
        raise NoEvidence("the test result names other files", ENVELOPES)
    for name, data in files.items():
        if sha256(data).hexdigest() != named[name]:
            raise NoEvidence("it was changed after it was signed", name)


def _about(result: Statement, version: Mapping[str, Any], content: str) -> None:
    """The statement is about this version's content, and about its artifact."""
    subject = f"{version['agent']}@{version['versionId']}"
    artifact = version["content"].get("artifactDigest")
    if Resource(subject, content) not in result.subjects:
        raise NoEvidence("the test result is about another version", ENVELOPES)
    if artifact not in {one.sha256 for one in result.subjects}:
        raise NoEvidence("the test result is about another artifact", ENVELOPES)


def _content_hash(version: Mapping[str, Any]) -> str:
    if version.keys() != {"agent", "versionId", "contentHash", "content"} or not isinstance(version["content"], dict):
        raise NoEvidence("it is not {agent, versionId, contentHash, content}", "version.json")
    if not version["content"].keys() <= set(CONTENT) or content_hash(version["content"]) != version["contentHash"]:
        raise NoEvidence("the content hash is not that of the content", "version.json")
    return str(version["contentHash"])


def _suites(files: Mapping[str, bytes]) -> dict[str, Fraction]:
    """The threshold of each suite, by its name."""
    found = _parsed(files, "suites.json")
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise NoEvidence("it names no suites", "suites.json")
    try:
        suites = {str(one["suite"]): Fraction(str(one["threshold"])) for one in found}
    except (KeyError, ValueError, ZeroDivisionError):
        raise NoEvidence("a suite has no name or no threshold", "suites.json") from None
    if len(suites) != len(found) or not all(0 <= threshold <= 1 for threshold in suites.values()):
        raise NoEvidence("a suite stands twice, or its threshold is not between 0 and 1", "suites.json")
    return suites


def _cases(lines: bytes, suites: Mapping[str, Fraction]) -> dict[str, tuple[str, bool]]:
    """Suite and outcome of each case, by its name."""
    cases: dict[str, tuple[str, bool]] = {}
    for line in lines.splitlines():
        case = _line(line, "cases.jsonl")
        name, suite, passed = case.get("case"), case.get("suite"), case.get("passed")
        if type(name) is not str or type(passed) is not bool or suite not in suites or name in cases:
            raise NoEvidence("a case has no name, no outcome or no suite, or stands twice", "cases.jsonl")
        cases[name] = (str(suite), passed)
    if {suite for suite, _ in cases.values()} != suites.keys():
        raise NoEvidence("a suite has no case", "cases.jsonl")
    return cases


def _judged(result: Statement, cases: Mapping[str, tuple[str, bool]], suites: Mapping[str, Fraction]) -> bool:
    """The verdict, counted again from the cases; it must be what was signed."""
    predicate = result.predicate
    good = sorted(name for name, (_, passed) in cases.items() if passed)
    bad = sorted(name for name, (_, passed) in cases.items() if not passed)
    if predicate.get("passedTests") != good or predicate.get("failedTests") != bad:
        raise NoEvidence("the test result counts the cases otherwise", ENVELOPES)
    passed = all(_rate(cases, suite) >= threshold for suite, threshold in suites.items())
    if predicate.get("result") != ("PASSED" if passed else "FAILED"):
        raise NoEvidence("the verdict does not follow from the cases and thresholds", ENVELOPES)
    return passed


def _rate(cases: Mapping[str, tuple[str, bool]], suite: str) -> Fraction:
    outcomes = [passed for of, passed in cases.values() if of == suite]
    return Fraction(sum(outcomes), len(outcomes))


def _object(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    found = _parsed(files, name)
    if not isinstance(found, dict):
        raise NoEvidence("it is no JSON object", name)
    return found


def _line(line: bytes, name: str) -> dict[str, Any]:
    return _object({name: line}, name)


def _parsed(files: Mapping[str, bytes], name: str) -> Any:
    try:
        return parsed(files[name])
    except NoStatement as bad:
        raise NoEvidence(str(bad), name) from None
