"""The processes that are measured, each on a port of loopback that was free, and stopped again."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.apart import python_of
from bench.hop.door import PATH, TOKEN_PATH
from bench.hop.load import Asking, Unexpected, ask, fetch

ROOT: Final = Path(__file__).resolve().parents[2]
MASTER_KEY: Final = "sk-bench"
LITELLM_PATH: Final = "/v1/chat/completions"
_READY_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 0.2
_MESSAGES: Final = [{"role": "user", "content": "What is the same every time? Please answer in one sentence."}]


def asked(model: str) -> dict[str, Any]:
    """The request of the measurement."""
    return {"model": model, "messages": _MESSAGES}


@contextmanager
def upstream() -> Iterator[int]:
    """The provider; its port."""
    port = free_port()
    with _running([sys.executable, "-m", "bench.hop.upstream", str(port)], {}):
        _ready(Asking(port, "/", "", {}))
        yield port


@contextmanager
def door(upstream_port: int) -> Iterator[Asking]:
    """Our door; what to ask it."""
    port = free_port()
    with _running([sys.executable, "-m", "bench.hop.door", str(port), str(upstream_port)], {}):
        _ready(Asking(port, TOKEN_PATH, "", {}))
        token = asyncio.run(fetch(port, TOKEN_PATH)).decode()
        asking = Asking(port, PATH, token, asked("local"))
        _ready(asking)
        yield asking


@contextmanager
def litellm(upstream_port: int, folder: Path) -> Iterator[Asking]:
    """LiteLLM's proxy with a master key, one worker and one model; what to ask it. Port 0: its own mocked answer."""
    port = free_port()
    config = folder / "litellm.yaml"
    config.write_text(json.dumps(_litellm(upstream_port)), encoding="utf-8")  # JSON is YAML
    program = str(python_of("hop").with_name("litellm"))
    command = [program, "--config", str(config), "--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
    quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR", "LITELLM_MODE": "PRODUCTION"}
    with _running(command, quiet):
        asking = Asking(port, LITELLM_PATH, MASTER_KEY, asked("small"))
        _ready(asking)
        yield asking


def _litellm(upstream_port: int) -> dict[str, Any]:
    origin = f"http://127.0.0.1:{upstream_port}/v1"
    where = {"api_base": origin} if upstream_port else {"mock_response": "The answer is the same every time."}
    model = {"model_name": "small", "litellm_params": {"model": "openai/deterministic", "api_key": "key", **where}}
    return {
        "model_list": [model],
        "general_settings": {"master_key": MASTER_KEY},
        "litellm_settings": {"telemetry": False, "set_verbose": False, "num_retries": 0},
    }


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@contextmanager
def _running(command: list[str], environment: Mapping[str, str]) -> Iterator[None]:
    whole = {**os.environ, "PYTHONPATH": f"{ROOT / 'layers'}{os.pathsep}{ROOT}", **environment}
    process = subprocess.Popen(  # noqa: S603 - programs of ours and of the benchmark's environment
        command, cwd=ROOT, env=whole, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _ready(asking: Asking) -> None:
    """Wait until it answers as it should; the last failure when it never does."""
    until = time.monotonic() + _READY_SECONDS
    while True:
        try:
            asyncio.run(ask(asking))
        except (OSError, Unexpected, asyncio.IncompleteReadError):
            if time.monotonic() > until:
                raise
            time.sleep(_LOOK_SECONDS)
        else:
            return
