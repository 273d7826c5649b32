import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDS = sorted((ROOT / "adr").glob("0*.md"))


def test_there_are_decisions_and_the_index_names_each() -> None:
    index = (ROOT / "adr" / "README.md").read_text()
    assert len(RECORDS) >= 15
    assert [path.name for path in RECORDS] == re.findall(r"\((\d{4}-[a-z0-9-]+\.md)\)", index)


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_decision_names_what_it_rejected_and_a_test_that_exists(path: Path) -> None:
    text = path.read_text()
    _, rejected, confirmation = re.split(r"\n## (?:Rejected|Confirmation)\n", text)
    named = re.findall(r"`(tests/[\w/.]+)`", confirmation)
    assert rejected.count("\n- **") + rejected.startswith("- **") >= 2
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
