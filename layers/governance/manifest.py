"""What an agent says of itself, in `[tool.ambit]` of its pyproject.toml and in its version's record."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from governance.policy.presets import DEFAULT, Preset
from governance.rates import MOST_PER_SECOND
from governance.tiers import Tier
from platform_kit.domains import GENERAL, PATTERN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

# AgentCore's runtime names hold 48 characters: `ambit_staging_`, the name, `_` and eight of the content hash.
MAX_NAME: Final = 25
MAX_DURATION_SECONDS: Final = 8 * 3600


class Mode(StrEnum):
    """How an agent answers. Declared, never guessed."""

    SYNC = "sync"
    STREAMING = "streaming"
    ASYNC = "async"


class ManifestError(ValueError):
    """A manifest that says too little, too much or nonsense; `problems` has one line for each fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", min_length=2, max_length=MAX_NAME)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1_000, strip_whitespace=True)]
Handler = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$", max_length=128)]
Tool = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*$", max_length=64)]
Domain = Annotated[str, StringConstraints(pattern=PATTERN)]


class Manifest(BaseModel):
    """The keys of `[tool.ambit]`; an unknown one is an error. Immutable.

    `domain` is the field of business it belongs to, which credentials can be limited to, `handler` is `module:app`,
    `tools` are what it may ask the gateway for, `policy` the preset that bounds it, `maxDurationSeconds` bounds a run,
    `ratePerSecond` how many of them a tenant may start a second (left out: as many as its tier lets it).
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False, extra="forbid", frozen=True)

    name: Name
    owner: Text
    description: Text
    mode: Mode
    handler: Handler
    domain: Domain = GENERAL
    tier_minimum: Tier = Tier.BASIC
    tools: tuple[Tool, ...] = Field(default=(), max_length=64)
    policy: Preset = DEFAULT
    model: Text | None = None
    evaluations: tuple[Text, ...] = Field(default=(), max_length=32)
    max_duration_seconds: int = Field(default=900, ge=1, le=MAX_DURATION_SECONDS)
    rate_per_second: float | None = Field(default=None, gt=0, le=MOST_PER_SECOND, allow_inf_nan=False)

    @classmethod
    def parse(cls, table: Mapping[str, Any]) -> Manifest:
        """Read a table of plain values; raises ManifestError naming every faulty key and what is allowed."""
        try:
            return cls.model_validate(dict(table))
        except ValidationError as error:
            raise ManifestError([_say(fault) for fault in error.errors()]) from None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values under their manifest names, for the version's record."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def allowed_keys() -> list[str]:
    """The manifest's keys, sorted."""
    return sorted(field.alias or name for name, field in Manifest.model_fields.items())


def _say(fault: ErrorDetails) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"unknown key {key}: allowed are {', '.join(allowed_keys())}"
    if fault["type"] == "missing":
        return f"{key} is missing"
    return f"{key}: {fault['msg'][0].lower()}{fault['msg'][1:]}"
