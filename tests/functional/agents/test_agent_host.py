"""boto3's own clients against a real host with real agents."""

from __future__ import annotations

import contextlib
import itertools
import json
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.functional.agents.conftest import alive, payload, start_host, wait_until

if TYPE_CHECKING:
    from tests.functional.agents.conftest import Host

AGENT: Final = 2
"""The number of an agent's process in its own namespace: the first one ends everything with it."""


def invoke(host: Host, agent: str, session: str, text: str = "hello there, agent", **context: Any) -> Any:
    return host.client().invoke_agent_runtime(
        agentRuntimeArn=host.deploy(agent),
        runtimeSessionId=session,
        payload=json.dumps(payload(text, **context)),
        contentType="application/json",
        accept="text/event-stream, application/json",
    )


def faulty(host: Host, session: str, fault: str, **context: Any) -> Any:
    return invoke(host, "faulty-agent", session, fault=fault, **context)


def output_of(answer: Any) -> Any:
    return json.loads(answer["response"].read().removeprefix(b"data: "))["output"]


def inspect(host: Host, session: str) -> dict[str, Any]:
    """What the agent sees of itself; `pid` is its number on the machine, which it cannot know."""
    seen = dict(output_of(faulty(host, session, "inspect")))
    return {**seen, "inside": seen["pid"], "pid": outside(seen)}


def grandchild(host: Host, session: str) -> int:
    """The machine's number of a child process that the agent leaves behind."""
    return outside(output_of(faulty(host, session, "grandchild")))


def outside(seen: dict[str, Any]) -> int:
    """The number on the machine of a process that is told by its own namespace's."""
    found = [process for process in confined() if process.numbers[-1] == seen["pid"]]
    (process,) = [process for process in found if process.namespace == seen["namespace"]]
    return process.numbers[0]


class Confined(NamedTuple):
    """A process in a namespace of its own: its numbers from the machine's to its own, and its parent's."""

    numbers: tuple[int, ...]
    namespace: str
    parent: int


def confined() -> list[Confined]:
    return [found for path in Path("/proc").glob("[0-9]*") if (found := looked_at(path)) and len(found.numbers) > 1]


def looked_at(process: Path) -> Confined | None:
    """None when it has ended while it was looked at."""
    try:
        lines = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line)
        namespace = str((process / "ns" / "pid").readlink())
    except OSError:
        return None
    return Confined(tuple(map(int, lines["NSpid"].split())), namespace, int(lines["PPid"]))


def sessions_of(host: Host) -> list[int]:
    """The machine's numbers of the agents that this host runs now."""
    every = {process.numbers[0]: process for process in confined()}
    return [number for number, process in every.items() if process.numbers[-1] == AGENT and under(host, number, every)]


def under(host: Host, number: int, every: dict[int, Confined]) -> bool:
    while number in every:
        number = every[number].parent
    return number == host.process.pid or parent_of(number) == host.process.pid


def parent_of(number: int) -> int:
    found = looked_at(Path("/proc") / str(number))
    return found.parent if found else 0


def code_of(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_sync_agent_answers_json_and_keeps_the_session_id(host: Host, new_session: str) -> None:
    answer = invoke(host, "echo-agent", new_session)
    assert json.loads(answer["response"].read()) == "hello there, agent"
    assert answer["contentType"] == "application/json"
    assert answer["runtimeSessionId"] == new_session


def test_a_streaming_agent_answers_server_sent_events(host: Host, new_session: str) -> None:
    answer = invoke(host, "echo-stream", new_session)
    events = [json.loads(line[6:]) for line in answer["response"].read().decode().split("\n\n") if line]
    assert events == [{"type": "delta", "text": text} for text in ("hello ", "there, ", "agent")]
    assert answer["contentType"].startswith("text/event-stream")


def test_each_chunk_arrives_before_the_next_is_made(host: Host, new_session: str) -> None:
    lines = faulty(host, new_session, "slow", tokens=3, delayMs=400)["response"].iter_lines(chunk_size=1)
    arrivals = [time.monotonic() for line in lines if line]
    assert len(arrivals) == 3
    assert all(later - earlier > 0.25 for earlier, later in itertools.pairwise(arrivals))


def test_a_session_keeps_its_process_and_another_gets_its_own(host: Host, new_session: str) -> None:
    first, again = inspect(host, new_session), inspect(host, new_session)
    other = inspect(host, f"globex-{new_session}")
    assert first["pid"] == again["pid"]
    assert other["pid"] != first["pid"]
    assert other["namespace"] != first["namespace"]


def test_an_agent_sees_neither_credentials_nor_the_hosts_environment(host: Host, new_session: str) -> None:
    seen = inspect(host, new_session)
    assert not [name for name in seen["environment"] if name.startswith(("AWS_", "AMBIT"))]
    assert seen["umask"] == 0o077
    assert seen["inside"] == AGENT
    assert not [path for path in seen["path"] if path.endswith("site-packages")]


def test_a_crash_before_the_answer_is_a_runtime_client_error_and_the_next_call_works(
    host: Host, new_session: str
) -> None:
    before = inspect(host, new_session)["pid"]
    with pytest.raises(ClientError) as error:
        faulty(host, new_session, "crash_before")
    assert code_of(error) == ("RuntimeClientError", 424)
    assert "signal 9" in str(error.value)
    assert inspect(host, new_session)["pid"] != before


@pytest.mark.parametrize("fault", ["crash_during", "crash_after"])
def test_a_crash_inside_a_stream_breaks_it_off(host: Host, new_session: str, fault: str) -> None:
    body = faulty(host, new_session, fault)["response"]
    with pytest.raises(Exception, match=r"(?i)connection broken|incomplete|ended prematurely|closed"):
        body.read()


def test_an_exception_before_the_answer_is_a_runtime_client_error_without_its_text(
    host: Host, new_session: str
) -> None:
    with pytest.raises(ClientError, match=r"Received error \(500\) from runtime") as error:
        faulty(host, new_session, "raise_before")
    assert code_of(error) == ("RuntimeClientError", 424)
    assert "raised before" not in str(error.value)


def test_an_exception_inside_a_stream_is_an_error_event(host: Host, new_session: str) -> None:
    lines = faulty(host, new_session, "raise_during")["response"].read().decode().strip().split("\n\n")
    assert json.loads(lines[0][6:]) == "one "
    assert json.loads(lines[1][6:])["error_type"] == "RuntimeError"


def test_stopping_a_session_kills_its_processes(host: Host, new_session: str) -> None:
    pid = inspect(host, new_session)["pid"]
    child = grandchild(host, new_session)
    host.client().stop_runtime_session(agentRuntimeArn=host.deploy("faulty-agent"), runtimeSessionId=new_session)
    wait_until(lambda: not alive(pid) and not alive(child), 10)


def test_stopping_a_session_breaks_off_a_call_in_flight(host: Host, new_session: str) -> None:
    inspect(host, new_session)
    errors: list[ClientError] = []

    def call() -> None:
        try:
            faulty(host, new_session, "hang")
        except ClientError as error:
            errors.append(error)

    caller = threading.Thread(target=call)
    caller.start()
    arn = host.deploy("faulty-agent")
    while caller.is_alive():  # nothing shows when the call has reached the agent
        with contextlib.suppress(ClientError):
            host.client().stop_runtime_session(agentRuntimeArn=arn, runtimeSessionId=new_session)
        caller.join(0.3)
    assert [error.response["Error"]["Code"] for error in errors] == ["RuntimeClientError"]


def test_stopping_an_unknown_session_is_not_found(host: Host, new_session: str) -> None:
    with pytest.raises(ClientError) as error:
        host.client().stop_runtime_session(agentRuntimeArn=host.deploy("echo-agent"), runtimeSessionId=new_session)
    assert code_of(error) == ("ResourceNotFoundException", 404)


def test_an_unknown_runtime_is_not_found(host: Host, new_session: str) -> None:
    arn = "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/nobody-0123456789"
    with pytest.raises(ClientError) as error:
        host.client().invoke_agent_runtime(agentRuntimeArn=arn, runtimeSessionId=new_session, payload=b"{}")
    assert code_of(error) == ("ResourceNotFoundException", 404)


def test_a_short_session_id_is_refused(host: Host) -> None:
    path = f"/runtimes/{host.deploy('echo-agent').replace(':', '%3A').replace('/', '%2F')}/invocations"
    scope = "Credential=test/20260101/us-east-1/bedrock-agentcore/aws4_request"
    signature = f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature={'0' * 64}"
    headers = {"Authorization": signature, "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "x" * 32}
    answer = httpx.post(host.url + path, headers=headers, content=b"{}")
    assert answer.status_code == 400
    assert answer.headers["x-amzn-errortype"] == "ValidationException"


def test_a_call_that_is_not_signed_is_denied(host: Host) -> None:
    answer = httpx.post(f"{host.url}/runtimes/x/invocations", content=b"{}")
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")


def test_a_caller_that_hangs_up_stops_the_stream_at_the_agent(host: Host, new_session: str) -> None:
    body = faulty(host, new_session, "flood")["response"]
    body.read(10_000)
    pid = inspect(host, new_session)["pid"]
    body.close()

    def idle() -> bool:
        before = cpu_ticks(pid)
        time.sleep(0.3)
        return cpu_ticks(pid) - before < 3

    wait_until(idle, 10)


def test_a_caller_that_does_not_read_holds_the_agent_back(host: Host, new_session: str) -> None:
    body = faulty(host, new_session, "flood")["response"]
    body.read(10_000)
    before = rss_of(host.process.pid)
    time.sleep(1)
    assert rss_of(host.process.pid) - before < 20_000
    body.close()


def test_memory_is_bounded(host: Host, new_session: str) -> None:
    text = faulty(host, new_session, "hoard")["response"].read().decode()
    assert "MemoryError" in text


def test_sixteen_sessions_at_once_each_get_their_own_process(host: Host, new_session: str) -> None:
    pids: list[int] = []
    calls = [
        threading.Thread(target=lambda n=n: pids.append(inspect(host, f"{new_session}-{n}")["pid"])) for n in range(16)
    ]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    assert len(set(pids)) == 16


def cpu_ticks(pid: int) -> int:
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - one read
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def rss_of(pid: int) -> int:
    """Resident memory in KiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:  # noqa: PTH123 - one read
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


class TestOwnHost:
    """Tests that end their host or need it set differently."""

    @pytest.fixture
    def own(self, host: Host, objects: tuple[str, dict[str, bytes]], tmp_path: Path) -> Any:
        started: list[Any] = []

        def start(*options: str) -> Host:
            url, process = start_host(tmp_path / "state", objects[0], *options)
            started.append(process)
            return type(host)(url, process, tmp_path / "state", objects[1])

        yield start
        for process in started:
            process.kill()
            process.wait(10)

    def test_a_killed_host_leaves_no_process(self, own: Any, new_session: str) -> None:
        host = own()
        pid = inspect(host, new_session)["pid"]
        child = grandchild(host, new_session)
        host.process.send_signal(signal.SIGKILL)
        wait_until(lambda: not alive(pid) and not alive(child), 5)

    def test_a_stopped_host_ends_its_agents_in_seconds(self, own: Any, new_session: str) -> None:
        host = own()
        pid = inspect(host, new_session)["pid"]
        host.process.terminate()
        assert host.process.wait(8) in (0, -signal.SIGTERM)
        assert not alive(pid)

    def test_a_restarted_host_still_knows_its_runtimes(self, own: Any, new_session: str) -> None:
        first = own()
        arn = first.deploy("echo-agent")
        first.process.kill()
        second = own()
        answer = second.client().invoke_agent_runtime(
            agentRuntimeArn=arn, runtimeSessionId=new_session, payload=json.dumps(payload())
        )
        assert json.loads(answer["response"].read()) == "hello there, agent"

    def test_an_idle_session_is_reaped_and_a_busy_one_is_not(self, own: Any, new_session: str) -> None:
        host = own("--idle-seconds", "1")
        pid = inspect(host, new_session)["pid"]
        invoke(host, "echo-async", new_session, steps=1, stepMs=12_000)
        busy = sessions_of(host)
        wait_until(lambda: not alive(pid), 15)
        assert [p for p in busy if p != pid and alive(p)]

    def test_the_least_recently_used_idle_session_makes_room(self, own: Any, new_session: str) -> None:
        host = own("--max-sessions", "2")
        old, recent = inspect(host, f"{new_session}-1")["pid"], inspect(host, f"{new_session}-2")["pid"]
        inspect(host, f"{new_session}-3")
        wait_until(lambda: not alive(old), 5)
        assert alive(recent)

    def test_sessions_at_work_are_never_evicted(self, own: Any, new_session: str) -> None:
        host = own("--max-sessions", "1")
        body = faulty(host, new_session, "hang_during")["response"]
        with pytest.raises(ClientError) as error:
            inspect(host, f"{new_session}-2")
        assert code_of(error) == ("ThrottlingException", 429)
        body.close()

    def test_a_call_that_hangs_is_ended_at_its_bound(self, own: Any, new_session: str) -> None:
        host = own("--invocation-seconds", "1")
        with pytest.raises(ClientError, match="did not answer within 1 s") as error:
            faulty(host, new_session, "hang")
        assert code_of(error) == ("RuntimeClientError", 424)
