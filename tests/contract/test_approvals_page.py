"""docs/approvals.md says what the code does: terms, states, bounds, and whose approval a call needs."""

import re
from datetime import timedelta
from pathlib import Path

from enforcement.approvals import MOST_ASKED
from governance.approvals import EXPIRIES, MOST_BYTES, Status
from governance.approvals.votes import QUORUMS
from governance.policy.tools import Risk
from lambdas.gateway.models import MAX_WAIT_SECONDS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "approvals.md").read_text(encoding="utf-8")
KIND = re.compile(r"^\| `([a-z]+)` \| (\d+) hours? \|$", re.MULTILINE)
STATE = re.compile(r"^\| `([a-z]+)` \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)


def test_the_terms_are_those_of_the_code() -> None:
    hours = {kind.value: str(span // timedelta(hours=1)) for kind, span in EXPIRIES.items()}
    assert dict(KIND.findall(PAGE)) == hours


def test_every_state_is_explained() -> None:
    assert {name for name, _ in STATE.findall(PAGE)} == {status.value for status in Status}


def test_the_bounds_are_those_of_the_code() -> None:
    assert f"{MOST_BYTES // 1024} KiB of arguments" in PAGE
    assert MOST_ASKED == 20
    assert "at most twenty calls of a run" in PAGE
    assert f"`{{waitSeconds: 0…{MAX_WAIT_SECONDS}}}`" in PAGE


def test_what_takes_two_people_is_said() -> None:
    assert [risk for risk in Risk if QUORUMS[risk] > 1] == [Risk.CRITICAL]
    assert "two different people where the risk is critical" in PAGE
