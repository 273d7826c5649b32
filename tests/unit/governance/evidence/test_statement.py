import json
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement as OthersStatement

from governance.evidence.statement import NoStatement, Resource, read
from tests.evidence_bundles import built, files_of, result_of

SAID = {"test result": result_of(files_of()), "provenance": built()}


@pytest.mark.parametrize("what", SAID)
def test_what_was_said_is_read(what: str) -> None:
    assert read(SAID[what].payload) == SAID[what]


@pytest.mark.parametrize("what", SAID)
def test_another_s_reader_takes_it(what: str) -> None:
    message = ParseDict(json.loads(SAID[what].payload), statement_pb2.Statement())
    OthersStatement.copy_from_pb(message).validate()


def test_provenance_has_what_slsa_requires() -> None:
    predicate = built().predicate
    assert {"buildType", "externalParameters"} <= predicate["buildDefinition"].keys()
    assert predicate["runDetails"]["builder"]["id"].startswith("https://")


def changed(**parts: Any) -> bytes:
    return json.dumps({**json.loads(built().payload), **parts}).encode()


HOSTILE = {
    "no json": b"{",
    "no text": b"\xff",
    "a name twice": built().payload[:-1] + b',"_type":"https://in-toto.io/Statement/v1"}',
    "not a number": b'{"_type": NaN}',
    "too deep": b"[" * 100_000,
    "no object": b"[]",
    "another version": changed(_type="https://in-toto.io/Statement/v0.1"),
    "another field": changed(more=1),
    "no subject": changed(subject=[]),
    "a subject without a digest": changed(subject=[{"name": "x"}]),
    "a subject with a weak digest": changed(subject=[{"name": "x", "digest": {"sha1": "a" * 40}}]),
    "a subject with a digest in capitals": changed(subject=[{"name": "x", "digest": {"sha256": "A" * 64}}]),
    "a subject without a name": changed(subject=[{"name": "", "digest": {"sha256": "a" * 64}}]),
    "no predicate": changed(predicate=None),
    "a kind that is no text": changed(predicateType=1),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_nothing_else_is_a_statement(what: str) -> None:
    with pytest.raises(NoStatement):
        read(HOSTILE[what])


def test_a_resource_may_say_more() -> None:
    told = {**Resource("x", "a" * 64).as_json(), "uri": "https://example.com"}
    assert Resource.read(told) == Resource("x", "a" * 64)
