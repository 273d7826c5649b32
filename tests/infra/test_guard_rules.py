"""Our guard rules against the cases written for them: what must pass passes, what must fail fails by that rule."""

import json
import re
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from infra.guard.cfn_guard import OUR_RULES, Finding, binary, check, unpack

CASES = OUR_RULES.parent / "cases"
RULES = frozenset(
    re.findall(r"^rule (AMBIT_\w+)", "\n".join(p.read_text() for p in OUR_RULES.glob("*.guard")), re.MULTILINE)
)


def _load() -> dict[str, dict[str, dict[str, Any]]]:
    loaded = (json.loads(path.read_text()) for path in sorted(CASES.glob("*.json")))
    return {case["rule"]: case for case in loaded}


LOADED = _load()
NAMED = [
    (rule, kind, name) for rule, case in LOADED.items() for kind in ("passes", "fails") for name in sorted(case[kind])
]


def _file_name(rule: str, kind: str, name: str) -> str:
    return f"{rule}.{kind}.{re.sub(r'[^a-z0-9]+', '-', name)}.template.json"


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> set[Finding]:
    folder: Path = tmp_path_factory.mktemp("cases")
    for rule, kind, name in NAMED:
        template = {"Resources": {"Case": LOADED[rule][kind][name]}}
        (folder / _file_name(rule, kind, name)).write_text(json.dumps(template))
    return set(check(sorted(folder.iterdir()), [OUR_RULES]))


@pytest.mark.parametrize(("rule", "kind", "name"), NAMED)
def test_a_case_is_judged_as_it_says(rule: str, kind: str, name: str, findings: set[Finding]) -> None:
    broken = Finding(_file_name(rule, kind, name), "Case", rule) in findings

    assert broken is (kind == "fails")


def test_every_rule_has_cases_that_pass_and_cases_that_fail() -> None:
    assert set(LOADED) == RULES
    assert all(case["passes"] and case["fails"] for case in LOADED.values())


def test_those_who_unpack_at_once_each_find_it_whole(tmp_path: Path) -> None:
    def found(_: int) -> bool:
        return binary(unpack(tmp_path / "at-once")).is_file()

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(found, range(4)))
    assert len(list((tmp_path / "at-once").iterdir())) == 1


def test_who_is_stopped_while_unpacking_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(archive: tarfile.TarFile, path: Path, **_: str) -> None:
        archive.extract(archive.next() or "", path, filter="data")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tarfile.TarFile, "extractall", stopped)
        with pytest.raises(KeyboardInterrupt):
            unpack(tmp_path)
    assert binary(unpack(tmp_path)).is_file()
