"""What models cost: pico-dollars a token, by the price's name. A run pays what the model that it used costs.

As in a price book nothing here is edited: a new price is a new version of the name, and events keep `name@version`, so
any past cost can be computed again (ADR 0020, ADR 0056). A dollar a million tokens is 1 000 000 pico-dollars a token.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class ModelPrice:
    """The price of one model, in pico-dollars."""

    name: str
    version: str
    per_input_token: int
    per_output_token: int

    @property
    def key(self) -> str:
        """`name@version`: how a record says what it was priced with."""
        return f"{self.name}@{self.version}"

    def cost(self, input_tokens: int, output_tokens: int) -> int:
        """Pico-dollars for these tokens, exactly."""
        if min(input_tokens, output_tokens) < 0:
            raise ValueError("tokens cannot be negative")
        return self.per_input_token * input_tokens + self.per_output_token * output_tokens


_PRICES: Final = (
    ModelPrice(
        "local", "2026-11", 100_000, 400_000
    ),  # 0.10 and 0.40 USD a million: so that costs show without an account
    ModelPrice("nova-lite", "2026-11", 60_000, 240_000),
    ModelPrice("nova-pro", "2026-11", 800_000, 3_200_000),
    ModelPrice("gpt-4.1-mini", "2026-11", 400_000, 1_600_000),
    ModelPrice("gpt-4.1", "2026-11", 2_000_000, 8_000_000),
    ModelPrice("claude-haiku-4.5", "2026-11", 1_000_000, 5_000_000),
    ModelPrice("claude-sonnet-4.5", "2026-11", 3_000_000, 15_000_000),
)
EVERY: Final[Mapping[str, ModelPrice]] = MappingProxyType({price.key: price for price in _PRICES})
"""Every price there ever was, by `name@version`."""
CURRENT: Final[Mapping[str, ModelPrice]] = MappingProxyType({price.name: price for price in _PRICES})
"""By name, the newest: the last one named."""


def price_of(name: str) -> ModelPrice:
    """The present price of that name; LookupError when there is none."""
    return CURRENT[name]
