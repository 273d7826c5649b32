"""Calls of models for running agents: through the pipeline, along a route, back in OpenAI's shapes."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from data_access_lib.controls import Controls
from enforcement.guarding import policy_of
from enforcement.pipeline import begin
from enforcement.policies import PoliciesInForce
from enforcement.recording import Recorder
from enforcement.replaying import ReplayDesk, own_replay
from enforcement.run_desk import RunDesk
from lambdas.models.calls import TOOL, ModelCall, Used, action_of, used
from lambdas.models.guarding import AnswerGuard, outgoing
from lambdas.models.models import ListedModel, ModelList
from lambdas.models.registry import ModelRegistry
from lambdas.models.replays import Pieces, asked_chat, asked_models, kept_pieces, refusal, told_models, told_whole
from model_gateway.completions import Chunk, Finish, Gathered, Stamp, delta_of
from model_gateway.errors import ContentBlocked
from model_gateway.requests import parse_request
from model_gateway.router import Providers, Router, Streamed
from model_gateway.targets import aliases_of, route_of
from platform_kit.clock import Clock
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count


@dataclass(frozen=True)
class ModelService:
    """`desk` opens the caller's own run; `providers` gives the adapters that its tenant's credentials make possible."""

    desk: Callable[[Identity], RunDesk]
    controls: Controls
    policies: PoliciesInForce
    registry: ModelRegistry
    providers: Callable[[RunDesk], Providers]
    router: Router
    clock: Clock
    replay: Callable[[Identity], ReplayDesk]

    def open_replay(self, who: Identity) -> ReplayDesk | None:
        """The caller's own replay; None for who is no replay."""
        return own_replay(who, self.controls, self.replay)

    def models(self, who: Identity) -> ModelList:
        """The models that the run may ask for."""
        desk = self._open(who)
        return self._recorder(desk).keep(asked_models(), lambda: self._models(desk), told_models)

    def _models(self, desk: RunDesk) -> ModelList:
        envelope = self.policies.of(desk).compiled.envelope
        names = filter(envelope.allows_model, aliases_of(self.registry.of(desk.tenant)))
        return ModelList(data=[ListedModel(id=name) for name in names])

    def answer(self, who: Identity, document: dict[str, Any]) -> dict[str, Any]:
        """A whole answer. Any AmbitError of the pipeline, ModelError of the route."""
        desk = self._open(who)
        return self._recorder(desk).keep(asked_chat(document), lambda: self._whole(desk, document), told_whole)

    def _whole(self, desk: RunDesk, document: dict[str, Any]) -> dict[str, Any]:
        call = self._begin(desk, document)
        try:
            whole = self.router.complete(call.request, call.route, self.providers(call.desk))
        except BaseException as failure:
            call.fail(failure)
            raise
        spent = used(call.request, whole.target, whole.completion)
        given = call.settle(whole.completion, spent)
        _metered(spent)
        return self._stamp(call).whole(given, spent.tokens)

    def stream(self, who: Identity, document: dict[str, Any]) -> Pieces:
        """An answer in pieces, the first of which is there when this returns. Errors as `answer`, and later by it.

        Close it to stop early: what was used until then is settled.
        """
        desk = self._open(who)
        return kept_pieces(self._recorder(desk), asked_chat(document), lambda: self._streamed(desk, document))

    def _streamed(self, desk: RunDesk, document: dict[str, Any]) -> Pieces:
        call = self._begin(desk, document)
        try:
            streamed = self.router.stream(call.request, call.route, self.providers(call.desk))
        except BaseException as failure:
            call.fail(failure)
            raise
        return _pieces(call, streamed, self._stamp(call))

    def _open(self, who: Identity) -> RunDesk:
        run = who.agent_run()
        self.controls.let_run(tenant=who.tenant(), agent=run.agent, run_id=run.run_id)
        self.controls.let_use(TOOL)
        return self.desk(who)

    def _recorder(self, desk: RunDesk) -> Recorder:
        return Recorder(desk, self.policies.of(desk), refusal)

    def _begin(self, desk: RunDesk, document: dict[str, Any]) -> ModelCall:
        asked = parse_request(document)
        route = route_of(asked.model, self.registry.of(desk.tenant).get(asked.model))
        in_force = self.policies.of(desk)
        policy = policy_of(desk, in_force)
        leaving = parse_request(outgoing(document, policy))
        begun = begin(desk, in_force, action_of(asked, document, route))
        return ModelCall(desk, in_force, begun, leaving, route, policy)

    def _stamp(self, call: ModelCall) -> Stamp:
        number = new_id("run").removeprefix("run_")
        return Stamp(f"chatcmpl-{number}", call.request.model, int(self.clock.now().timestamp()))


def _pieces(call: ModelCall, streamed: Streamed, stamp: Stamp) -> Pieces:
    """The answer as it may pass. It is settled before its last piece, and when it ends in any other way."""
    gathered, passed, guard = Gathered(), Gathered(), AnswerGuard(call.policy)
    try:
        yield stamp.piece({"role": "assistant", "content": ""})
        with closing(streamed.chunks) as chunks:
            for safe in _guarded(chunks, gathered, guard):
                passed.add(safe)
                yield from _told(stamp, safe)
    except BaseException as failure:
        spent = used(call.request, streamed.target, gathered.completion())
        _metered(spent)
        call.fail(failure, spent)
        raise
    spent = used(call.request, streamed.target, gathered.completion())
    _metered(spent)
    passed.finish = gathered.finish
    call.settle(passed.completion(), spent, changed=guard.acted)
    yield from _end(call, stamp, gathered, spent)


def _guarded(chunks: Iterator[Chunk], gathered: Gathered, guard: AnswerGuard) -> Iterator[Chunk]:
    """What may pass, as it may; ContentBlocked as soon as something must not."""
    for chunk in chunks:
        gathered.add(chunk)
        yield _passed(guard, guard.feed(chunk))
    yield _passed(guard, guard.finish())


def _passed(guard: AnswerGuard, chunk: Chunk) -> Chunk:
    if guard.blocked:
        count("GuardrailBlocked", where="model", reason="finding")
        raise ContentBlocked("The model's answer does not pass the guardrails; it ends here.")
    return chunk


def _told(stamp: Stamp, chunk: Chunk) -> Iterator[dict[str, Any]]:
    delta = delta_of(chunk.text, chunk.calls)
    if delta:
        yield stamp.piece(delta)


def _end(call: ModelCall, stamp: Stamp, gathered: Gathered, spent: Used) -> Iterator[dict[str, Any]]:
    yield stamp.piece({}, gathered.finish or Finish.STOP)
    if call.request.wants_usage:
        yield stamp.total(spent.tokens)


def _metered(spent: Used) -> None:
    name = spent.target.name
    count("ModelCall", model=name)
    count("ModelTokens", spent.tokens.input, model=name, direction="input")
    count("ModelTokens", spent.tokens.output, model=name, direction="output")
