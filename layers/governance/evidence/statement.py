"""in-toto statements: something said about artifacts that are named by their digests.

Two kinds are made and read. A *test result* says how a version did in an evaluation; what Ambit adds to the predicate
stands under `ambit`, which other tools pass over as in-toto asks them to. *Provenance* is SLSA's: from which sources
and dependencies an artifact was built, by whom.

Sources: https://github.com/in-toto/attestation/tree/v1.1.0/spec (v1, test-result v0.1) and
https://slsa.dev/spec/v1.0/provenance.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from governance.audit.entry import canonical

STATEMENT: Final = "https://in-toto.io/Statement/v1"
TEST_RESULT: Final = "https://in-toto.io/attestation/test-result/v0.1"
PROVENANCE: Final = "https://slsa.dev/provenance/v1"
BUILD_TYPE: Final = "https://ambit.dev/push/v1"
_NAMES: Final = frozenset({"_type", "subject", "predicateType", "predicate"})
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class NoStatement(ValueError):
    """It is not what a statement must be; the message says how, in a few words."""


@dataclass(frozen=True, slots=True)
class Resource:
    """An artifact by name and SHA-256: in-toto's ResourceDescriptor."""

    name: str
    sha256: str

    @classmethod
    def of(cls, name: str, data: bytes) -> "Resource":
        """The descriptor of these bytes."""
        return cls(name, sha256(data).hexdigest())

    @classmethod
    def read(cls, value: object) -> "Resource":
        """A descriptor of parsed JSON; NoStatement unless it has a name and a SHA-256, whatever else it has."""
        if not isinstance(value, dict) or not isinstance(value.get("digest"), dict):
            raise NoStatement("a resource has no digest")
        name, digest = value.get("name"), value["digest"].get("sha256")
        if type(name) is not str or not name or type(digest) is not str or not _SHA256.fullmatch(digest):
            raise NoStatement("a resource has no name or no SHA-256")
        return cls(name, digest)

    def as_json(self) -> dict[str, Any]:
        """As in-toto writes it."""
        return {"name": self.name, "digest": {"sha256": self.sha256}}


@dataclass(frozen=True, slots=True)
class Statement:
    """Who or what it is about, what kind of thing is said, and what."""

    subjects: tuple[Resource, ...]
    kind: str
    predicate: Mapping[str, Any]

    @property
    def payload(self) -> bytes:
        """What is signed: the statement in canonical JSON."""
        return canonical(
            {
                "_type": STATEMENT,
                "subject": [subject.as_json() for subject in self.subjects],
                "predicateType": self.kind,
                "predicate": self.predicate,
            }
        )


@dataclass(frozen=True, slots=True)
class Build:
    """How an artifact came to be: by whom, of which dependencies, with which parameters. `finished`: RFC 3339."""

    builder: str
    parameters: Mapping[str, Any]
    dependencies: tuple[Resource, ...]
    invocation: str
    finished: str


def evaluated(
    subjects: Sequence[Resource],
    configuration: Sequence[Resource],
    cases: Mapping[str, bool],
    *,
    passed: bool,
    details: Mapping[str, Any],
) -> Statement:
    """How a version did: `cases` says of each, by its name, whether it passed; `details` goes under `ambit`."""
    predicate = {
        "result": "PASSED" if passed else "FAILED",
        "configuration": [one.as_json() for one in configuration],
        "passedTests": sorted(name for name, good in cases.items() if good),
        "failedTests": sorted(name for name, good in cases.items() if not good),
        "ambit": dict(details),
    }
    return Statement(tuple(subjects), TEST_RESULT, predicate)


def provenance(subjects: Sequence[Resource], build: Build) -> Statement:
    """Where an artifact comes from."""
    predicate = {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": dict(build.parameters),
            "resolvedDependencies": [one.as_json() for one in build.dependencies],
        },
        "runDetails": {
            "builder": {"id": build.builder},
            "metadata": {"invocationId": build.invocation, "finishedOn": build.finished},
        },
    }
    return Statement(tuple(subjects), PROVENANCE, predicate)


def read(payload: bytes) -> Statement:
    """A statement of a signed payload; NoStatement unless it is one of in-toto's first version, with subjects."""
    value = parsed(payload)
    if not isinstance(value, dict) or value.keys() != _NAMES or value["_type"] != STATEMENT:
        raise NoStatement("it is no in-toto statement of version 1")
    kind, subjects, predicate = value["predicateType"], value["subject"], value["predicate"]
    if type(kind) is not str or not isinstance(predicate, dict) or not isinstance(subjects, list) or not subjects:
        raise NoStatement("it has no kind, no subject or no predicate")
    return Statement(tuple(Resource.read(subject) for subject in subjects), kind, predicate)


def parsed(data: bytes) -> Any:
    """JSON in which no name stands twice: two readers must not see two things; NoStatement."""
    try:
        return json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise NoStatement("it is no JSON, or a name stands in it twice") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a name stands twice")
    return made


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")
