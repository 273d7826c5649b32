"""Break-glass access, whole, on moto: who may look at what a tenant ran, for how long, and that both chains say so."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.client
import pytest
from botocore.exceptions import ClientError

from data_access_lib.repositories.audit import first_break
from platform_kit.clock import rfc3339
from platform_kit.ids import new_id
from tests.functional.moto_platform import operator, person, table

OPEN = "POST /v1/tenants/{id}/break-glass"
LIST = "GET /v1/tenants/{id}/break-glass"
END = "DELETE /v1/tenants/{id}/break-glass/{grantId}"
RUNS = "GET /v1/tenants/{id}/runs"
RUN = "GET /v1/tenants/{id}/runs/{runId}"
ADA, BOB = operator("Platform.Admin", "ada"), operator("Platform.Admin", "bob")
WHY = {"reason": "acme's runs fail with a time-out since noon"}
SECRET = "only acme says this"


@pytest.fixture
def run_id(invoke: Any) -> str:
    made: str = invoke({"input": SECRET}).json["runId"]
    return made


@pytest.fixture
def opened(call: Any) -> Any:
    def make(who: dict[str, str] = ADA, tenant: str = "acme", **body: Any) -> dict[str, Any]:
        answer = call(OPEN, who, path={"id": tenant}, body={**WHY, **body})
        assert answer.status == 201, answer.json
        grant: dict[str, Any] = answer.json
        return grant

    return make


@pytest.fixture
def store_fails(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes DynamoDB refuse every request that names a text, such as a table or a partition."""
    texts: list[str] = []
    whole = botocore.client.BaseClient._make_api_call

    def send(client: Any, operation: str, request: Any) -> Any:
        if any(text in json.dumps(request, default=str) for text in texts):
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "down"}}, operation)
        return whole(client, operation, request)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", send)
    return texts.append


def read(call: Any, run: str, who: dict[str, str] = ADA, tenant: str = "acme") -> Any:
    return call(RUN, who, path={"id": tenant, "runId": run})


def code(answer: Any) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def entries(owner: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(action, target, decision, detail) of an owner's chain, in order; the chain must hold."""
    ledger = [item for item in table("ledger").scan()["Items"] if item["pk"] == f"TENANT#{owner}#AUDIT"]
    details = {i["sk"]: i["detail"] for i in table("ops").scan()["Items"] if i["pk"] == f"TENANT#{owner}#AUDITDETAIL"}
    chain = sorted(ledger, key=lambda item: item["sk"])
    assert first_break([{**item, "seq": int(item["seq"])} for item in chain]) is None
    return [(i["action"], i["target"], i["decision"], json.loads(details[i["sk"]])) for i in chain]


def actions(owner: str) -> list[str]:
    return [action for action, *_ in entries(owner)]


def stored(tenant: str, grant: dict[str, Any]) -> dict[str, Any]:
    key = {"pk": f"TENANT#platform#BREAKGLASS#{tenant}", "sk": grant["grantId"]}
    return dict(table("ops").get_item(Key=key)["Item"])


def rewrite(tenant: str, grant: dict[str, Any], **fields: Any) -> None:
    table("ops").put_item(Item={**stored(tenant, grant), **fields})


class TestOpening:
    def test_a_grant_says_who_may_look_why_and_until_when(self, opened: Any) -> None:
        grant = opened()
        until = datetime.fromisoformat(grant["expiresAt"]) - datetime.fromisoformat(grant["openedAt"])
        assert until == timedelta(minutes=30)
        assert grant | {"grantId": "", "openedAt": "", "expiresAt": ""} == {
            "grantId": "",
            "tenantId": "acme",
            "principalId": ADA["principalId"],
            "reason": WHY["reason"],
            "status": "open",
            "openedAt": "",
            "expiresAt": "",
        }

    def test_an_opening_is_entered_in_both_chains_and_counted(
        self, opened: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        grant = opened(minutes=5)
        for owner in ("acme", "platform"):
            (entry,) = entries(owner)
            assert entry[:3] == ("break_glass.opened", grant["grantId"], "allowed")
            assert entry[3] == {
                "grantId": grant["grantId"],
                "tenantId": "acme",
                "reason": WHY["reason"],
                "expiresAt": grant["expiresAt"],
                "principalId": ADA["principalId"],
            }
        assert '"BreakGlassOpened"' in capsys.readouterr().out

    def test_the_record_outlives_the_grant_by_400_days(self, opened: Any) -> None:
        grant = opened()
        kept = datetime.fromtimestamp(int(stored("acme", grant)["ttl"]), UTC)
        assert kept - datetime.fromisoformat(grant["expiresAt"]) > timedelta(days=399)

    def test_a_repeated_request_opens_once(self, call: Any) -> None:
        def ask(**more: Any) -> Any:
            path = {"id": more.pop("tenant", "acme")}
            return call(OPEN, ADA, path=path, body={**WHY, **more}, headers={"idempotency-key": "k"})

        first, second = ask(), ask()
        assert second.json == first.json
        assert second.headers["idempotency-replayed"] == "true"
        assert code(ask(minutes=60)) == code(ask(tenant="globex")) == (409, "IDEMPOTENCY_MISMATCH")
        assert actions("platform") == ["break_glass.opened"]

    @pytest.mark.parametrize(
        "body",
        [
            *({}, {"reason": ""}, {"reason": "too short"}, {"reason": " " * 20}, {"reason": "x" * 501}),
            *({"reason": "a\0b" * 10}, {**WHY, "minutes": 4}, {**WHY, "minutes": 61}, {**WHY, "minutes": "30"}),
            *({**WHY, "minutes": 5.5}, {**WHY, "tenantId": "globex"}, {**WHY, "principalId": "usr:1:x"}),
        ],
        ids=repr,
    )
    def test_a_bad_body_is_400_and_opens_nothing(self, body: Any, call: Any, run_id: str) -> None:
        assert call(OPEN, ADA, path={"id": "acme"}, body=body).status == 400
        assert code(read(call, run_id)) == (403, "BREAK_GLASS_REQUIRED")
        assert entries("acme") == entries("platform") == []

    @pytest.mark.parametrize("who", [operator(), person("acme", "Tenant.Admin")], ids=["operator", "tenant admin"])
    @pytest.mark.parametrize("route", [OPEN, END, RUNS, RUN])
    def test_it_is_for_platform_administrators(self, route: str, who: dict[str, str], call: Any) -> None:
        path = {"id": "acme", "grantId": new_id("brk"), "runId": new_id("run")}
        assert code(call(route, who, path=path, body=WHY if route == OPEN else None)) == (403, "FORBIDDEN")

    @pytest.mark.parametrize("tenant", ["no-such-one", "platform", "ACME", "acme#", "a" * 80])
    @pytest.mark.parametrize("route", [OPEN, LIST, END, RUNS, RUN])
    def test_a_tenant_that_is_not_there_is_404(self, route: str, tenant: str, call: Any) -> None:
        path = {"id": tenant, "grantId": new_id("brk"), "runId": new_id("run")}
        assert code(call(route, ADA, path=path, body=WHY if route == OPEN else None)) == (404, "NOT_FOUND")

    @pytest.mark.parametrize("status", ["provisioning", "failed", "deleting", "deleted"])
    def test_a_tenant_that_is_coming_or_going_cannot_be_opened(self, status: str, call: Any) -> None:
        table("control").put_item(
            Item={"pk": "TENANT#platform#TENANT", "sk": "acme", "tenantId": "acme", "tier": "basic", "status": status}
        )
        assert code(call(OPEN, ADA, path={"id": "acme"}, body=WHY)) == (409, "CONFLICT")
        assert entries("acme") == []

    @pytest.mark.parametrize("down", ["TENANT#acme#AUDIT", "TENANT#platform#AUDIT", "TENANT#platform#BREAKGLASS"])
    def test_what_cannot_be_entered_is_not_opened(self, down: str, call: Any, run_id: str, store_fails: Any) -> None:
        store_fails(down)
        assert code(call(OPEN, ADA, path={"id": "acme"}, body=WHY)) == (503, "DEPENDENCY_UNAVAILABLE")
        assert [item for item in table("ops").scan()["Items"] if "BREAKGLASS" in item["pk"]] == []


class TestLooking:
    def test_a_grant_shows_a_run_as_the_tenants_own_route_does(self, call: Any, opened: Any, run_id: str) -> None:
        opened()
        shown = read(call, run_id)
        assert shown.status == 200
        assert shown.json == call("GET /v1/runs/{id}", path={"id": run_id}).json
        assert shown.json["input"] == SECRET

    def test_a_large_output_is_shown_whole(self, call: Any, opened: Any, invoke: Any) -> None:
        made = invoke({"input": "x", "context": {"act": "large", "bytes": 300_000}}).json
        opened()
        assert read(call, made["runId"]).json["output"] == made["output"]

    def test_a_grant_lists_runs_in_pages_and_filtered(self, call: Any, opened: Any, invoke: Any) -> None:
        made = [invoke().json["runId"] for _ in range(3)][::-1]
        opened()
        first = call(RUNS, ADA, path={"id": "acme"}, query={"limit": "2"}).json
        rest = call(RUNS, ADA, path={"id": "acme"}, query={"limit": "2", "cursor": first["nextCursor"]}).json
        assert [item["runId"] for item in (*first["items"], *rest["items"])] == made
        assert call(RUNS, ADA, path={"id": "acme"}, query={"status": "failed"}).json["items"] == []
        assert call(RUNS, ADA, path={"id": "acme"}, query={"status": "odd"}).status == 400

    def test_every_look_is_entered_in_both_chains_before_it_is_shown(self, call: Any, opened: Any, run_id: str) -> None:
        grant = opened()
        for _ in range(2):
            read(call, run_id)
        call(RUNS, ADA, path={"id": "acme"}, query={"agent": "echo-agent"})
        for owner in ("acme", "platform"):
            _, *looks = entries(owner)
            assert [entry[:3] for entry in looks] == [
                ("break_glass.run_read", run_id, "allowed"),
                ("break_glass.run_read", run_id, "allowed"),
                ("break_glass.runs_listed", "acme", "allowed"),
            ]
            for *_, detail in looks:
                assert detail["principalId"] == ADA["principalId"]
                assert (detail["grantId"], detail["tenantId"]) == (grant["grantId"], "acme")
            assert looks[-1][3]["filters"] == {"agent": "echo-agent"}
            assert SECRET not in json.dumps(looks)

    def test_a_run_that_is_not_there_is_404_and_the_entry_is_taken_back(self, call: Any, opened: Any) -> None:
        opened()
        assert code(read(call, new_id("run"))) == (404, "NOT_FOUND")
        for owner in ("acme", "platform"):
            assert [decision for _, _, decision, _ in entries(owner)] == ["allowed", "allowed", "failed"]

    @pytest.mark.parametrize("run", ["nonsense", "run_1", "job_" + "0" * 32, "x" * 3000])
    def test_what_no_run_can_be_called_is_404_and_not_entered(self, run: str, call: Any, opened: Any) -> None:
        opened()
        assert code(read(call, run)) == (404, "NOT_FOUND")
        assert actions("acme") == ["break_glass.opened"]

    def test_a_suspended_tenant_can_be_looked_at(self, call: Any, opened: Any, run_id: str) -> None:
        record = {"tenantId": "acme", "tier": "standard", "status": "suspended"}
        table("control").put_item(Item={"pk": "TENANT#platform#TENANT", "sk": "acme", **record})
        opened()
        assert read(call, run_id).json["input"] == SECRET
        assert actions("acme") == ["break_glass.opened", "break_glass.run_read"]

    def test_an_open_grant_shows_nothing_of_a_tenant_that_is_being_deleted(
        self, call: Any, opened: Any, run_id: str
    ) -> None:
        grant = opened()
        record = {"tenantId": "acme", "tier": "standard", "status": "deleting"}
        table("control").put_item(Item={"pk": "TENANT#platform#TENANT", "sk": "acme", **record})
        assert code(read(call, run_id)) == (409, "CONFLICT")
        assert call(END, ADA, path={"id": "acme", "grantId": grant["grantId"]}).status == 409
        assert actions("acme") == ["break_glass.opened"]


class TestRefusal:
    def refused(self, call: Any, run_id: str, who: dict[str, str] = ADA) -> None:
        before = entries("acme"), entries("platform")
        for answer in (read(call, run_id, who), call(RUNS, who, path={"id": "acme"})):
            assert code(answer) == (403, "BREAK_GLASS_REQUIRED")
            assert SECRET not in json.dumps(answer.json)
            assert "POST /v1/tenants/acme/break-glass" in answer.json["detail"]
        assert (entries("acme"), entries("platform")) == before

    def test_without_a_grant(self, call: Any, run_id: str) -> None:
        self.refused(call, run_id)

    def test_with_anothers_grant(self, call: Any, opened: Any, run_id: str) -> None:
        opened(BOB)
        self.refused(call, run_id)

    def test_with_a_grant_for_another_tenant(self, call: Any, opened: Any, run_id: str) -> None:
        opened(tenant="globex")
        self.refused(call, run_id)
        assert code(read(call, run_id, tenant="globex")) == (404, "NOT_FOUND")

    def test_with_a_grant_that_has_expired_and_is_still_stored(self, call: Any, opened: Any, run_id: str) -> None:
        rewrite("acme", opened(), expiresAt=rfc3339(datetime.now(UTC) - timedelta(milliseconds=1)))
        self.refused(call, run_id)

    def test_with_a_grant_that_was_ended(self, call: Any, opened: Any, run_id: str) -> None:
        grant = opened()
        assert call(END, ADA, path={"id": "acme", "grantId": grant["grantId"]}).status == 204
        self.refused(call, run_id)

    def test_with_a_grant_that_lacks_its_end_or_begins_later(self, call: Any, opened: Any, run_id: str) -> None:
        grant = opened()
        rewrite("acme", grant, openedAt=rfc3339(datetime.now(UTC) + timedelta(minutes=1)))
        self.refused(call, run_id)
        item = stored("acme", grant)
        table("ops").put_item(Item={name: value for name, value in item.items() if name != "expiresAt"})
        self.refused(call, run_id)

    def test_an_open_grant_is_found_behind_many_that_are_over(self, call: Any, opened: Any, run_id: str) -> None:
        opened()
        for _ in range(120):
            grant = {"grantId": new_id("brk"), "principalId": BOB["principalId"], "expiresAt": "2026-01-01T00:00:00Z"}
            key = {"pk": "TENANT#platform#BREAKGLASS#acme", "sk": grant["grantId"]}
            table("ops").put_item(Item={**grant, **key, "openedAt": "2026-01-01T00:00:00Z"})
        assert read(call, run_id).status == 200

    @pytest.mark.parametrize(
        "down", ["TENANT#platform#BREAKGLASS", "TENANT#acme#AUDIT", "TENANT#platform#AUDIT", "TENANT#platform#SECURITY"]
    )
    def test_what_cannot_be_checked_or_entered_is_not_shown(
        self, down: str, call: Any, opened: Any, run_id: str, store_fails: Any
    ) -> None:
        opened()
        store_fails(down)
        for answer in (read(call, run_id), call(RUNS, ADA, path={"id": "acme"})):
            assert code(answer) == (503, "DEPENDENCY_UNAVAILABLE")
            assert SECRET not in json.dumps(answer.json)
            assert run_id not in json.dumps({**answer.json, "instance": ""})


class TestEnding:
    def test_an_ending_is_entered_in_both_chains_once(self, call: Any, opened: Any) -> None:
        grant = opened()
        for _ in range(2):
            assert call(END, BOB, path={"id": "acme", "grantId": grant["grantId"]}).status == 204
        for owner in ("acme", "platform"):
            _, (action, target, decision, detail) = entries(owner)
            assert (action, target, decision) == ("break_glass.ended", grant["grantId"], "allowed")
            assert detail["principalId"] == BOB["principalId"]
        assert stored("acme", grant)["endedBy"] == BOB["principalId"]

    @pytest.mark.parametrize("grant_id", ["x", "brk_1", "run_" + "0" * 32, "brk_" + "0" * 32, "TENANT#acme"])
    def test_a_grant_that_is_not_there_is_404(self, grant_id: str, call: Any) -> None:
        assert code(call(END, ADA, path={"id": "acme", "grantId": grant_id})) == (404, "NOT_FOUND")

    def test_a_grant_is_ended_under_its_own_tenant_only(self, call: Any, opened: Any) -> None:
        grant = opened()
        assert code(call(END, ADA, path={"id": "globex", "grantId": grant["grantId"]})) == (404, "NOT_FOUND")
        assert "endedAt" not in stored("acme", grant)


class TestListing:
    def test_grants_are_listed_newest_first_with_how_they_stand(self, call: Any, opened: Any) -> None:
        over, ended, still = opened(), opened(BOB), opened()
        rewrite("acme", over, expiresAt=rfc3339(datetime.now(UTC) - timedelta(seconds=1)))
        call(END, ADA, path={"id": "acme", "grantId": ended["grantId"]})
        opened(tenant="globex")
        first = call(LIST, operator(), path={"id": "acme"}, query={"limit": "2"}).json
        query = {"cursor": first["nextCursor"]}
        rest = call(LIST, operator(), path={"id": "acme"}, query=query).json
        shown = [*first["items"], *rest["items"]]
        assert [item["grantId"] for item in shown] == [still["grantId"], ended["grantId"], over["grantId"]]
        assert [item["status"] for item in shown] == ["open", "ended", "expired"]
        assert shown[1]["endedBy"] == ADA["principalId"]
        assert code(call(LIST, operator(), path={"id": "globex"}, query=query)) == (400, "INVALID_CURSOR")

    def test_a_tenants_own_people_see_it_in_their_audit_log_only(self, call: Any) -> None:
        assert call(LIST, person("acme", "Tenant.Admin"), path={"id": "acme"}).status == 403
