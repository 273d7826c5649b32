"""Write the OpenAPI document, its reference page, the manifest's schema; --check only says whether they are current."""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from governance.manifest import json_schema
from scripts.openapi.document import build
from scripts.openapi.operations import declared
from scripts.openapi.reference import page

_ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENT: Final = _ROOT / "openapi" / "ambit.openapi.json"
MANIFEST: Final = _ROOT / "openapi" / "ambit-manifest.schema.json"
REFERENCE: Final = _ROOT / "frontend" / "public" / "reference" / "index.html"


def render() -> dict[Path, str]:
    """What the files should hold."""
    document = build(declared())
    return {DOCUMENT: _text(document), MANIFEST: _text(json_schema()), REFERENCE: page(document)}


def _text(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write or check; the exit code is 1 when a check finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m scripts.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a file is out of date")
    arguments = parser.parse_args()
    stale = [path for path, text in render().items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if arguments.check:
        for path in stale:
            print(f"{path.relative_to(_ROOT)} is out of date: run `make openapi`", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render()[path], encoding="utf-8")
        print(f"wrote {path.relative_to(_ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
