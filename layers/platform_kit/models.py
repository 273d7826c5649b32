"""The shape of everything that crosses the API: camelCase outside, snake_case inside, nothing unknown accepted."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class ApiModel(BaseModel):
    """A request body: strict, and an unknown field is an error that names it."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class ApiReply(BaseModel):
    """A response body."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class Money(ApiReply):
    """An amount as a decimal string, for example `{"amount": "0.000150", "currency": "USD"}`."""

    amount: str
    currency: str = "USD"

    @classmethod
    def from_pico(cls, pico_dollars: int) -> "Money":
        """From integer pico-dollars (10⁻¹² USD), exactly, with at least six decimals."""
        sign, magnitude = ("-" if pico_dollars < 0 else ""), abs(pico_dollars)
        whole, fraction = divmod(magnitude, 10**12)
        digits = f"{fraction:012d}".rstrip("0").ljust(6, "0")
        return cls(amount=f"{sign}{whole}.{digits}")
