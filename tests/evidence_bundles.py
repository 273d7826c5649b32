"""Bundles of evidence to tamper with, signed by a key of the tests' own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from governance import dsse
from governance.audit.entry import canonical
from governance.evidence import statement
from governance.evidence.bundle import packed
from governance.evidence.statement import Build, Resource, Statement
from governance.version_identity import content_hash
from platform_kit.run_token import raw_signature
from scripts.ambit_cli.public_keys import verifier
from tests.audit_logs import KEY, pem

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_ID: Final = "key-1"
TRUSTED: Final = verifier([pem(KEY)])
ARTIFACT: Final = "a" * 64
CONTENT: Final = {"manifest": {"model": "local-echo"}, "artifactDigest": ARTIFACT, "lockDigest": "b" * 64}
VERSION: Final = {
    "agent": "tool-agent",
    "versionId": "ver_1",
    "contentHash": content_hash(CONTENT),
    "content": CONTENT,
}
CASES: Final = {"golden/1": True, "golden/2": True, "golden/3": False, "golden/4": True}
SUITES: Final = [{"suite": "golden", "version": 3, "hash": "c" * 64, "threshold": "0.75"}]


def signed_by(key: ec.EllipticCurvePrivateKey) -> dsse.Sign:
    """Signs as KMS does, raw."""
    return lambda message: raw_signature(key.sign(message, ec.ECDSA(SHA256())))


def files_of(cases: Mapping[str, bool] = CASES, **change: Any) -> dict[str, bytes]:
    """The files of a bundle; `version`, `suites` and `environment` to have others."""
    lines = [
        canonical({"case": name, "suite": "golden", "passed": passed, "input": "x", "output": "y", "scores": []})
        + b"\n"
        for name, passed in cases.items()
    ]
    return {
        "cases.jsonl": b"".join(lines),
        "environment.json": canonical(change.get("environment", {"stage": "test"})),
        "suites.json": canonical(change.get("suites", SUITES)),
        "version.json": canonical(change.get("version", VERSION)),
    }


def subjects() -> list[Resource]:
    """What the statements are about."""
    return [
        Resource(f"{VERSION['agent']}@{VERSION['versionId']}", str(VERSION["contentHash"])),
        Resource("artifact", ARTIFACT),
    ]


def result_of(files: Mapping[str, bytes], cases: Mapping[str, bool] = CASES, *, passed: bool = True) -> Statement:
    """The test result that binds these files."""
    listed = [Resource.of(name, data).as_json() for name, data in files.items()]
    suites = [Resource("golden", "c" * 64)]
    return statement.evaluated(subjects(), suites, cases, passed=passed, details={"files": listed})


def built() -> Statement:
    """Where the artifact comes from."""
    build = Build(
        "https://ambit.test/push",
        {"agent": "tool-agent"},
        (Resource("uv.lock", "b" * 64),),
        "push_1",
        "2026-03-04T05:06:07Z",
    )
    return statement.provenance(subjects(), build)


def envelope(said: Statement, key: ec.EllipticCurvePrivateKey = KEY) -> dict[str, Any]:
    """The statement, signed."""
    return dsse.sealed(said.payload, signed_by(key), KEY_ID)


def bundle_of(
    files: Mapping[str, bytes] | None = None, *, key: ec.EllipticCurvePrivateKey = KEY, **result: Any
) -> bytes:
    """A bundle whose statements bind its files."""
    made = dict(files or files_of())
    return packed(made, [envelope(result_of(made, **result), key), envelope(built(), key)])
