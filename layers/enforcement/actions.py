"""What an agent asks to do, and how it went."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from enforcement.digests import digest
from governance.policy.registry import REGISTRY, RegisteredTool
from governance.pricing import Usage

NOTHING: Final = Usage()
Status = Literal["succeeded", "failed", "outage"]


@dataclass(frozen=True)
class Action:
    """One thing an agent asks to do: a call of a tool, or of a model.

    `tool` is its name in the registry, `arguments` are plain JSON, as policy sees them and an approval freezes them,
    `told` is what the event log keeps of them. `estimate` is the most it may use, set aside beforehand: at the run's
    price book, or for `price` pico-dollars where the call has a price of its own. `scanned` is what guardrails look at
    where that is not the arguments; `hosts` are those it reaches, `models` those it uses. `registration` is what policy
    knows of a tool that is not in the platform's own registry. `call_id` names the call once its intent is written.
    `leaves` says that the arguments leave the platform by another way than to `hosts`. `seen` is the digest of the
    arguments where only that is left of them.
    """

    tool: str
    arguments: dict[str, Any]
    told: dict[str, Any]
    estimate: Usage = NOTHING
    price: int | None = None
    scanned: Any = None
    hosts: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    registration: RegisteredTool | None = None
    call_id: str = ""
    leaves: bool = False
    seen: str = ""

    @property
    def registered(self) -> RegisteredTool:
        """The tool as policy sees it; LookupError for one that is in no registry."""
        return self.registration or REGISTRY[self.tool]

    @property
    def fingerprint(self) -> str:
        """The digest of its arguments."""
        return self.seen or digest(self.arguments)


@dataclass(frozen=True)
class Outcome:
    """How it went. `result` is what the agent would be given, as JSON; `told` is what the event log keeps of it.

    `usage` is what the call used beyond being a call, as the platform metered it; `price` is what that costs in
    pico-dollars where the run's price book does not say. `error` is a code; an `outage` is a failure of something
    outside that the tool needs. `own` results are the tenant's own data, which guardrails look at and do not rewrite.
    """

    status: Status = "succeeded"
    result: Any = None
    told: dict[str, Any] = field(default_factory=dict)
    usage: Usage = NOTHING
    price: int | None = None
    error: str = ""
    own: bool = False
