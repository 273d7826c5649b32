"""`/v1/gateway/openai/v1/*`: OpenAI's routes for running agents alone, whose run token is the API key."""

from typing import Any, Final

from lambdas.models.models import ModelList, OpenDocument
from lambdas.models.replays import Live, chat_again, models_again
from lambdas.models.service import ModelService
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("models")


@ROUTES.handle("POST /v1/gateway/openai/v1/chat/completions", request=OpenDocument, replies={200: OpenDocument})
def complete_chat(call: Call, service: ModelService, body: OpenDocument) -> Reply | Live:
    """Ask a model, as OpenAI's chat completions: whole, or with `stream` in pieces."""
    document: dict[str, Any] = body.document()
    if (replay := service.open_replay(call.who())) is not None:
        return chat_again(replay, document)
    if document.get("stream") is True:
        return Live(service.stream(call.who(), document))
    return Reply(service.answer(call.who(), document))


@ROUTES.handle("GET /v1/gateway/openai/v1/models", replies={200: ModelList})
def list_models(call: Call, service: ModelService) -> ModelList | Reply:
    """The models that the run may ask for."""
    if (replay := service.open_replay(call.who())) is not None:
        return models_again(replay)
    return service.models(call.who())
