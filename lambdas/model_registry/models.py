"""Names of models as tenants see and set them."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from model_gateway.targets import MOST_TARGETS, ProviderName
from platform_kit.models import ApiModel, ApiReply, Money

TargetName = Annotated[str, Field(min_length=1, max_length=128)]


class PutModel(ApiModel):
    """What a tenant says of one name. Neither a host nor a price can be said.

    `targets` are the platform's models in the order in which they are tried; left out, those the platform has for the
    name. `ownKeys`: the tenant's own credential is shown to them, and never the platform's.
    """

    targets: Annotated[list[TargetName], Field(min_length=1, max_length=MOST_TARGETS)] | None = None
    own_keys: bool = False
    enabled: bool = True

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if self.targets is not None and len(set(self.targets)) < len(self.targets):
            raise ValueError("targets names one twice")
        return self


class ModelPriceReply(ApiReply):
    """What a million tokens cost."""

    input: Money
    output: Money


class OfferedModelReply(ApiReply):
    """One model of one provider. `usable`: the platform asks this provider here, with the credential that is meant."""

    name: str
    provider: ProviderName
    model: str
    price: ModelPriceReply
    usable: bool


class ModelNameReply(ApiReply):
    """A name that agents ask for. `source` says whose word counts: the platform's, or the tenant's own.

    `usable`: it is switched on and at least one of its targets can be asked. Whether one answers shows when it is.
    """

    alias: str
    source: Literal["platform", "tenant"]
    enabled: bool
    own_keys: bool
    usable: bool
    targets: list[OfferedModelReply]
    updated_by: str | None = None
    updated_at: str | None = None


class ModelNamePage(ApiReply):
    """All names of the tenant's, and `offered`: the models that they can be bound to."""

    items: list[ModelNameReply]
    offered: list[OfferedModelReply]
    next_cursor: str | None = None
