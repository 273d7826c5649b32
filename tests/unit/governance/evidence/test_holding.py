from dataclasses import replace

import pytest

from governance.evidence.holding import Wanted, why_not
from tests.audit_logs import OTHER_KEY
from tests.evidence_bundles import CASES, TRUSTED, VERSION, bundle_of, files_of

WANTED = Wanted(str(VERSION["contentHash"]), "golden", "c" * 64, "0.75")


def test_evidence_of_this_content_and_suite_with_success_shows_it() -> None:
    assert why_not(bundle_of(), TRUSTED, WANTED) == ""


@pytest.mark.parametrize(
    "other", [{"content_hash": "b" * 64}, {"suite": "other"}, {"suite_digest": "d" * 64}, {"threshold": "0.5"}]
)
def test_any_other_does_not(other: dict[str, str]) -> None:
    assert why_not(bundle_of(), TRUSTED, replace(WANTED, **other))


def test_what_failed_a_stranger_signed_or_somebody_changed_does_not() -> None:
    failed = dict.fromkeys(CASES, False)
    assert "failed" in why_not(bundle_of(files_of(failed), cases=failed, passed=False), TRUSTED, WANTED)
    assert "trusted" in why_not(bundle_of(key=OTHER_KEY), TRUSTED, WANTED)
    assert why_not(bundle_of()[:-1], TRUSTED, WANTED)
