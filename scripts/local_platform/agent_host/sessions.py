"""Sessions: one process each, never shared, counted, reaped when idle, stopped on request."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import shutil
import ssl
import tempfile
import time
from collections import Counter, OrderedDict, deque
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx

from scripts.local_platform.agent_host import confinement, door_rules, gateway_door
from scripts.local_platform.agent_host.errors import RuntimeNotFoundError, TooManySessionsError
from scripts.local_platform.agent_host.zygotes import Zygote

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from scripts.local_platform.agent_host.door_rules import Refusal
    from scripts.local_platform.agent_host.packages import PackageStore
    from scripts.local_platform.agent_host.runtimes import AgentRuntime, RuntimeVersion
    from scripts.local_platform.agent_host.sandbox.walls import Plan
    from scripts.local_platform.agent_host.settings import HostSettings
    from scripts.local_platform.agent_host.zygotes import SessionProcess

# Unix sockets only: a context without certificates, made once, because making one takes milliseconds.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PING_SECONDS = 2.0
FAILED_PINGS = 3
MOST_STOPPING = 8
MOST_RUNS = 256


class SessionKey(NamedTuple):
    """What a process belongs to: two sessions, two versions or two runtimes never share one."""

    runtime_id: str
    version: str
    session_id: str


class Session:
    """A session's process with a client to it and its idle clock."""

    def __init__(self, key: SessionKey, token: str, process: SessionProcess, zygote: Zygote) -> None:
        self.key = key
        self.token = token
        self.process = process
        self.zygote = zygote
        self.started = self.used = time.monotonic()
        self.calls = 0
        self.failed_pings = 0
        self.runs: deque[str] = deque(maxlen=MOST_RUNS)
        transport = httpx.AsyncHTTPTransport(
            uds=str(process.socket_path), verify=NO_TLS, limits=httpx.Limits(max_connections=None)
        )
        self.client = httpx.AsyncClient(
            transport=transport,
            base_url="http://agent",
            timeout=None,  # noqa: S113 - the data plane bounds every call itself, in one place
            trust_env=False,
        )

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return not self.process.ended.is_set()

    def learn(self, payload: bytes) -> None:
        """Take note of what an invocation's token names: a run, or a replay of one. Its tokens may pass the door."""
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
            given = json.loads(payload)["ambit"]["runToken"].encode()
            self.runs.append(str(door_rules.unverified_claims(given)["run"]))

    async def ping(self) -> str | None:
        """The agent's own word: `Healthy`, `HealthyBusy`, or None when it does not answer."""
        try:
            answer = await self.client.get("/ping", timeout=PING_SECONDS)
            status = answer.json()["status"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None
        return str(status)


def tenant_of(session_id: str) -> str:
    """The tenant that a session of the platform's begins with (`acme-ses_…`); empty for others."""
    tenant, platform, _ = session_id.partition("-ses_")
    return tenant if platform else ""


class SessionPool:
    """Every session of the host, least recently used first."""

    def __init__(self, packages: PackageStore, settings: HostSettings) -> None:
        self.packages = packages
        self.settings = settings
        # Unix socket paths end at 108 bytes (104 on macOS), so they live in a short directory of their own.
        self.sockets = Path(tempfile.mkdtemp(prefix="ambit-"))
        self.homes = settings.state_dir / "sessions"
        shutil.rmtree(self.homes, ignore_errors=True)
        self.homes.mkdir(parents=True, mode=0o700)
        self.confinement = confinement.UNKNOWN
        self.refusals: Counter[str] = Counter()
        self._gateway = gateway_door.gateway_client(settings.gateway_url) if settings.gateway_url else None
        self._sessions: OrderedDict[SessionKey, Session] = OrderedDict()
        self._zygotes: OrderedDict[tuple[object, ...], Zygote] = OrderedDict()
        self._locks: dict[object, asyncio.Lock] = {}
        self._counter = 0
        self._started = 0
        self._starting = 0
        self._stopping: set[asyncio.Task[None]] = set()
        self._evictions: set[asyncio.Task[None]] = set()

    async def acquire(self, runtime: AgentRuntime, version: RuntimeVersion, session_id: str) -> Session:
        """The session's live process, started if need be, with one call more on it.

        Raises TooManySessionsError when all places are taken by sessions at work, RuntimeClientError
        when the agent does not start.
        """
        key = SessionKey(runtime.runtime_id, version.version, session_id)
        async with self._lock(key):
            session = self._sessions.get(key)
            if session is None or not session.alive:
                session = await self._start(key, runtime, version)
            self._sessions.move_to_end(key)
            session.calls += 1
            session.used = time.monotonic()
            return session

    def release(self, session: Session) -> None:
        """Give back what `acquire` gave."""
        session.calls -= 1
        session.used = time.monotonic()

    async def stop(self, runtime: AgentRuntime, session_id: str) -> None:
        """End the session in every version it lives in; raises RuntimeNotFoundError if in none."""
        found = [
            session
            for key, session in self._sessions.items()
            if key.runtime_id == runtime.runtime_id and key.session_id == session_id and session.alive
        ]
        if not found:
            raise RuntimeNotFoundError(f"No session {session_id} in agent runtime {runtime.runtime_id}")
        await asyncio.gather(*(self.end(session) for session in found))

    async def end(self, session: Session) -> None:
        """Stop the process, forget the session, remove its home."""
        await session.zygote.stop_session(session.token)
        if self._sessions.get(session.key) is session:
            del self._sessions[session.key]
            self._locks.pop(session.key, None)
        await session.client.aclose()
        shutil.rmtree(self.homes / session.token, ignore_errors=True)

    async def warm(self, name: str, version: RuntimeVersion, owner: str = "") -> Zygote:
        """The owner's zygote of the version's code, started if need be; raises RuntimeClientError, AccessDeniedError.

        Versions of equal code and environment share one, tenants do not: code that was imported for one of them could
        leave something behind for the next. One that has served nobody yet becomes the first tenant's.
        """
        code = (version.package, version.entry_point, *sorted(version.environment.items()))
        async with self._lock(code):
            spare = self._zygotes.get((*code, ""))
            zygote = self._zygotes.get((*code, owner))
            if zygote is None or not zygote.alive:
                fresh = spare is not None and spare.alive
                zygote = self._zygotes.pop((*code, "")) if fresh else await self._start_zygote(name, version)
                self._zygotes[*code, owner] = zygote
            self._zygotes.move_to_end((*code, owner))
            return zygote

    async def _start_zygote(self, name: str, version: RuntimeVersion) -> Zygote:
        package = self.packages.path(version.package)
        if package is None:
            location = version.artifact["codeConfiguration"]["code"]["s3"]
            package = await asyncio.to_thread(self.packages.fetch, location)
        await self._make_room_for_zygote()
        zygote = Zygote(name, package, self.settings, await self._plan(version, package))
        await zygote.start(version.entry_point, version.environment)
        return zygote

    async def _plan(self, version: RuntimeVersion, package: Path) -> Plan | None:
        """The walls; None for a reference agent where there are none to be had. Raises AccessDeniedError."""
        if self.confinement.standing:
            self._started += 1
            return confinement.plan(self.settings, package, self._started)
        from scripts.local_platform.agent_host.reference import (
            reference_digests,
        )  # the CDK app's modules: seldom needed

        if version.package not in await asyncio.to_thread(reference_digests):
            raise self.confinement.refusal()
        return None

    async def _make_room_for_zygote(self) -> None:
        for key, zygote in list(self._zygotes.items()):
            if len(self._zygotes) < self.settings.max_zygotes and zygote.alive:
                continue
            if not zygote.sessions:
                del self._zygotes[key]
                await zygote.stop()

    async def _start(self, key: SessionKey, runtime: AgentRuntime, version: RuntimeVersion) -> Session:
        await self._make_room()
        self._starting += 1
        try:
            return await self._fork(key, runtime, version)
        finally:
            self._starting -= 1

    async def _fork(self, key: SessionKey, runtime: AgentRuntime, version: RuntimeVersion) -> Session:
        zygote = await self.warm(runtime.name, version, tenant_of(key.session_id))
        self._counter += 1
        token = f"{hashlib.sha256('/'.join(key).encode()).hexdigest()[:16]}-{self._counter}"
        home = self.homes / token
        home.mkdir(mode=0o700)
        prefix = f"[{runtime.name}:{version.version} {key.session_id}]"
        process = await zygote.fork(token, self.sockets / f"{self._counter}.sock", home, prefix)
        session = self._sessions[key] = Session(key, token, process, zygote)
        self._later(self._forget_when_ended(session))
        self._later(self._serve_gateway(session))
        return session

    async def _serve_gateway(self, session: Session) -> None:
        """Stand behind the session's door until it ends."""
        listener = await session.process.gateway
        if listener is None or self._gateway is None:
            return

        def note(refusal: Refusal, method: str, target: str) -> None:
            self.refusals[refusal.reason] += 1
            told = {"event": "sandbox.refused", "reason": refusal.reason, "method": method, "target": target}
            about = {
                "runtime": session.key.runtime_id,
                "session": session.key.session_id,
                "runs": list(session.runs)[-1:],
            }
            print(json.dumps({**told, **about}), flush=True)

        port = listener.getsockname()[1]
        door = gateway_door.GatewayDoor(self._gateway, port, session.runs, note)
        await door.serve(listener, session.process.ended)

    async def _forget_when_ended(self, session: Session) -> None:
        await session.process.ended.wait()
        await self.end(session)

    async def _make_room(self) -> None:
        """Evict the least recently used idle session when the host is full.

        Its process takes a tenth of a second to stop, which the newcomer waits for only when many are stopping.
        """
        while len(self._sessions) + self._starting >= self.settings.max_sessions:
            for session in list(self._sessions.values()):
                if session.calls == 0 and await session.ping() != "HealthyBusy" and session.calls == 0:
                    self._evict(session)
                    break
            else:
                raise TooManySessionsError(f"All {self.settings.max_sessions} sessions are at work")
        while len(self._evictions) > MOST_STOPPING:
            await asyncio.wait(self._evictions, return_when=asyncio.FIRST_COMPLETED)

    def _evict(self, session: Session) -> None:
        self._sessions.pop(session.key, None)
        self._locks.pop(session.key, None)
        eviction = self._later(self.end(session))
        self._evictions.add(eviction)
        eviction.add_done_callback(self._evictions.discard)

    async def reap_forever(self) -> None:
        """Look at every session every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(self.settings.reap_every_seconds)
            with contextlib.suppress(OSError):
                await self.reap()

    async def reap(self) -> None:
        """End the idle, the unresponsive and the too old; a busy agent stays."""
        for session in list(self._sessions.values()):
            if await self._is_over(session):
                await self.end(session)
        now = time.monotonic()
        for key, zygote in list(self._zygotes.items()):
            if not zygote.sessions and now - zygote.used > self.settings.zygote_idle_seconds:
                del self._zygotes[key]
                await zygote.stop()

    async def _is_over(self, session: Session) -> bool:
        now = time.monotonic()
        if now - session.started > self.settings.lifetime_seconds:
            return True
        if session.calls:
            return False
        status = await session.ping()
        session.failed_pings = 0 if status else session.failed_pings + 1
        if status == "HealthyBusy":
            session.used = now
        idle = now - session.used > self.settings.idle_seconds
        return session.calls == 0 and (idle or session.failed_pings >= FAILED_PINGS)

    async def drop_runtime(self, runtime_id: str) -> None:
        """End all sessions of a deleted runtime; its zygote ends when it has been idle."""
        for session in [s for key, s in self._sessions.items() if key.runtime_id == runtime_id]:
            await self.end(session)

    async def close(self) -> None:
        """End everything; used at shutdown."""
        await asyncio.gather(*(self.end(session) for session in list(self._sessions.values())))
        await asyncio.gather(*(zygote.stop() for zygote in self._zygotes.values()))
        for task in list(self._stopping):
            task.cancel()
        if self._gateway:
            await self._gateway.aclose()
        shutil.rmtree(self.sockets, ignore_errors=True)
        shutil.rmtree(self.homes, ignore_errors=True)

    def _lock(self, key: object) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())

    def _later(self, coroutine: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
        return task
