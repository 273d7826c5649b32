"""What a run costs: a price book with a version, quantities that the platform measured, integer arithmetic.

Money is integer pico-dollars (10⁻¹² USD): a token costs less than a micro-dollar. A run keeps the version of the book
it was priced with, and a book is never edited, so any past cost can be computed again to the last digit (ADR 0020).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

PICO_PER_DOLLAR: Final = 10**12


@dataclass(frozen=True)
class Usage:
    """What a run used, as metered by the platform. `agent_ms` is the agent's wall time in whole milliseconds."""

    agent_ms: int = 0
    tool_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __post_init__(self) -> None:
        if min(self.agent_ms, self.tool_calls, self.input_tokens, self.output_tokens) < 0:
            raise ValueError("a usage cannot be negative")


@dataclass(frozen=True)
class PriceBook:
    """Prices in pico-dollars: for a run as such, and for each unit of what it uses."""

    version: str
    per_run: int
    per_agent_ms: int
    per_tool_call: int
    per_input_token: int
    per_output_token: int

    def cost(self, usage: Usage) -> int:
        """Pico-dollars for this usage, exactly."""
        return (
            self.per_run
            + self.per_agent_ms * usage.agent_ms
            + self.per_tool_call * usage.tool_calls
            + self.tokens(usage)
        )

    def tokens(self, usage: Usage) -> int:
        """Pico-dollars for the tokens of this usage alone."""
        return self.per_input_token * usage.input_tokens + self.per_output_token * usage.output_tokens


CURRENT: Final = PriceBook(
    version="2026-11",
    per_run=20_000_000,  # 0.00002 USD: gateway, functions and tables for one call
    per_agent_ms=30_000,  # 0.00003 USD a second: 1 vCPU and 1 GB of the agent runtime
    per_tool_call=5_000_000,  # 0.000005 USD
    per_input_token=3_000_000,  # 3 USD a million
    per_output_token=15_000_000,  # 15 USD a million
)

BOOKS: Final[Mapping[str, PriceBook]] = MappingProxyType({CURRENT.version: CURRENT})

# What a run is expected to use at most of the things whose number nobody knows beforehand. A run that uses more is
# still billed exactly: the reservation only keeps a tenant from starting what it can evidently not pay.
_EXPECTED_TOOL_CALLS: Final = 20
_EXPECTED_INPUT_TOKENS: Final = 8_000
_EXPECTED_OUTPUT_TOKENS: Final = 2_000


def book(version: str) -> PriceBook:
    """The price book of that version; LookupError when there never was one."""
    try:
        return BOOKS[version]
    except KeyError:
        raise LookupError(f"no price book has the version {version!r}") from None


def run_cost(run: Mapping[str, Any], agent_ms: int) -> int:
    """Pico-dollars of a run from what its record has counted, and its time. LookupError or ValueError for a bad record.

    `pricedPico` is what its tokens cost, each at the price of the model that used them; a record without it has them
    priced by its book.
    """
    tokens = {} if "pricedPico" in run else {name: int(run.get(field) or 0) for name, field in _TOKENS.items()}
    usage = Usage(agent_ms, int(run.get("toolCalls") or 0), **tokens)
    return book(str(run["priceVersion"])).cost(usage) + int(run.get("pricedPico") or 0)


_TOKENS: Final = {"input_tokens": "inputTokens", "output_tokens": "outputTokens"}


def estimate(prices: PriceBook, max_duration_ms: int) -> int:
    """Pico-dollars to reserve before a run that may last `max_duration_ms`."""
    return prices.cost(Usage(max_duration_ms, _EXPECTED_TOOL_CALLS, _EXPECTED_INPUT_TOKENS, _EXPECTED_OUTPUT_TOKENS))
