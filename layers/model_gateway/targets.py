"""The models that the platform knows, and the names under which agents ask for them. Data; a change is a release.

A target is one model of one provider with its price. An alias is what an agent names: targets in the order in which
they are tried. A tenant may switch an alias off, keep fewer of its targets, name others of the platform's, and bring
its own credential; it can never name a provider's host, nor a price.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from model_gateway.errors import ModelNotFound, ModelUnavailable

ALIAS: Final = re.compile(r"[a-z][a-z0-9.-]{0,62}[a-z0-9]")
MOST_TARGETS: Final = 8


class ProviderName(StrEnum):
    """Whose models there are."""

    LOCAL = "local"
    BEDROCK = "bedrock"
    OPENAI = "openai"
    AZURE = "azure"
    ANTHROPIC = "anthropic"


@dataclass(frozen=True)
class Target:
    """One model of one provider. `price` names its price in `governance.model_prices`."""

    provider: ProviderName
    model: str
    price: str
    own_key: bool = False

    @property
    def name(self) -> str:
        """`provider/model`: how circuits, metrics and tenants name it."""
        return f"{self.provider}/{self.model}"


_KNOWN: Final = (
    Target(ProviderName.LOCAL, "deterministic", "local"),
    Target(ProviderName.BEDROCK, "amazon.nova-lite-v1:0", "nova-lite"),
    Target(ProviderName.BEDROCK, "amazon.nova-pro-v1:0", "nova-pro"),
    Target(ProviderName.OPENAI, "gpt-4.1-mini", "gpt-4.1-mini"),
    Target(ProviderName.OPENAI, "gpt-4.1", "gpt-4.1"),
    Target(ProviderName.AZURE, "gpt-4.1-mini", "gpt-4.1-mini"),
    Target(ProviderName.AZURE, "gpt-4.1", "gpt-4.1"),
    Target(ProviderName.ANTHROPIC, "claude-haiku-4-5", "claude-haiku-4.5"),
    Target(ProviderName.ANTHROPIC, "claude-sonnet-4-5", "claude-sonnet-4.5"),
)
TARGETS: Final[Mapping[str, Target]] = MappingProxyType({target.name: target for target in _KNOWN})
"""By name."""
ALIASES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "local": ("local/deterministic",),
        "small": (
            *("bedrock/amazon.nova-lite-v1:0", "openai/gpt-4.1-mini"),
            *("azure/gpt-4.1-mini", "anthropic/claude-haiku-4-5"),
        ),
        "large": (
            *("anthropic/claude-sonnet-4-5", "bedrock/amazon.nova-pro-v1:0"),
            *("openai/gpt-4.1", "azure/gpt-4.1"),
        ),
    }
)
"""What every tenant may ask for unless it says otherwise."""


def bedrock_models() -> list[str]:
    """The models of Bedrock's that the gateway may ask."""
    return [target.model for target in _KNOWN if target.provider is ProviderName.BEDROCK]


def route_of(alias: str, own: Mapping[str, Any] | None) -> tuple[Target, ...]:
    """The targets of an alias, given the tenant's own entry for it (`targets`, `ownKeys`, `disabled`), if any.

    ModelNotFound for what there is not; ModelUnavailable for an entry that makes no sense: nothing is guessed.
    """
    if own is None:
        return _named(ALIASES.get(alias, ()), own_key=False)
    if own.get("disabled"):
        raise _not_found()
    names = own.get("targets") or ALIASES.get(alias, ())
    if not isinstance(names, list | tuple) or len(names) > MOST_TARGETS or any(not _is_known(name) for name in names):
        raise ModelUnavailable("The tenant's entry for this model cannot be understood.")
    return _named(names, own_key=bool(own.get("ownKeys")))


def aliases_of(own: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The aliases that a tenant with these entries may ask for, sorted."""
    disabled = {alias for alias, entry in own.items() if entry.get("disabled")}
    return sorted((ALIASES.keys() | own.keys()) - disabled)


def _is_known(name: object) -> bool:
    return isinstance(name, str) and name in TARGETS


def _named(names: Sequence[str], *, own_key: bool) -> tuple[Target, ...]:
    if not names:
        raise _not_found()
    found = (TARGETS[name] for name in names)
    return tuple(Target(one.provider, one.model, one.price, own_key) for one in found)


def _not_found() -> ModelNotFound:
    return ModelNotFound("There is no model of this name for this tenant. GET …/models lists those there are.")
