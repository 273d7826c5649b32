"""What comes and goes in OpenAI's shapes. `model_gateway.requests` reads requests, and refuses as OpenAI does."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class OpenDocument(BaseModel):
    """Any JSON object; what it must be is said where it is read."""

    model_config = ConfigDict(extra="allow", frozen=True)

    def document(self) -> dict[str, Any]:
        """The object."""
        return dict(self.model_extra or {})


class ListedModel(BaseModel):
    """A model that the run may ask for; `id` is its name."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "ambit"


class ModelList(BaseModel):
    """All models that the run may ask for."""

    object: Literal["list"] = "list"
    data: list[ListedModel]
