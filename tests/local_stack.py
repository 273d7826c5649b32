"""The running local platform as tests see it: its addresses, tokens for its people, and clients that use them."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx

from scripts.local_platform.layout import layout_from_environment

ROOT: Final = Path(__file__).resolve().parents[1]
DEV_FILE: Final = layout_from_environment().dev_json
_START_SECONDS: Final = 900
_PATIENCE: Final = 20
_TOKEN_SECONDS: Final = 200  # tokens live 300 s: ask anew before they can expire inside a test
Found = TypeVar("Found")


@dataclass
class LocalStack:
    """One platform, described by dev.json."""

    described: dict[str, Any]
    _tokens: dict[str, tuple[float, str]] = field(default_factory=dict)

    @property
    def api_url(self) -> str:
        return str(self.described["apiUrl"])

    @property
    def issuer(self) -> str:
        return str(self.described["issuer"])

    @cached_property
    def _token_endpoint(self) -> str:
        return str(httpx.get(f"{self.issuer}/.well-known/openid-configuration").json()["token_endpoint"])

    def token(self, client: str) -> str:
        """An access token of a machine client such as `acme-developer` or `platform-operator`."""
        made, token = self._tokens.get(client, (0.0, ""))
        if time.monotonic() - made > _TOKEN_SECONDS or not token:
            token = self.fetch_token(self._token_endpoint, client)
            self._tokens[client] = (time.monotonic(), token)
        return token

    @staticmethod
    def fetch_token(endpoint: str, client: str) -> str:
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": f"{client}-secret"}
        return str(httpx.post(endpoint, data=form, timeout=20).raise_for_status().json()["access_token"])

    def client(self, who: str | None, *, patient: bool = False) -> httpx.Client:
        """An HTTP client for the public API as a machine client, or as nobody; a patient one asks again after 429."""
        auth = _Bearer(lambda: self.token(who)) if who else None
        return httpx.Client(base_url=self.api_url, auth=auth, timeout=60, transport=_Patient() if patient else None)


class _Bearer(httpx.Auth):
    """A token that is still good, however long the client is kept; a header of the request's own comes first."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]  # a generator
        if "authorization" not in request.headers:
            request.headers["authorization"] = f"Bearer {self._token()}"
        yield request


class _Patient(httpx.HTTPTransport):
    """Waits as a client should when its plan's rate is used up."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(_PATIENCE):
            answer = super().handle_request(request)
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            answer.read()
            time.sleep(0.5)
        return answer


def eventually(look: Callable[[], Found | None], *, seconds: float = 30, every: float = 0.1) -> Found:
    """Poll with a deadline until `look` gives something; AssertionError when it never does."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"nothing within {seconds} s"
        time.sleep(every)
    return found


def sse(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The envelopes of a server-sent event stream, with the fields of the protocol checked against them."""
    fields: dict[str, str] = {}
    for line in lines:
        if not line and "data" in fields:
            envelope = json.loads(fields["data"])
            assert fields["id"] == str(envelope["seq"])
            assert fields["event"] == envelope["stream"]
            yield envelope
            fields = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value


def running() -> LocalStack | None:
    """The platform that dev.json describes, if it answers."""
    try:
        described = json.loads(DEV_FILE.read_text(encoding="utf-8"))
        healthy = httpx.get(f"{described['apiUrl']}/v1/health", timeout=5).is_success
    except (OSError, ValueError, httpx.HTTPError):
        return None
    return LocalStack(described) if healthy else None


def start() -> LocalStack:
    """Start the platform the way a person does, detached."""
    command = [sys.executable, "-m", "scripts.local_platform.dev", "--detach"]
    done = subprocess.run(command, cwd=ROOT, timeout=_START_SECONDS, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"the local platform did not start:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    found = running()
    assert found is not None, "the local platform started but does not answer"
    return found


def stop() -> None:
    """Stop what `start` started."""
    subprocess.run([sys.executable, "-m", "scripts.local_platform.down"], cwd=ROOT, timeout=120, check=False)


def interruptible(*command: str) -> list[str]:
    """The command as a terminal starts it: a shell's background job ignores SIGINT, and so do its children."""
    code = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    return [sys.executable, "-c", code, *command]
