"""Which platform to talk to: `AMBIT_API_URL`, or the local stack that `make dev` described in `.ambit/dev.json`."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.ambit_cli.exits import fail


@dataclass(frozen=True)
class Stack:
    """A platform's public addresses. `local` is the content of dev.json when it is the local stack."""

    api_url: str
    issuer: str
    audience: str
    local: dict[str, Any] | None


def find_dev_file(start: Path | None = None) -> Path | None:
    """`.ambit/dev.json` here or in a parent folder."""
    here = (start or Path.cwd()).resolve()
    return next((path for folder in (here, *here.parents) if (path := folder / ".ambit" / "dev.json").is_file()), None)


def current() -> Stack:
    """The platform to talk to; leaves with advice when there is none."""
    if url := os.environ.get("AMBIT_API_URL"):
        issuer, audience = os.environ.get("AMBIT_ISSUER", ""), os.environ.get("AMBIT_AUDIENCE", "ambit-api")
        return Stack(url.rstrip("/"), issuer, audience, None)
    path = find_dev_file()
    if path is None:
        fail("no platform found: run `make dev` in a clone, or set AMBIT_API_URL (and a key, a token or a login).")
    return _read(path)


def _read(path: Path) -> Stack:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Stack(found["apiUrl"].rstrip("/"), found["issuer"], found["audience"], found)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        fail(f"{path} is damaged ({type(error).__name__}): run `make dev` again to write it anew.")
