"""Tools that operators register: described as the platform's own are, and run at a URL or in a Lambda function.

Nobody vouches for what they return, so it taints the run. docs/tools.md is the reference.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from governance.policy.registry import RegisteredTool
from governance.policy.tools import NAME, Risk, ToolFacts
from governance.tiers import Tier
from governance.toolbox.entries import TargetKind, ToolEntry
from governance.toolbox.http import Url
from governance.toolbox.pack import NAMESPACES, PACK
from governance.toolbox.schemas import check_schema, faults
from platform_kit.fields import printable
from platform_kit.models import ApiModel
from platform_kit.outbound import parse

MOST_TOOLS: Final = 200
MOST_SECONDS: Final = 25
MOST_NAME: Final = 64
FUNCTION_PREFIX: Final = "tool-"
"""What follows `ambit-<stage>-` in the name of a function that a tool may be: the gateway may call no other."""
_FUNCTION: Final = r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$"
_BEHIND: Final = r"^(?:[0-9A-Za-z]-?){1,100}___[A-Za-z0-9_.-]{1,64}$"
_CREDENTIAL: Final = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"


def _own(name: str) -> str:
    if name in PACK or name.partition(".")[0] in NAMESPACES:
        raise ValueError("is the platform's own name, or below one of its own")
    return name


def _schema(value: object) -> object:
    return check_schema(value)


Name = Annotated[str, Field(pattern=NAME, max_length=MOST_NAME), AfterValidator(_own)]
Sentence = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(printable)
]
Schema = Annotated[dict[str, Any], BeforeValidator(_schema)]


class Credential(ApiModel):
    """The secret that the gateway calls a tool with: its name below `ambit/<stage>/tools/` in Secrets Manager.

    `bearer` sends it in `Authorization`; `signature` signs each call with it, by HMAC-SHA256 as Standard Webhooks do.
    """

    secret: Annotated[str, Field(pattern=_CREDENTIAL)]
    scheme: Literal["bearer", "signature"]


class Target(ApiModel):
    """Where a tool runs: at an HTTPS URL, in a function named `ambit-<stage>-tool-<function>`, or elsewhere.

    `agentcore` is its whole name at an Amazon Bedrock AgentCore Gateway, `<target>___<tool>`: a tool of that name at
    another target is another tool. The gateway calls it with a credential of its own.
    """

    http: Url | None = None
    function: Annotated[str, Field(pattern=_FUNCTION)] | None = None
    agentcore: Annotated[str, Field(pattern=_BEHIND)] | None = None
    credential: Credential | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.http, self.function, self.agentcore)) != 1:
            raise ValueError("give one of http, function and agentcore")
        if self.http is None and self.credential is not None:
            raise ValueError("only a URL is called with a credential")
        return self

    @property
    def kind(self) -> TargetKind:
        """Which of them it is."""
        if self.agentcore is not None:
            return TargetKind.AGENTCORE
        return TargetKind.LAMBDA if self.function is not None else TargetKind.HTTP

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host that a call reaches; none when it stays here."""
        return () if self.http is None else (parse(self.http).host,)


class ToolDraft(ApiModel):
    """A tool as an operator registers it. `inputSchema` and `outputSchema` are JSON Schema, draft 2020-12."""

    description: Sentence
    input_schema: Schema
    output_schema: Schema | None = None
    risk: Risk
    side_effects: Annotated[bool, Field(strict=True)]
    tier_minimum: Tier = Tier.BASIC
    timeout_seconds: Annotated[int, Field(ge=1, le=MOST_SECONDS, strict=True)] = 10
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
    target: Target


class CustomTool(ToolDraft):
    """A registered tool, with its name."""

    name: Name

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> Self:
        """Read a record; pydantic's ValidationError, a ValueError, for one that is none any more."""
        known = {field.alias or name for name, field in cls.model_fields.items()}
        return cls.model_validate({name: value for name, value in record.items() if name in known})

    @property
    def registered(self) -> RegisteredTool:
        """As policy sees it."""
        return RegisteredTool(
            ToolFacts(
                name=self.name,
                risk=self.risk,
                side_effects=self.side_effects,
                tier_minimum=self.tier_minimum,
                version=self.version,
            )
        )

    def entry(self) -> ToolEntry:
        """As the registry holds it."""
        return ToolEntry(
            self.registered,
            self.description,
            self.input_schema,
            self.output_schema,
            self.timeout_seconds,
            self.target.kind,
            self.target.credential.secret if self.target.credential else "",
        )

    def bad_arguments(self, given: object) -> list[str]:
        """What of the arguments does not fit, each by its place."""
        return faults(self.input_schema, given)

    def bad_result(self, result: object) -> list[str]:
        """What of a result does not fit; nothing when it may be anything."""
        return [] if self.output_schema is None else faults(self.output_schema, result)


def parsed(record: Mapping[str, Any]) -> CustomTool | None:
    """The tool of a record; None for one that makes no sense any more: it is no tool."""
    try:
        return CustomTool.parse(record)
    except ValueError:
        return None
