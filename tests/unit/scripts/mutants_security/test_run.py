import subprocess
from pathlib import Path

import pytest

from scripts.mutants_security import run
from scripts.mutants_security.mutants import Mutant
from scripts.mutants_security.report import said, section, table
from scripts.mutants_security.run import NoVerdict, Verdict, apply, check_whole, copy_tree, try_one

CODE = "def allowed(tenant):\n    return tenant == 'acme'\n"
TEST = "from code_under_test import allowed\n\n\ndef test_it():\n    assert not allowed('globex')\n"
BREAKS = Mutant("the check is gone", "code_under_test.py", "tenant == 'acme'", "True", ("test_it.py",))
HARMLESS = Mutant("nothing", "code_under_test.py", "tenant == 'acme'", "'acme' == tenant", ("test_it.py",))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    (root / "code_under_test.py").write_text(CODE)
    (root / "test_it.py").write_text(TEST)
    (root / ".gitignore").write_text("built\n")
    (root / "built").write_text("x")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


@pytest.fixture
def tree(root: Path, tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    copy_tree(root, tree)
    return tree


def test_the_copy_has_what_git_would_add_and_nothing_built(tree: Path) -> None:
    assert sorted(path.name for path in tree.iterdir()) == [".gitignore", "code_under_test.py", "test_it.py"]


@pytest.mark.proof
def test_a_mutant_that_a_test_notices_is_caught_and_the_copy_is_mended(root: Path, tree: Path) -> None:
    check_whole([BREAKS], tree)
    verdict = try_one(BREAKS, root, tree)
    assert (verdict.caught, verdict.failed) == (True, 1)
    assert (tree / "code_under_test.py").read_text() == (root / "code_under_test.py").read_text() == CODE


@pytest.mark.proof
def test_a_mutant_that_nobody_notices_survives(root: Path, tree: Path) -> None:
    assert not try_one(HARMLESS, root, tree).caught


@pytest.mark.proof
def test_tests_that_fail_anyway_prove_nothing(tree: Path) -> None:
    (tree / "test_it.py").write_text(TEST.replace("not ", ""))
    with pytest.raises(NoVerdict, match="unbroken"):
        check_whole([BREAKS], tree)


@pytest.mark.proof
def test_tests_that_cannot_run_prove_nothing(tree: Path) -> None:
    with pytest.raises(NoVerdict, match="pytest ended with 4"):
        run.failures(["no_such_test.py"], tree)


def test_code_that_has_changed_is_said(tree: Path) -> None:
    (tree / "code_under_test.py").write_text("")
    with pytest.raises(NoVerdict, match="stands 0 times"):
        apply(BREAKS, tree)


def test_the_report_says_which_survived() -> None:
    verdicts = [Verdict(BREAKS, 3, 1.25), Verdict(HARMLESS, 0, 2.0)]
    assert [said(verdict) for verdict in verdicts] == ["yes, 3 tests fail", "no: it survived"]
    assert "1 of 2 were noticed" in section(verdicts)
    assert table(verdicts)[0].split("  ")[0] == "the check is gone"
