"""The pool with zygotes that fork nothing: who gets a process, who loses it, and when."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from scripts.local_platform.agent_host import confinement, reference, sessions
from scripts.local_platform.agent_host.confinement import Confinement
from scripts.local_platform.agent_host.errors import AccessDeniedError, RuntimeNotFoundError, TooManySessionsError
from scripts.local_platform.agent_host.runtimes import AgentRuntime, RuntimeVersion
from scripts.local_platform.agent_host.sessions import Session, SessionPool
from scripts.local_platform.agent_host.settings import HostSettings
from scripts.local_platform.agent_host.zygotes import SessionProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

VERSION = RuntimeVersion("1", {}, "role", "main.py", "package")
ECHO = AgentRuntime("echo-0", "echo", (VERSION,))
OTHER = AgentRuntime("other-0", "other", (VERSION,))


class FakeZygote:
    """Gives out processes that live until they are stopped."""

    started = 0

    def __init__(self, *_: object) -> None:
        self.alive = True
        self.used = time.monotonic()
        self.sessions: dict[str, SessionProcess] = {}
        FakeZygote.started += 1

    async def start(self, *_: object) -> None:
        await asyncio.sleep(0)

    async def fork(self, token: str, path: Path, *_: object) -> SessionProcess:
        await asyncio.sleep(0)
        self.sessions[token] = SessionProcess(path)
        return self.sessions[token]

    async def stop_session(self, token: str) -> None:
        if (process := self.sessions.pop(token, None)) is not None:
            process.exit_status = -signal.SIGTERM
            process.ended.set()

    async def stop(self) -> None:
        self.alive = False


class Packages:
    def path(self, _digest: str) -> str:
        return "here"


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """What each session answers to a ping; Healthy when nothing is set."""
    answers: dict[str, str | None] = {}

    async def ping(session: Session) -> str | None:
        return answers.get(session.key.session_id, "Healthy")

    monkeypatch.setattr(sessions, "Zygote", FakeZygote)
    monkeypatch.setattr(confinement, "UNKNOWN", Confinement(standing=True, reason="it is said to"))
    monkeypatch.setattr(Session, "ping", ping)
    return answers


@pytest.fixture
async def pool(tmp_path: Path, says: dict[str, str | None]) -> AsyncIterator[SessionPool]:
    packages: Any = Packages()
    pool = SessionPool(packages, HostSettings(state_dir=tmp_path, max_sessions=2, idle_seconds=0))
    yield pool
    await pool.close()


async def called(pool: SessionPool, name: str, runtime: AgentRuntime = ECHO) -> Session:
    """A session after one call of it."""
    session = await pool.acquire(runtime, VERSION, name)
    pool.release(session)
    return session


async def test_a_session_is_the_same_process_call_after_call(pool: SessionPool) -> None:
    assert await called(pool, "a") is await called(pool, "a")


async def test_the_same_id_in_another_runtime_is_another_process(pool: SessionPool) -> None:
    assert (await called(pool, "a")).process is not (await called(pool, "a", OTHER)).process


async def test_calls_at_once_start_one_process(pool: SessionPool) -> None:
    held = await asyncio.gather(*(pool.acquire(ECHO, VERSION, "a") for _ in range(20)))
    assert len(set(map(id, held))) == 1
    assert held[0].calls == 20


@pytest.mark.chaos("upstreams")
async def test_a_process_that_died_is_replaced(pool: SessionPool) -> None:
    first = await called(pool, "a")
    first.process.ended.set()
    assert await called(pool, "a") is not first


async def test_equal_code_shares_a_zygote(pool: SessionPool) -> None:
    before = FakeZygote.started
    await called(pool, "a")
    await called(pool, "a", OTHER)
    assert FakeZygote.started == before + 1


async def test_the_least_recently_used_makes_room(pool: SessionPool) -> None:
    first, second = await called(pool, "a"), await called(pool, "b")
    await called(pool, "a")
    await called(pool, "c")
    assert (first.alive, second.alive) == (True, False)


async def test_a_busy_agent_is_not_evicted_though_nobody_calls_it(
    pool: SessionPool, says: dict[str, str | None]
) -> None:
    says["a"] = "HealthyBusy"
    first, second = await called(pool, "a"), await called(pool, "b")
    await called(pool, "c")
    assert (first.alive, second.alive) == (True, False)


async def test_there_is_no_room_when_all_are_at_work(pool: SessionPool) -> None:
    await pool.acquire(ECHO, VERSION, "a")
    await pool.acquire(ECHO, VERSION, "b")
    with pytest.raises(TooManySessionsError):
        await pool.acquire(ECHO, VERSION, "c")


async def test_many_starting_at_once_do_not_exceed_the_bound(pool: SessionPool) -> None:
    tries = await asyncio.gather(*(pool.acquire(ECHO, VERSION, name) for name in "abcdef"), return_exceptions=True)
    assert sum(isinstance(outcome, Session) for outcome in tries) == 2
    assert all(isinstance(outcome, Session | TooManySessionsError) for outcome in tries)


async def test_the_idle_are_reaped_and_the_working_are_not(pool: SessionPool) -> None:
    idle, working = await called(pool, "a"), await pool.acquire(ECHO, VERSION, "b")
    await pool.reap()
    assert (idle.alive, working.alive) == (False, True)


async def test_a_busy_agent_is_not_reaped(tmp_path: Path, says: dict[str, str | None]) -> None:
    packages: Any = Packages()
    pool = SessionPool(packages, HostSettings(state_dir=tmp_path / "own", idle_seconds=0.05))
    says["a"] = "HealthyBusy"
    session = await called(pool, "a")
    session.used -= 10
    await pool.reap()
    assert session.alive
    await pool.close()


@pytest.mark.chaos("upstreams")
async def test_an_agent_that_stops_answering_is_given_three_pings(tmp_path: Path, says: dict[str, str | None]) -> None:
    packages: Any = Packages()
    pool = SessionPool(packages, HostSettings(state_dir=tmp_path / "own", idle_seconds=60))
    says["a"] = None
    session = await called(pool, "a")
    seen = []
    for _ in range(3):
        await pool.reap()
        seen.append(session.alive)
    assert seen == [True, True, False]
    await pool.close()


async def test_nothing_lives_longer_than_its_lifetime(tmp_path: Path, says: dict[str, str | None]) -> None:
    packages: Any = Packages()
    pool = SessionPool(packages, HostSettings(state_dir=tmp_path / "own", lifetime_seconds=0))
    session = await pool.acquire(ECHO, VERSION, "a")
    await pool.reap()
    assert not session.alive
    await pool.close()


async def test_a_stopped_session_is_gone_with_its_home(pool: SessionPool) -> None:
    session = await called(pool, "a")
    home = pool.homes / session.token
    assert home.is_dir()
    await pool.stop(ECHO, "a")
    assert not home.exists()
    with pytest.raises(RuntimeNotFoundError):
        await pool.stop(ECHO, "a")


async def test_one_runtimes_session_cannot_be_stopped_through_another(pool: SessionPool) -> None:
    session = await called(pool, "a")
    with pytest.raises(RuntimeNotFoundError):
        await pool.stop(OTHER, "a")
    assert session.alive


async def test_a_deleted_runtime_loses_its_sessions_and_no_others(pool: SessionPool) -> None:
    mine, others = await called(pool, "a"), await called(pool, "a", OTHER)
    await pool.drop_runtime(ECHO.runtime_id)
    assert (mine.alive, others.alive) == (False, True)


async def test_two_tenants_share_no_zygote(pool: SessionPool) -> None:
    mine, same = await called(pool, "acme-ses_1"), await called(pool, "acme-ses_2", OTHER)
    theirs = await called(pool, "acme-2-ses_1")
    assert mine.zygote is same.zygote
    assert theirs.zygote is not mine.zygote


async def test_a_zygote_that_served_nobody_becomes_the_first_tenants(pool: SessionPool) -> None:
    spare = await pool.warm("echo", VERSION)
    assert (await called(pool, "acme-ses_1")).zygote is spare
    assert (await called(pool, "globex-ses_1")).zygote is not spare


async def test_without_a_sandbox_a_package_that_is_not_a_reference_agents_is_refused(
    pool: SessionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool.confinement = Confinement(standing=False, reason="no user namespaces")
    monkeypatch.setattr(reference, "reference_digests", lambda: frozenset({"another"}))
    with pytest.raises(AccessDeniedError, match="no user namespaces"):
        await pool.acquire(ECHO, VERSION, "a")


async def test_without_a_sandbox_a_reference_agents_package_runs(
    pool: SessionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool.confinement = Confinement(standing=False, reason="no user namespaces")
    monkeypatch.setattr(reference, "reference_digests", lambda: frozenset({VERSION.package}))
    assert (await called(pool, "a")).alive


def test_a_host_that_has_not_tried_its_sandbox_says_it_has_none() -> None:
    assert not confinement.UNKNOWN.standing


async def test_a_session_knows_the_runs_of_the_tokens_it_was_given_and_no_others(pool: SessionPool) -> None:
    session = await called(pool, "a")
    for claims in ({"run": "run_1"}, {"run": "rpl_1", "session": "run_2"}, {}):
        part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        session.learn(json.dumps({"ambit": {"runId": "run_2", "runToken": f"e30.{part}.c2ln"}}).encode())
    for payload in (
        b'{"ambit": {"runId": "run_3"}}',
        b'{"ambit": {"runToken": 3}}',
        b"[]",
        b"no json",
        b'{"ambit": {}}',
    ):
        session.learn(payload)
    assert list(session.runs) == ["run_1", "rpl_1"]
