"""A hundred calls at once, from processes that share nothing but the tables, spend no more than there is."""

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Any, Final

import boto3
import pytest

from data_access_lib.client import TenantScopedTable
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.pools import Pools, PoolShare
from data_access_lib.repositories.runs import Runs
from data_access_lib.tenant import TenantContext, TenantId
from governance.pricing import CURRENT, PICO_PER_DOLLAR
from platform_kit.clock import SystemClock, rfc3339
from platform_kit.ids import new_id
from scripts.local_platform.layout import REGION
from tests.e2e.budget_worker import READY, Silent
from tests.local_stack import ROOT, LocalStack
from tests.security.deployed_roles import DeployedRoles

pytestmark = pytest.mark.local_stack

PROCESSES: Final = 4
CALLS: Final = 25
PRICE: Final = PICO_PER_DOLLAR // 100
ALLOWED: Final = 7
"""How many calls there is money for."""
MONTH: Final = "2999-01"


@pytest.fixture(scope="module")
def roles(platform: LocalStack) -> DeployedRoles:
    return DeployedRoles(platform)


class Race:
    """A run of acme's, and processes that make its calls."""

    def __init__(self, platform: LocalStack, roles: DeployedRoles) -> None:
        found = roles.tenant("gateway", "acme")
        self._credentials = {
            "aws_access_key_id": found["AccessKeyId"],
            "aws_secret_access_key": found["SecretAccessKey"],
            "aws_session_token": found["SessionToken"],
        }
        self._endpoint = str(platform.described["emulatorUrl"])
        self._tables = roles.tables
        self.budget_id = new_id("bud")

    def table(self, name: str) -> TenantScopedTable:
        client = boto3.client("dynamodb", endpoint_url=self._endpoint, region_name=REGION, **self._credentials)
        context = TenantContext(TenantId("acme"), "usr:test")
        return TenantScopedTable(client, self._tables[name], context, Silent())  # type: ignore[arg-type]  # the part that is used

    def start(self, **fields: Any) -> dict[str, Any]:
        """A run that began in this moment, with more than enough set aside."""
        run = {
            "runId": new_id("run"),
            "sessionId": new_id("ses"),
            "agent": "echo-agent",
            "versionId": "ver_" + "0" * 32,
            "agentMode": "sync",
            "mode": "sync",
            "status": "running",
            "principalId": "usr:test",
            "priceVersion": CURRENT.version,
            "startedAt": rfc3339(SystemClock().now()),
            "createdAt": rfc3339(SystemClock().now()),
            "environment": "prod",
            "domain": "general",
            "input": "a race",
            "metadata": {},
            "files": [],
            "toolCalls": 0,
            "leaseUntil": int(time.time()) + 60,
            "maxSeconds": 60,
            "reservedPico": 100 * PICO_PER_DOLLAR,
            "budgetMonth": MONTH,
            "budgetShard": 0,
            **fields,
        }
        table = self.table("runs")
        transaction = table.transaction()
        Runs(table).start(transaction, run, [EventDraft("lifecycle", "started")])
        transaction.commit()
        return run

    def calls(self, run: dict[str, Any], **task: Any) -> list[str]:
        """How each of a hundred calls went that began at once."""
        common = {
            "endpoint": self._endpoint,
            "region": REGION,
            "credentials": self._credentials,
            "tables": self._tables,
            "tenant": "acme",
            "run": run["runId"],
            "session": run["sessionId"],
            "maxCost": "500000",
            "estimate": PRICE,
            "price": PRICE,
            "seconds": 0.05,
            "calls": CALLS,
            **task,
        }
        told = _worked([{**common, "process": number} for number in range(PROCESSES)])
        lists = [line for text in told for line in text.splitlines() if line.startswith("[")]  # metrics are objects
        assert len(lists) == PROCESSES
        return [call["code"] for line in lists for call in json.loads(line)]

    def record(self, run: dict[str, Any]) -> dict[str, Any]:
        return Runs(self.table("runs")).get(run["runId"], consistent=True)


def _worked(tasks: list[dict[str, Any]]) -> list[str]:
    """What processes of their own printed, that began at once when all were ready."""
    command = [sys.executable, "-m", "tests.e2e.budget_worker"]
    with ExitStack() as all_ended:
        workers = [
            all_ended.enter_context(
                subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in tasks
        ]
        for worker, task in zip(workers, tasks, strict=True):
            _tell(worker, json.dumps(task))
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline().strip() == READY
        for worker in workers:
            _tell(worker, "go")
        told = [worker.communicate(timeout=120)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * len(tasks)
    return told


def _tell(worker: subprocess.Popen[str], line: str) -> None:
    assert worker.stdin is not None
    worker.stdin.write(line + "\n")
    worker.stdin.flush()


@pytest.fixture
def race(platform: LocalStack, roles: DeployedRoles) -> Race:
    return Race(platform, roles)


@pytest.mark.timeout(300)
def test_a_runs_own_limit_is_overspent_by_one_call_at_most(race: Race) -> None:
    run = race.start()
    allowed = f"{ALLOWED * PRICE / PICO_PER_DOLLAR:.2f}"
    answers = race.calls(run, maxCost=allowed)
    record = race.record(run)
    made = int(record["toolCalls"])
    assert len(answers) == PROCESSES * CALLS
    assert ALLOWED <= made <= ALLOWED + 1
    assert answers.count("made") <= made
    spent = int(record.get("pricedPico") or 0) + int(record.get("heldPico") or 0)
    assert spent <= (ALLOWED + 1) * PRICE


@pytest.mark.timeout(300)
def test_a_shared_budget_is_never_overspent(race: Race) -> None:
    share = PoolShare(race.budget_id, pico=ALLOWED * PRICE)
    run = race.start(pools=[share.as_dict()], reservedPico=0, maxSeconds=0)
    race.calls(run)
    used = Pools(race.table("ops")).status(race.budget_id, MONTH)
    assert used.pico <= ALLOWED * PRICE
    assert int(race.record(run)["toolCalls"]) <= ALLOWED


@pytest.mark.timeout(300)
def test_two_runs_of_one_shared_budget_do_not_outrun_it_together(race: Race) -> None:
    share = PoolShare(race.budget_id, calls=ALLOWED)
    runs = [race.start(pools=[share.as_dict()]) for _ in range(2)]
    for run in runs:
        race.calls(run, calls=8)
    used = Pools(race.table("ops")).status(race.budget_id, MONTH)
    assert used.calls == ALLOWED
    assert sum(int(race.record(run).get("toolCalls") or 0) for run in runs) == ALLOWED
