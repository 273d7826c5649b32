"""The tools that a running agent may call, as the MCP endpoint uses them; docs/tools.md is their reference.

A tool reads what it is asked with, says what policy has to know of that, and acts once the pipeline lets it. What
leaves for another host leaves as the guardrails have rewritten it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol

from pydantic import ValidationError

from enforcement.actions import Action, Outcome
from enforcement.errors import ToolUnreachable
from enforcement.run_desk import RunDesk
from governance.toolbox.arguments import ToolArguments, ToolResult
from governance.toolbox.computing import AskTime, Calculate, Calculated, TimeTold, calculate, tell_time
from governance.toolbox.entries import ToolEntry
from governance.toolbox.pack import PACK, PackedTool, entries
from lambdas.gateway.files import read_file, write_file
from lambdas.gateway.requests import HttpTools
from lambdas.gateway.searching import search
from platform_kit import problem
from platform_kit.errors import AmbitError, Unprocessable
from platform_kit.outbound import Outbound

Run = Mapping[str, Any]
Runner = Callable[[RunDesk, Run, Any], ToolResult]


class BadArguments(Exception):
    """What a tool is asked with does not have the shape of its schema; the message names each bad place."""


@dataclass(frozen=True)
class Made:
    """What a tool made: how it went, what the agent is given, and the words for a reader of text.

    `failure` is what the agent is told instead where something outside did not answer.
    """

    outcome: Outcome
    structured: Any = None
    words: Callable[[Any], str] = str
    failure: AmbitError | None = None


@dataclass(frozen=True)
class Asked:
    """A call that was understood: what policy decides on, and what to do then."""

    action: Action
    act: Callable[[RunDesk, Run, Action], Made]


class Tool(Protocol):
    """A tool as the gateway offers it."""

    @property
    def entry(self) -> ToolEntry:
        """What the registry says of it."""
        ...

    def read(self, given: object) -> Asked:
        """Understand what it is asked with; BadArguments."""
        ...


@dataclass(frozen=True)
class BuiltIn:
    """A tool of the pack, with what runs it."""

    packed: PackedTool
    entry: ToolEntry
    run: Runner

    def read(self, given: object) -> Asked:
        """Understand what it is asked with; BadArguments."""
        arguments = _validated(self.packed.arguments, given)
        hosts = arguments.hosts()
        told, scanned = arguments.told(), None if hosts else arguments.scanned()
        action = Action(self.entry.name, arguments.plain(), told, scanned=scanned, hosts=hosts)
        return Asked(action, lambda desk, run, allowed: self._act(desk, run, self._as_allowed(arguments, allowed)))

    def _as_allowed(self, arguments: ToolArguments, action: Action) -> ToolArguments:
        """What may leave, for the host that was decided on and no other; Unprocessable when nothing is left of it."""
        if not action.hosts:
            return arguments
        try:
            allowed = _validated(self.packed.arguments, action.arguments)
        except BadArguments:
            allowed = None
        if allowed is None or allowed.hosts() != action.hosts:
            raise Unprocessable("Without what the guardrails keep back, this is no request any more.")
        return allowed

    def _act(self, desk: RunDesk, run: Run, arguments: ToolArguments) -> Made:
        try:
            result = self.run(desk, run, arguments)
        except ToolUnreachable as failure:
            return Made(Outcome("outage", told={"code": failure.code}, error=failure.code), failure=failure)
        if self.entry.registered.trusted:
            scanned = Outcome(result=result.scanned(), told=result.told(), own=True)
            return Made(scanned, result.plain(), lambda _plain: result.summary())
        model = self.packed.result
        outcome = Outcome(result=result.plain(), told=result.told())
        return Made(outcome, None, lambda plain: model.model_validate(plain).summary())


def built_in(outbound: Outbound) -> Mapping[str, Tool]:
    """The tools of the pack, by name; `outbound` is how those reach out that do."""
    known = entries()
    http = {name: HttpTools(outbound, known[name].timeout_seconds) for name in ("http.fetch", "http.send")}
    runners: dict[str, Runner] = {
        **_OWN,
        "http.fetch": lambda _desk, _run, wanted: http["http.fetch"].fetch(wanted),
        "http.send": lambda _desk, _run, wanted: http["http.send"].send(wanted),
    }
    return MappingProxyType({name: BuiltIn(PACK[name], known[name], runners[name]) for name in PACK})


def _computed(_desk: RunDesk, _run: Run, wanted: Calculate) -> Calculated:
    try:
        return calculate(wanted)
    except ValueError as bad:
        raise Unprocessable(f"The expression {bad}.") from None


def _timed(desk: RunDesk, _run: Run, wanted: AskTime) -> TimeTold:
    try:
        return tell_time(wanted, desk.clock.now())
    except ValueError as bad:
        raise Unprocessable(str(bad)) from None


_OWN: Final[Mapping[str, Runner]] = MappingProxyType(
    {
        "files.read": read_file,
        "files.write": write_file,
        "calculator": _computed,
        "time": _timed,
        "search": search,
    }
)


def _validated(model: type[ToolArguments], given: object) -> ToolArguments:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = problem.from_validation(error).errors
        raise BadArguments("; ".join(f"{item.pointer or '/'}: {item.message}" for item in found)) from None
