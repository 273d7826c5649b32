from __future__ import annotations

import pytest

from scripts.local_platform.emulator.seam import SeamMoved, replace_once, require


def sample() -> str:
    return "the fragment"


def test_code_that_is_as_expected_passes() -> None:
    require(sample, "the fragment", "def sample")


def test_code_that_changed_is_named() -> None:
    with pytest.raises(SeamMoved, match="sample no longer holds 'another'"):
        require(sample, "another")


@pytest.mark.parametrize("text", ["nothing", "old and old"])
def test_a_replacement_that_is_not_unique_stops(text: str) -> None:
    with pytest.raises(SeamMoved):
        replace_once(text, "old", "new")


def test_a_unique_replacement_is_made() -> None:
    assert replace_once("an old hat", "old", "new") == "an new hat"
