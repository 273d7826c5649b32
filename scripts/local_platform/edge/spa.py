"""Serves the built web app: files as they are, every other path without a dot is a page of the one document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import FileResponse, PlainTextResponse, Response

if TYPE_CHECKING:
    from pathlib import Path

NOT_BUILT = "The web app is not built: run `make dev`."
FOREVER = "public, max-age=31536000, immutable"


def locate(dist: Path, path: str) -> Path | None:
    """The file for a URL path inside `dist`, never outside it; the document for a page; None for a missing file."""
    wanted = (dist / path.lstrip("/")).resolve()
    if wanted.is_relative_to(dist.resolve()) and wanted.is_file():
        return wanted
    return dist / "index.html" if "." not in path.rsplit("/", 1)[-1] else None


def serve(dist: Path, path: str) -> Response:
    """The answer for one URL path. Files under `assets/` carry a hash in their name and may be kept for ever."""
    found = locate(dist, path)
    if found is None or not found.is_file():
        return PlainTextResponse("Not found" if found is None else NOT_BUILT, 404)
    hashed = found.parent.name == "assets"
    return FileResponse(found, headers={"cache-control": FOREVER if hashed else "no-cache"})
