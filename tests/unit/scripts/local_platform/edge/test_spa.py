from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.local_platform.edge.spa import locate, serve

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("page")
    (folder / "assets" / "app-1a2b.js").write_text("code")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.mark.parametrize("path", ["/", "/runs", "/runs/run_1"])
def test_every_page_is_the_one_document(dist: Path, path: str) -> None:
    assert locate(dist, path) == dist / "index.html"
    assert serve(dist, path).headers["cache-control"] == "no-cache"


def test_a_hashed_file_is_kept_for_ever(dist: Path) -> None:
    assert "immutable" in serve(dist, "/assets/app-1a2b.js").headers["cache-control"]


def test_a_missing_file_is_404_and_not_the_document(dist: Path) -> None:
    assert serve(dist, "/assets/gone.js").status_code == 404


@pytest.mark.parametrize("path", ["/../secret.txt", "/assets/../../secret.txt", "//etc/passwd.txt"])
def test_no_path_leaves_the_folder(dist: Path, path: str) -> None:
    assert locate(dist, path) is None


def test_an_app_that_was_not_built_says_so(tmp_path: Path) -> None:
    assert serve(tmp_path, "/").status_code == 404
    assert b"make dev" in bytes(serve(tmp_path, "/").body)
