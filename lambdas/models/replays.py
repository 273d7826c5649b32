"""Model calls as a run's record keeps them, and as a replay is answered from it."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from data_access_lib.errors import RunClosed, Superseded
from enforcement.recording import Asked, Recorder
from enforcement.replaying import ReplayDesk
from governance.replays.calls import MODEL, MODELS
from lambdas.models import errors
from lambdas.models.errors import RecordedFailure
from lambdas.models.models import ModelList
from platform_kit.api import Reply
from platform_kit.errors import AmbitError

Pieces = Generator[dict[str, Any]]
"""The chunks of a streamed answer, as plain JSON."""


@dataclass(frozen=True)
class Live:
    """Send these pieces as they come."""

    pieces: Pieces


def asked_chat(document: dict[str, Any]) -> Asked:
    """A request to a model."""
    return Asked(MODEL, str(document.get("model")), document)


def asked_models() -> Asked:
    """The question which models there are."""
    return Asked(MODELS, "models", {})


def told_whole(body: dict[str, Any]) -> dict[str, Any]:
    """A whole answer."""
    return {"status": 200, "body": body}


def told_models(found: ModelList) -> dict[str, Any]:
    """A list of models."""
    return told_whole(found.model_dump(mode="json"))


def refusal(failure: AmbitError) -> dict[str, Any]:
    """What the agent was told instead of an answer."""
    return {"status": failure.status, "body": errors.body(failure), "headers": errors.headers(failure)}


def kept_pieces(recorder: Recorder, asked: Asked, start: Callable[[], Pieces]) -> Pieces:
    """The pieces of an answer, kept where the run is recorded: before their reader learns that there are no more."""
    if not recorder.in_force.recorded:
        return start()
    position = recorder.begin()
    try:
        pieces = start()
    except (RunClosed, Superseded):
        recorder.end(position, asked, None)
        raise
    except AmbitError as failure:
        recorder.end(position, asked, refusal(failure))
        raise
    return _kept(recorder, position, asked, pieces)


def _kept(recorder: Recorder, position: int, asked: Asked, pieces: Pieces) -> Pieces:
    told: list[dict[str, Any]] = []
    answer: dict[str, Any] = {"status": 200, "pieces": told}
    try:
        with closing(pieces):
            for piece in pieces:
                told.append(piece)
                yield piece
    except AmbitError as failure:
        recorder.end(position, asked, {**answer, "failure": errors.body(failure)})
        raise
    except GeneratorExit:  # the agent has left: so it will in a replay
        recorder.end(position, asked, answer)
        raise
    recorder.end(position, asked, answer)


def chat_again(desk: ReplayDesk, document: dict[str, Any]) -> Reply | Live:
    """The recorded answer to a request; no model is asked."""
    answer = desk.ask(asked_chat(document))
    if "pieces" not in answer:
        return Reply(answer["body"], answer["status"], answer.get("headers") or {})
    return Live(_again(answer))


def models_again(desk: ReplayDesk) -> Reply:
    """The recorded list of models."""
    answer = desk.ask(asked_models())
    return Reply(answer["body"], answer["status"], answer.get("headers") or {})


def _again(answer: dict[str, Any]) -> Pieces:
    yield from answer["pieces"]
    if answer.get("failure") is not None:
        raise RecordedFailure(answer["failure"])
