"""Presigned `GetCallerIdentity`, by which AWS callers prove their role: the endpoint checks every signed part."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.aws_proof import AUDIENCE, HEADER, presigned

if TYPE_CHECKING:
    from tests.conformance.conftest import Emulator

OURS = {HEADER: AUDIENCE}


@pytest.fixture(scope="module")
def session(emulator: Emulator) -> dict[str, str]:
    return emulator.assume(emulator.role("caller-identity"))


def test_a_proof_names_the_session_of_its_role(emulator: Emulator, session: dict[str, str]) -> None:
    answer = httpx.get(presigned(emulator.layout.emulator_url, session), headers=OURS)
    assert answer.status_code == 200, answer.text
    found = re.findall(r"<Arn>([^<]+)</Arn>", answer.text)
    assert found == ["arn:aws:sts::000000000000:assumed-role/caller-identity/conformance"]


@pytest.mark.parametrize("headers", [{}, {HEADER: "another-api"}, {HEADER: "ambit-api, another-api"}])
def test_a_proof_for_another_audience_is_refused(
    emulator: Emulator, session: dict[str, str], headers: dict[str, str]
) -> None:
    assert httpx.get(presigned(emulator.layout.emulator_url, session), headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (r"X-Amz-Signature=[0-9a-f]{8}", "X-Amz-Signature=00000000"),
        (r"X-Amz-Date=\d{8}", "X-Amz-Date=20200101"),
        (r"X-Amz-Expires=60", "X-Amz-Expires=600"),
        (r"Version=2011-06-15", "Version=2011-06-16"),
        (r"host%3Bx-ambit-audience", "host"),
    ],
)
def test_a_changed_proof_is_refused(emulator: Emulator, session: dict[str, str], part: str, other: str) -> None:
    url = presigned(emulator.layout.emulator_url, session)
    changed = re.sub(part, other, url)
    assert changed != url
    assert httpx.get(changed, headers=OURS).status_code in {400, 403}
