"""`/v1/gateway/openai/v1/*`: OpenAI's routes for running agents alone, whose run token is the API key."""

from dataclasses import dataclass
from typing import Any, Final

from lambdas.models.models import ModelList, OpenDocument
from lambdas.models.service import ModelService, Pieces
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("models")


@dataclass(frozen=True)
class Live:
    """Send these pieces as they come."""

    pieces: Pieces


@ROUTES.handle("POST /v1/gateway/openai/v1/chat/completions", request=OpenDocument, replies={200: OpenDocument})
def complete_chat(call: Call, service: ModelService, body: OpenDocument) -> Reply | Live:
    """Ask a model, as OpenAI's chat completions: whole, or with `stream` in pieces."""
    document: dict[str, Any] = body.document()
    if document.get("stream") is True:
        return Live(service.stream(call.who(), document))
    return Reply(service.answer(call.who(), document))


@ROUTES.handle("GET /v1/gateway/openai/v1/models", replies={200: ModelList})
def list_models(call: Call, service: ModelService) -> ModelList:
    """The models that the run may ask for."""
    return service.models(call.who())
