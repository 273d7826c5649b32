"""How a bundle of evidence is made of what an evaluation left: pure, but for the key that signs.

Who signs must not be the agent: what an agent answered is data here, whatever it holds. A bundle that would be larger
than may be read has the digests of answers in their place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from governance import dsse
from governance.audit.entry import canonical
from governance.evidence import statement
from governance.evidence.bundle import MOST_BYTES, packed, reaches
from governance.evidence.statement import Build, Resource, Statement
from governance.version_identity import CONTENT

_ANSWERS: Final = ("output", "scores")

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """The suite: its name, version, digest, and the share of cases (in decimals) that must pass."""

    name: str
    version: int
    digest: str
    threshold: str


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """A case: what was asked, whether every attempt passed, and what came of each (plain JSON)."""

    case_id: str
    passed: bool
    asked: str
    attempts: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs, by its id."""

    key_id: str
    sign: dsse.Sign


def made(version: Record, by: JudgedBy, cases: Sequence[CaseSeen], environment: Record, signer: Signer) -> bytes:
    """The bundle's bytes. `version` is the whole record, with its provenance when its push told of one."""
    whole = _made(version, by, cases, environment, signer)
    if len(whole) <= MOST_BYTES:
        return whole
    return _made(version, by, [_without_answers(case) for case in cases], environment, signer)


def _made(version: Record, by: JudgedBy, cases: Sequence[CaseSeen], environment: Record, signer: Signer) -> bytes:
    files = {
        "cases.jsonl": b"".join(_canonical(_line(by, case)) + b"\n" for case in cases),
        "environment.json": _canonical(environment),
        "suites.json": _canonical([_suite(by)]),
        "version.json": _canonical(_version(version)),
    }
    subjects = _subjects(version)
    outcomes = {_name(by, case): case.passed for case in cases}
    result = statement.evaluated(
        subjects,
        [Resource(by.name, by.digest)],
        outcomes,
        passed=reaches(sum(outcomes.values()), len(outcomes), by.threshold),
        details={"files": [Resource.of(name, data).as_json() for name, data in files.items()]},
    )
    said = [result, *_provenance(version, subjects)]
    return packed(files, [dsse.sealed(one.payload, signer.sign, signer.key_id) for one in said])


def _subjects(version: Record) -> list[Resource]:
    named = f"{version['agent']}@{version['versionId']}"
    return [
        Resource(named, str(version["contentHash"])),
        Resource(str(version["artifactKey"]), str(version["artifactDigest"])),
    ]


def _provenance(version: Record, subjects: Sequence[Resource]) -> list[Statement]:
    told = version.get("provenance")
    if not told:
        return []
    build = Build(
        builder=str(told["builder"]),
        parameters={"agent": version["agent"]},
        dependencies=(Resource("sources", told["treeHash"]), Resource("requirements", str(version["lockDigest"]))),
        invocation=str(version["versionId"]),
        finished=str(told["finishedAt"]),
    )
    return [statement.provenance(subjects, build)]


def _version(version: Record) -> dict[str, Any]:
    content = {name: version[name] for name in CONTENT if version.get(name) is not None}
    return {**{name: version[name] for name in ("agent", "versionId", "contentHash")}, "content": content}


def _suite(by: JudgedBy) -> dict[str, Any]:
    return {"suite": by.name, "version": by.version, "hash": by.digest, "threshold": by.threshold}


def _line(by: JudgedBy, case: CaseSeen) -> dict[str, Any]:
    said = {"case": _name(by, case), "suite": by.name, "passed": case.passed}
    return {**said, "input": case.asked, "attempts": list(case.attempts)}


def _name(by: JudgedBy, case: CaseSeen) -> str:
    return f"{by.name}/{case.case_id}"


def _without_answers(case: CaseSeen) -> CaseSeen:
    short = tuple({name: value for name, value in one.items() if name not in _ANSWERS} for one in case.attempts)
    return CaseSeen(case.case_id, case.passed, "", short)


def _canonical(value: object) -> bytes:
    return canonical(_encodable(value))


def _encodable(value: object) -> object:
    """Half of a surrogate pair has no bytes: an agent that answers with one is not to keep its evidence from being."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {str(_encodable(name)): _encodable(inner) for name, inner in value.items()}
    return [_encodable(inner) for inner in value] if isinstance(value, list | tuple) else value
