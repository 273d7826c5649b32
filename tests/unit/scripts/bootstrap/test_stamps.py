from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.bootstrap.stamps import Stamps, digest

if TYPE_CHECKING:
    from pathlib import Path


def test_a_digest_follows_content_names_and_plain_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1")
    first = digest([tmp_path, "x"])
    assert digest([tmp_path, "x"]) == first
    assert digest([tmp_path, "y"]) != first
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    assert digest([tmp_path, "x"]) != first


def test_build_products_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    first = digest([tmp_path])
    for folder in ("node_modules", "dist", "__pycache__"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x").write_text("x")
    assert digest([tmp_path]) == first


def test_a_step_is_fresh_only_for_the_digest_it_was_marked_with(tmp_path: Path) -> None:
    stamps = Stamps(tmp_path / "stamps")
    assert not stamps.is_fresh("step", "1")
    stamps.mark("step", "1")
    assert stamps.is_fresh("step", "1")
    assert not stamps.is_fresh("step", "2")
    stamps.forget("step")
    assert not stamps.is_fresh("step", "1")
