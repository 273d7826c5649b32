"""Keys of evaluations: suites and their versions, evaluations and their cases, and the objects of suites."""

import re
from typing import Final

from data_access_lib.errors import InvalidIdentifier
from data_access_lib.keys.parts import MAX_SEQ, IndexKey, Key, checked, id_of, partition
from data_access_lib.tenant import PLATFORM

_VERSION_PREFIX: Final = "V#"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_SUITE: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_CASE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MAX_REPEAT: Final = 99


def suites_partition() -> str:
    """All evaluation suites, each as its latest version."""
    return partition(PLATFORM, "SUITE")


def suite_key(name: str) -> Key:
    """An evaluation suite's latest version."""
    return Key(suites_partition(), checked(_SUITE, name, "suite"))


def suite_versions_partition(name: str) -> str:
    """All versions of a suite."""
    return partition(PLATFORM, "SUITEVERSION", checked(_SUITE, name, "suite"))


def suite_version_key(name: str, number: int) -> Key:
    """One version of a suite; `number` counts from 1."""
    if not 1 <= number <= MAX_SEQ:
        raise InvalidIdentifier("version")
    return Key(suite_versions_partition(name), f"{_VERSION_PREFIX}{number:010d}")


def evaluations_partition() -> str:
    """All evaluations, by id."""
    return partition(PLATFORM, "EVALUATION")


def evaluation_key(evaluation_id: str) -> Key:
    """One evaluation: a suite's run on a version."""
    return Key(evaluations_partition(), id_of(evaluation_id, "evl"))


def evaluations_of_version(version_id: str) -> str:
    """In the index: a version's evaluations, by id."""
    return partition(PLATFORM, "EVALUATIONS", id_of(version_id, "ver"))


def evaluation_index(version_id: str, evaluation_id: str) -> IndexKey:
    """Where the index holds an evaluation."""
    return IndexKey(evaluations_of_version(version_id), id_of(evaluation_id, "evl"))


def evaluation_cases_partition(evaluation_id: str) -> str:
    """What came of an evaluation's cases."""
    return partition(PLATFORM, "EVALCASE", id_of(evaluation_id, "evl"))


def evaluation_case_key(evaluation_id: str, case_id: str, repeat: int) -> Key:
    """What came of one asking of a case; `repeat` counts from 0."""
    if not 0 <= repeat <= _MAX_REPEAT:
        raise InvalidIdentifier("case")
    return Key(evaluation_cases_partition(evaluation_id), f"{checked(_CASE, case_id, 'case')}#{repeat:02d}")


def suite_object(digest: str) -> str:
    """Where a suite's cases are, in the platform's own bucket: no tenant's role and no agent reaches it."""
    return f"evaluations/suites/{checked(_DIGEST, digest, 'suite')}.json"
