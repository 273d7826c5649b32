"""An agent that means harm is pushed like any other, and finds no way round the gateway.

It runs in the agent host's sandbox. Where this machine can put up none, these tests fail: a host that refuses to run it
has shown nothing. To add a way: see tests/hostile_agent.
"""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import hostile
from tests.hostile import LAYOUT, LIMIT, Siege
from tests.local_stack import ROOT, LocalStack
from tests.traps import Traps

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(600)]
MCP, EVENTS, COMPLETE = "POST /v1/gateway/mcp", "POST /v1/gateway/events", "POST /v1/gateway/complete"
SOURCES = ROOT / "tests" / "hostile_agent" / "hostile_agent"


def ways() -> list[str]:
    """Every way the agent's sources name."""
    lines = [line for path in sorted(SOURCES.glob("*.py")) for line in path.read_text().splitlines()]
    return [line.split('"')[1] for line in lines if line.startswith('@way("')]


@pytest.fixture(scope="module")
def siege(platform: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    """The one attack that all these tests look at."""
    traps = Traps()
    traps.set_up(tmp_path_factory.mktemp("traps"))
    traps.prove()
    hostile.push()
    yield hostile.lay(platform, traps, ways())
    traps.close()


def test_the_attack_ran_in_a_sandbox_with_every_layer(siege: Siege) -> None:
    assert siege.host_before["sandboxed"] is True, siege.host_before
    assert {"network namespace", "seccomp", "no capabilities", "file system view"} <= set(siege.host_before["layers"])


def test_every_way_was_tried(siege: Siege, capsys: pytest.CaptureFixture[str]) -> None:
    assert set(siege.report) == set(ways())
    assert len(siege.report) >= 24
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(hostile.table(siege)) + "\n")


# Sockets, names, addresses


def test_a_tools_own_address_is_not_there(siege: Siege) -> None:
    siege.tries("a tool's own address")


def test_no_port_of_the_machine_is_reached_by_a_raw_socket(siege: Siege) -> None:
    told = siege.tries("raw sockets to the machine's ports")
    assert len(told) >= 12
    assert siege.traps.reached["listener"] == 0


def test_the_edge_is_reached_at_the_gateways_address_alone(siege: Siege) -> None:
    siege.tries("the machine's port of the gateway at other addresses")


def test_no_name_is_resolved(siege: Siege) -> None:
    siege.tries("names")


def test_no_datagram_leaves(siege: Siege) -> None:
    siege.tries("datagrams")
    assert siege.traps.reached["datagrams"] == 0


def test_the_metadata_address_does_not_answer(siege: Siege) -> None:
    assert len(siege.tries("the metadata address")) == 4


def test_the_internet_is_out_of_reach(siege: Siege) -> None:
    siege.tries("the outside world")


def test_sockets_that_know_no_namespace_are_not_made(siege: Siege) -> None:
    assert "Address family" in siege.tries("sockets that know no namespace")["vsock"]


def test_no_unix_socket_of_another_process_is_reached(siege: Siege) -> None:
    told = siege.tries("other processes' unix sockets")
    assert {name[0] for name in told} == {"@", "/"}
    assert sum(siege.traps.reached.values()) == 0


# Files, and what a process is born with


def test_the_environment_holds_no_credential(siege: Siege) -> None:
    assert siege.tries("credentials in the environment") == {"none": "None"}


def test_no_credential_file_is_in_sight(siege: Siege) -> None:
    siege.tries("credentials in files")


def test_the_platforms_own_files_are_out_of_sight(siege: Siege) -> None:
    told = siege.tries("the platform's files")
    assert str(LAYOUT.dev_json) in told
    assert LAYOUT.dev_json.exists()


def test_no_other_process_is_seen(siege: Siege) -> None:
    assert siege.tries("what other processes are told")["other processes"] == "0 seen"


def test_nothing_is_written_outside_its_own_folder(siege: Siege) -> None:
    siege.tries("writing outside its own folder")
    package = LAYOUT.state / "agent-host" / "packages"
    assert list(package.rglob("hostile-was-here")) == []
    assert not Path("/etc/hostile-was-here").exists()


def test_disk_is_given_up_to_a_limit(siege: Siege) -> None:
    assert "No space left" in siege.tries("more disk than it is given")["a gibibyte"]


def test_no_program_but_its_interpreter_can_be_started(siege: Siege) -> None:
    siege.tries("programs that are not its own")


def test_it_is_born_with_no_descriptor_of_anybody_elses(siege: Siege) -> None:
    siege.tries("descriptors it was born with")


# Processes and the kernel


def test_other_processes_are_neither_traced_nor_ended(siege: Siege) -> None:
    told = siege.tries("other processes")
    assert f"kill {os.getpid()}" in told
    assert siege.host()["sandboxed"] is True


def test_the_kernels_rarer_calls_are_refused(siege: Siege) -> None:
    told = siege.tries("rarer system calls")
    assert {words.split(":")[0] for words in told.values()} == {"PermissionError"}, told


def test_no_namespace_and_no_mount_is_made(siege: Siege) -> None:
    told = siege.tries("namespaces and mounts")
    assert "Function not implemented" in told["the same by clone3"]


def test_nobody_else_can_be_become(siege: Siege) -> None:
    siege.tries("becoming somebody else")


def test_a_fork_bomb_goes_out_and_the_host_says_at_which_number(siege: Siege) -> None:
    assert "temporarily unavailable after" in siege.tries("a fork bomb")["two thousand processes"]
    assert siege.host()["sandboxed"] is True


def test_a_memory_hog_is_refused_more(siege: Siege) -> None:
    assert siege.tries("a memory hog")["eight gibibytes"].startswith("MemoryError after")


def test_open_files_are_bounded(siege: Siege) -> None:
    assert siege.tries("a hoard of open files")["ten thousand descriptors"].startswith("OSError after")


# Tokens


def test_another_runs_token_does_not_pass_the_door(siege: Siege) -> None:
    told = siege.tries("another run's token")
    assert set(told.values()) == {"403 SANDBOX_ANOTHER_RUN"}
    assert {name.split(":")[0] for name in told} == {"a run beside it", "another tenant's"}
    assert siege.turned_away("another_run") >= len(told)


def test_a_token_without_an_algorithm_is_no_token(siege: Siege) -> None:
    told = siege.tries("a token without an algorithm")
    assert {words[:3] for words in told.values()} == {"401"}, told
    assert siege.refused_credentials().total() >= len(told)


def test_a_token_signed_with_another_key_is_refused_and_noted(siege: Siege) -> None:
    told = siege.tries("a token signed with another key")
    assert {words[:3] for words in told.values()} == {"401"}, told
    assert siege.refused_credentials()["bad_signature"] >= 2


def test_a_token_with_altered_claims_is_refused_and_noted(siege: Siege) -> None:
    told = siege.tries("a token with altered claims")
    assert {words[:3] for words in told.values()} <= {"401", "403"}, told
    assert siege.refused_credentials()["bad_signature"] >= 6


def test_an_expired_token_is_refused_and_noted(siege: Siege) -> None:
    told = siege.tries("a token that has expired")
    assert {words[:3] for words in told.values()} == {"401"}, told
    assert siege.refused_credentials()["expired"] >= 2


def test_the_token_of_an_ended_run_does_nothing_and_that_is_noted(siege: Siege) -> None:
    told = siege.tries("the token of a run that has ended")
    assert {words[:3] for words in told.values()} == {"409"}, told
    assert {operation for operation, _ in siege.security_events(siege.runs["first"])} >= {MCP, EVENTS, COMPLETE}


def test_a_persons_token_opens_nothing_here(siege: Siege) -> None:
    told = siege.tries("a person's token, and none")
    assert {words[:3] for words in told.values()} <= {"401", "403"}, told


# HTTP itself


def test_no_other_route_is_behind_the_gateways_address(siege: Siege) -> None:
    told = siege.tries("the platform's other routes")
    own = {told.pop(f"{method} /v1/gateway/mcp") for method in ("GET", "DELETE")}
    assert own == {"405 METHOD_NOT_ALLOWED"}  # the gateway's own: there is neither a stream nor a session
    assert set(told.values()) == {"404 SANDBOX_NOT_A_GATEWAY_ROUTE"}, told


def test_no_path_leads_elsewhere(siege: Siege) -> None:
    told = siege.tries("paths that lead elsewhere")
    assert len(told) >= 15
    assert siege.turned_away("not_a_gateway_route") >= len(told)


def test_the_door_is_no_proxy(siege: Siege) -> None:
    told = siege.tries("the door as a proxy")
    assert told["CONNECT"] == "404"
    assert siege.turned_away("wrong_host") >= 3


def test_no_request_is_smuggled_inside_another(siege: Siege) -> None:
    told = siege.tries("smuggled requests")
    assert told["length and chunks"] == "400"
    assert told["pipelined"] == "200 404"
    assert siege.turned_away("ambiguous_request") + siege.turned_away("malformed_request") >= 8


def test_a_body_that_does_not_end_is_not_acted_on(siege: Siege) -> None:
    siege.tries("bodies that do not end")


def test_a_body_that_is_too_large_is_refused_and_noted(siege: Siege) -> None:
    told = siege.tries("bodies that are too large")
    assert told
    assert siege.turned_away("too_large") >= 1
    assert (MCP, "RPC-32600") in siege.security_events(siege.runs["first"])


# Tools


def denied(siege: Siege, run: str = "first") -> list[str]:
    """The tools of which the run's log says that policy refused a call."""
    return [item["payload"]["tool"] for item in siege.events(siege.runs[run]) if item["event"] == "policy"]


def begun(siege: Siege, run: str = "first") -> list[str]:
    """The tools of which the run's log says that a call began."""
    return [item["payload"]["tool"] for item in siege.events(siege.runs[run]) if item["event"] == "call"]


def test_a_tool_outside_its_manifest_is_denied_and_the_log_says_so(siege: Siege) -> None:
    assert "POLICY_DENIED" in siege.tries("a tool that is not in its manifest")["files.write"]
    assert "files.write" in denied(siege, "a tool that is not in its manifest")
    assert "files.write" not in begun(siege, "a tool that is not in its manifest")


def test_a_tools_name_in_other_letters_is_no_tool(siege: Siege) -> None:
    assert len(siege.tries("a tool's name in other letters")) >= 20
    assert (MCP, "RPC-32602") in siege.security_events(siege.runs["first"])


def test_a_message_inside_a_message_is_not_carried_out(siege: Siege) -> None:
    siege.tries("messages inside messages")
    assert (MCP, "RPC-32600") in siege.security_events(siege.runs["first"])


def test_a_name_given_twice_is_refused(siege: Siege) -> None:
    told = siege.tries("a name given twice")
    assert {words[:3] for words in told.values()} == {"400"}, told
    assert (MCP, "RPC-32700") in siege.security_events(siege.runs["first"])


def test_asking_for_the_log_only_changes_nothing(siege: Siege) -> None:
    siege.tries("asking for the log only")
    with siege.stack.client("acme-developer", patient=True) as acme:
        assert hostile.files_of(acme) == siege.files_before


def test_another_tenants_file_stays_its_own(siege: Siege) -> None:
    told = siege.tries("another tenant's name in headers and arguments")
    assert "secret" not in " ".join(told.values())
    with siege.stack.client("globex-developer", patient=True) as globex:
        assert globex.get(f"/v1/files/{siege.foreign_file}").status_code == 200


def test_calls_at_once_do_not_outrun_the_limit(siege: Siege) -> None:
    siege.tries("many calls at once, to outrun its limit")
    assert begun(siege, hostile.RACE).count("files.read") == LIMIT
    assert "files.read" in denied(siege, hostile.RACE), "policy refuses, until that has halted the run"


# Its own run


def test_the_gateways_own_events_are_not_the_agents_to_write(siege: Siege) -> None:
    siege.tries("the gateway's own events, in its own log")
    claimed = [item for item in siege.events(siege.runs["first"]) if item["payload"].get("decision") == "ALLOW"]
    assert claimed == []
    assert EVENTS in {operation for operation, _ in siege.security_events(siege.runs["first"])}


def test_audit_log_and_ledger_take_nothing_from_an_agent(siege: Siege) -> None:
    siege.tries("the audit log and the ledger")
    with siege.stack.client("acme-developer", patient=True) as acme:
        run = acme.get(f"/v1/runs/{siege.runs['first']}").json()
    assert float(run["cost"]["amount"]) > 0
    assert run["usage"]["toolCalls"] == begun(siege).count("files.read")


def test_a_run_ends_once(siege: Siege) -> None:
    told = siege.tries("ending twice")
    assert told["the first end"].startswith("200")
    assert told["the other end"].startswith("409")
    assert siege.statuses["twice"] == "succeeded"


def test_a_cancelled_run_goes_on_saying_nothing(siege: Siege) -> None:
    assert siege.statuses["held"] == "cancelled"
    assert [one for one in hostile.afterlife(siege) if one.get("through")] == []
    assert set(hostile.beyond_the_grave(siege).values()) == {409}
    assert not any(item["payload"].get("late") for item in siege.events(siege.runs["held"]))
    assert {operation for operation, _ in siege.security_events(siege.runs["held"])} >= {MCP, EVENTS}


def test_agents_that_mean_well_go_on_working_meanwhile(siege: Siege) -> None:
    with siege.stack.client("acme-developer", patient=True) as acme:
        answer = acme.post("/v1/agents/echo-agent/invoke", json={"input": "still here"})
    assert answer.json()["output"] == "still here"
    assert socket.create_connection(("127.0.0.1", LAYOUT.emulator_port), timeout=5).close() is None
