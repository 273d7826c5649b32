"""The policy envelope: what an agent may do, as JSON that people write. docs/policies.md is its reference.

    {"autonomyTier": 2, "maxCostPerRun": "0.50", "tools": [{"name": "files.*", "maxCallsPerRun": 20}]}

What an envelope leaves out it does not allow. An override is the same with everything optional: what it leaves out it
takes from the envelope that it narrows.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from governance.guardrails.actions import DEFAULTS, MOST_REGIONS
from governance.guardrails.classes import Action, DataClass
from governance.policy.constraints import Constraint
from governance.policy.patterns import covers_host, covers_name, widening
from governance.policy.provenance import Provenance
from governance.policy.tools import Dotted, DottedPattern, Risk
from governance.pricing import PICO_PER_DOLLAR

HIGHEST_TIER: Final = 5
MOST_GRANTS: Final = 1_000
_MOST_LISTED: Final = 200
_MOST_CALLS: Final = 1_000_000
_HOST: Final = r"^(\*|(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)$"
_MODEL: Final = r"^(\*|[A-Za-z0-9][A-Za-z0-9._:/@-]*\*?)$"


class Tainted(StrEnum):
    """What becomes of calls with side effects once untrusted text is in the run, strictest first."""

    DENY = "deny"
    ASK = "ask"
    ALLOW = "allow"


class Fault(NamedTuple):
    """What is wrong with a document: a JSON pointer (RFC 6901) into it, and words."""

    pointer: str
    message: str


class EnvelopeError(ValueError):
    """A document that is no envelope, or no override; `faults` has every fault."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{pointer or '/'}: {message}" for pointer, message in faults))
        self.faults = tuple(faults)


class _Document(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False, extra="forbid", frozen=True)

    @classmethod
    def parse(cls, document: object) -> Self:
        """Read plain JSON values; raises EnvelopeError naming every fault by its pointer."""
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise EnvelopeError([_fault(found) for found in error.errors(include_url=False)]) from None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values under their names, without what is left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def _each_argument_once(constraints: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    _each_once([constraint.argument for constraint in constraints])
    return constraints


class Grant(_Document):
    """Leave to call the tools that a name or pattern covers; of several the narrowest counts, and it alone. Immutable.

    `risk` can only make a call riskier than the registry says. `maxCallsPerRun` counts each tool by itself.
    `unattended`: true lifts the rule that a high-risk call asks below tier 3, false asks for every call. `provenance`
    exempts calls from taint whose arguments come from the trusted side of their run.
    """

    name: DottedPattern
    risk: Risk | None = None
    actions: Annotated[tuple[Dotted, ...], Field(max_length=64)] | None = None
    constraints: Annotated[tuple[Constraint, ...], Field(max_length=32), AfterValidator(_each_argument_once)] = ()
    max_calls_per_run: Annotated[int, Field(ge=0, le=_MOST_CALLS, strict=True)] | None = None
    unattended: Annotated[bool, Field(strict=True)] | None = None
    provenance: Provenance | None = None


def _each_tool_once(grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
    _each_once([grant.name for grant in grants])
    return grants


def _each_once(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise ValueError(f"named twice: {', '.join(twice[:10])}")


Region = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Guardrails(_Document):
    """What is done with each class of finding, and the regions whose telephone numbers are known. Immutable.

    A class that is not named is treated as `governance.guardrails.actions.DEFAULTS` says.
    """

    actions: dict[DataClass, Action] = Field(default_factory=dict)
    regions: Annotated[tuple[Region, ...], Field(max_length=MOST_REGIONS)] | None = None

    def action(self, found: DataClass) -> Action:
        """What is done with a class."""
        return self.actions.get(found, DEFAULTS[found])


Tier = Annotated[int, Field(ge=0, le=HIGHEST_TIER, strict=True)]
Grants = Annotated[tuple[Grant, ...], Field(max_length=MOST_GRANTS), AfterValidator(_each_tool_once)]
Scopes = Annotated[tuple[DottedPattern, ...], Field(max_length=_MOST_LISTED)]
Models = Annotated[
    tuple[Annotated[str, Field(pattern=_MODEL, max_length=128)], ...],
    Field(max_length=_MOST_LISTED),
]
Hosts = Annotated[tuple[Annotated[str, Field(pattern=_HOST, max_length=253)], ...], Field(max_length=_MOST_LISTED)]
Dollars = Annotated[str, Field(pattern=r"^(0|[1-9]\d{0,5})(\.\d{1,12})?$")]


class Envelope(_Document):
    """What an agent may do. Immutable. `maxCostPerRun` is in US dollars, a decimal string below a million."""

    autonomy_tier: Tier
    max_cost_per_run: Dollars
    tools: Grants = ()
    data_scopes: Scopes = ()
    models: Models = ()
    egress: Hosts = ()
    side_effects_when_tainted: Tainted = Tainted.DENY
    guardrails: Guardrails = Guardrails()

    @property
    def max_cost(self) -> int:
        """What a run may cost, in pico-dollars."""
        return pico(self.max_cost_per_run)

    def allows_scope(self, scope: str) -> bool:
        """Whether a data scope is among those of the envelope."""
        return any(covers_name(pattern, scope) for pattern in self.data_scopes)

    def allows_model(self, model: str) -> bool:
        """Whether a model may be called."""
        return any(covers_name(pattern, model) for pattern in self.models)

    def allows_host(self, host: str) -> bool:
        """Whether a host, in lower case and without a port, may be reached."""
        return any(covers_host(pattern, host) for pattern in self.egress)


class Override(_Document):
    """What a tenant changes of an envelope; it only narrows (narrowing.py). Immutable."""

    autonomy_tier: Tier | None = None
    max_cost_per_run: Dollars | None = None
    tools: Grants | None = None
    data_scopes: Scopes | None = None
    models: Models | None = None
    egress: Hosts | None = None
    side_effects_when_tainted: Tainted | None = None
    guardrails: Guardrails | None = None


def grants_by_name(grants: tuple[Grant, ...]) -> dict[str, Grant]:
    """Grants under the names that they cover."""
    return {grant.name: grant for grant in grants}


def governing(grants: Mapping[str, Grant], name: str) -> Grant | None:
    """The grant that counts for a tool or a pattern of tools: the narrowest that covers all of it, or None."""
    return next((grants[pattern] for pattern in widening(name) if pattern in grants), None)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of an envelope, for editors. It does not see a name given twice."""
    schema = Envelope.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def pico(amount: str) -> int:
    """Pico-dollars of a decimal string in US dollars with at most twelve decimals, exactly."""
    return int(Decimal(amount) * PICO_PER_DOLLAR)


def _fault(found: ErrorDetails) -> Fault:
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in found["loc"])
    return Fault(pointer, _WORDS.get(found["type"]) or found["msg"].removeprefix("Value error, "))


_WORDS: Final = {"extra_forbidden": "is no key of a policy envelope", "missing": "is missing"}
