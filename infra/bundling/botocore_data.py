"""Which of botocore's service models a package carries: all of them are 25 MB, a function calls a handful."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

DATA: Final = Path("botocore") / "data"


def split(files: dict[str, Path]) -> tuple[dict[str, Path], dict[str, dict[str, Path]]]:
    """Files every package carries, and service models by service. Files directly below `data` belong to every one."""
    always: dict[str, Path] = {}
    services: dict[str, dict[str, Path]] = {}
    for name, path in files.items():
        service = service_of(name)
        (always if service is None else services.setdefault(service, {}))[name] = path
    return always, services


def service_of(name: str) -> str | None:
    """`botocore/data/s3/2006-03-01/service-2.json.gz` → `s3`; None for anything that is no service's."""
    parts = Path(name).parts
    return parts[2] if Path(*parts[:2]) == DATA and len(parts) > 3 else None  # noqa: PLR2004 - data/<service>/<version>/<file>


def choose(models: dict[str, dict[str, Path]], wanted: Collection[str]) -> dict[str, Path]:
    """The models of the wanted services; raises KeyError for a service botocore does not know."""
    return {name: path for service in sorted(wanted) for name, path in models[service].items()}
