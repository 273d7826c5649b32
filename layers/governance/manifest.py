"""What an agent says of itself, in `[tool.ambit]` of its pyproject.toml and in its version's record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from governance.certifications import CertificationKind
from governance.job_limits import FEWEST_HEARTBEAT_SECONDS, MOST_ATTEMPTS, MOST_HEARTBEAT_SECONDS
from governance.policy.presets import DEFAULT, Preset
from governance.rates import MOST_PER_SECOND
from governance.tiers import Tier
from platform_kit.domains import GENERAL, PATTERN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails

# AgentCore's runtime names hold 48 characters: `ambit_staging_`, the name, `_` and eight of the content hash.
MAX_NAME: Final = 25
MAX_DURATION_SECONDS: Final = 8 * 3600
ASKS_MODELS: Final = "model.chat"
"""The tool by which an agent asks a model."""
SCHEMA_ID: Final = "urn:ambit:schema:manifest"
_LISTS: Final = ("tools", "evaluations", "prompts", "certifications")


class Mode(StrEnum):
    """How an agent answers. Declared, never guessed."""

    SYNC = "sync"
    STREAMING = "streaming"
    ASYNC = "async"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the key it is at, as the table nests them, and what to do about it."""

    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        return self.message


class ManifestError(ValueError):
    """A manifest that says too little, too much or nonsense: all its faults, and `problems`, a line for each."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)
        self.problems = [str(fault) for fault in faults]


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", min_length=2, max_length=MAX_NAME)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1_000, strip_whitespace=True)]
Handler = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$", max_length=128)]
Tool = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*$", max_length=64)]
Domain = Annotated[str, StringConstraints(pattern=PATTERN)]
# What `POST /v1/evaluation-suites` takes for a name.
SuiteName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
# A file below the agent's folder: no absolute path, no `..`, no hidden file.
File = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$", max_length=200)
]


class Manifest(BaseModel):
    """What an agent says of itself; an unknown key is an error."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False, extra="forbid", frozen=True)

    name: Name = Field(description="What it is called and invoked by.")
    owner: Text = Field(description="Who answers for it.")
    description: Text = Field(description="What it does, for those who choose an agent.")
    mode: Mode
    handler: Handler = Field(description="The application, as module:name.")
    domain: Domain = Field(
        default=GENERAL, description="The field of business it belongs to, which credentials can be limited to."
    )
    tier_minimum: Tier = Field(default=Tier.BASIC, description="The smallest plan that includes it.")
    tools: tuple[Tool, ...] = Field(default=(), max_length=64, description="What it may ask the gateway for.")
    policy: Preset = Field(default=DEFAULT, description="The preset that bounds it.")
    model: Text | None = Field(default=None, description="The name by which it asks a model, such as small.")
    prompts: tuple[File, ...] = Field(
        default=(), max_length=32, description="Its files of text that decide what it says, below its folder."
    )
    evaluations: tuple[SuiteName, ...] = Field(
        default=(), max_length=32, description="The suites that its versions have to pass, by name."
    )
    certifications: tuple[CertificationKind, ...] = Field(
        default=(), max_length=8, description="What somebody else has to vouch for before tenants run it."
    )
    max_duration_seconds: int = Field(
        default=900, ge=1, le=MAX_DURATION_SECONDS, description="The longest a run may take."
    )
    heartbeat_seconds: int | None = Field(
        default=None,
        ge=FEWEST_HEARTBEAT_SECONDS,
        le=MOST_HEARTBEAT_SECONDS,
        description="For how long an async run may give no sign of life; left out, 90 seconds.",
    )
    max_attempts: int | None = Field(
        default=None,
        ge=1,
        le=MOST_ATTEMPTS,
        description="How often an async run may be begun; more than 1 says that it goes on from its checkpoints.",
    )
    rate_per_second: float | None = Field(
        default=None,
        gt=0,
        le=MOST_PER_SECOND,
        allow_inf_nan=False,
        description="Runs that a tenant may start a second; left out, as many as its tier lets it.",
    )

    record: bool | None = Field(
        default=None,
        description="Whether what its runs ask and are answered is kept, sealed, so that they can be replayed.",
    )

    @classmethod
    def parse(cls, table: Mapping[str, Any]) -> Manifest:
        """Read a table of plain values; raises ManifestError with every fault there is, contradictions included."""
        contradictions = list(_contradictions(table))
        try:
            manifest = cls.model_validate(dict(table))
        except ValidationError as error:
            raise ManifestError([*map(_fault, error.errors()), *contradictions]) from None
        if contradictions:
            raise ManifestError(contradictions)
        return manifest

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values under their manifest names, for the version's record."""
        said = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return said if said["certifications"] else {k: v for k, v in said.items() if k != "certifications"}


def allowed_keys() -> list[str]:
    """The manifest's keys, sorted."""
    return sorted(field.alias or name for name, field in Manifest.model_fields.items())


def json_schema() -> dict[str, Any]:
    """The manifest as a JSON Schema (2020-12), for editors and other people's tools.

    It says what single keys may hold. That keys fit each other, and the agent's folder, only a push can say.
    """
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    schema = head | Manifest.model_json_schema(by_alias=True)
    return schema | {"title": "Ambit agent manifest: [tool.ambit] in pyproject.toml"}


def _contradictions(table: Mapping[str, Any]) -> Iterator[Fault]:
    """Keys that are sound by themselves and cannot both be meant. Values of a wrong type are another's to tell."""
    for key in _LISTS:
        yield from _repeated(key, table.get(key))
    tools, model = table.get("tools", []), table.get("model")
    if isinstance(model, str) and isinstance(tools, list | tuple) and ASKS_MODELS not in tools:
        why = f"it names a model, but without {ASKS_MODELS} among the tools it may ask none"
        yield Fault(("model",), f'model: {why}: add "{ASKS_MODELS}" to tools, or take model out')


def _repeated(key: str, values: object) -> Iterator[Fault]:
    if not isinstance(values, list | tuple):
        return
    counted = Counter(value for value in values if isinstance(value, str))
    for value, times in counted.items():
        if times > 1:
            yield Fault((key, len(values) - 1 - values[::-1].index(value)), f"{key}: {value} is named {times} times")


def _fault(fault: ErrorDetails) -> Fault:
    key = ".".join(str(part) for part in fault["loc"])
    return Fault(tuple(fault["loc"]), _say(key, fault))


def _say(key: str, fault: ErrorDetails) -> str:
    if fault["type"] == "extra_forbidden":
        near = get_close_matches(key, allowed_keys(), n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        return f"unknown key {key}: {meant}allowed are {', '.join(allowed_keys())}"
    if fault["type"] == "missing":
        return f"{key} is missing"
    return f"{key}: {fault['msg'][0].lower()}{fault['msg'][1:]}"
