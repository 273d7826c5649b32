"""Nothing that leads to an execution reads a version's record without verifying it."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SHOWS: Final = {
    "data_access_lib/repositories/catalogue.py": "where it is defined",
    "data_access_lib/verified_versions.py": "what verifies",
    "layers/run_lifecycle/resolution.py": "in a comment: what it is given verifies",
    "lambdas/agents/service.py": "the catalogue's type; what it is given verifies",
    "lambdas/agents/versions.py": "lists for operators",
}


def test_who_reads_versions_unverified_is_known() -> None:
    sources = [path for name in ("layers", "lambdas", "data_access_lib") for path in (ROOT / name).rglob("*.py")]
    naming = {
        str(path.relative_to(ROOT)) for path in sources if re.search(r"\bVersionRecords\b", path.read_text("utf-8"))
    }
    assert naming == set(SHOWS)


def test_no_composition_root_makes_an_unverified_reader() -> None:
    made = [path for path in (ROOT / "lambdas").rglob("*.py") if "VersionRecords(" in path.read_text("utf-8")]
    made += [path for path in (ROOT / "layers").rglob("*.py") if "VersionRecords(" in path.read_text("utf-8")]
    assert made == []
