"""The function `flags`, whole, on moto: what is put, who may, and what the audit says of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from data_access_lib.repositories.audit import first_break
from tests.functional.moto_platform import Answer, event, operator, person, platform_on_moto, put_flag, table

Ask = Callable[..., Answer]
FLAGS = "GET /v1/platform/flags"
FLAG = "GET /v1/platform/flags/{name}"
PUT = "PUT /v1/platform/flags/{name}"
PUT_NAMED = "PUT /v1/platform/flags"
SWITCHES = "GET /v1/kill-switches"
SET = "POST /v1/kill-switches"
CLEAR = "DELETE /v1/kill-switches/{id}"
INVOKE = {"name": "agents.invoke"}
ON = {"enabled": True}
STOP = {"scope": "tenant", "target": "acme", "reason": "runs away"}


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    from lambdas.flags import handler

    for cached in (handler.build, handler._dynamodb, handler._secrets):
        cached.cache_clear()
    with platform_on_moto(monkeypatch):
        control = table("control")
        control.put_item(Item={"pk": "TENANT#platform#TENANT", "sk": "acme", "tenantId": "acme", "status": "active"})
        control.put_item(Item={"pk": "TENANT#platform#TEMPLATE", "sk": "echo-agent", "name": "echo-agent"})
        yield lambda route, who=None, **parts: Answer.of(
            handler.handle(event(route, authorizer=who or operator(), **parts), None)
        )


def put(ask: Ask, body: Any = ON, etag: str | None = None, name: str = "agents.invoke", **more: Any) -> Answer:
    headers = {} if etag is None else {"if-match": etag}
    return ask(PUT, path={"name": name}, body=body, headers=headers, **more)


def chain(owner: str = "platform") -> list[dict[str, Any]]:
    items = [item for item in table("ledger").scan()["Items"] if item["pk"] == f"TENANT#{owner}#AUDIT"]
    return sorted(items, key=lambda item: item["sk"])


def details() -> list[str]:
    items = [item for item in table("ops").scan()["Items"] if item["pk"] == "TENANT#platform#AUDITDETAIL"]
    return [str(item["detail"]) for item in sorted(items, key=lambda item: item["sk"])]


class TestFlags:
    def test_a_new_flag_is_made_without_a_version_and_is_for_everybody(self, ask: Ask) -> None:
        made = put(ask)
        assert (made.status, made.headers["etag"]) == (201, '"1"')
        assert made.json | {"updatedAt": ""} == {
            "name": "agents.invoke",
            "description": "",
            "enabled": True,
            "rules": [{}],
            "updatedBy": operator()["principalId"],
            "updatedAt": "",
        }

    def test_a_change_takes_the_version_that_was_read(self, ask: Ask) -> None:
        put(ask, {"enabled": True, "description": "Invoking."})
        found = ask(FLAG, path=INVOKE)
        rules = [{"tiers": ["premium"]}, {"tenants": ["acme"], "agents": ["echo-agent"], "percent": 25}]
        changed = put(ask, {"enabled": True, "rules": rules}, found.headers["etag"])
        assert (changed.status, changed.headers["etag"]) == (200, '"2"')
        assert (changed.json["rules"], changed.json["description"]) == (rules, "Invoking.")
        assert ask(FLAG, path=INVOKE).json == changed.json

    def test_a_change_without_a_version_is_428_and_with_a_stale_one_412(self, ask: Ask) -> None:
        put(ask)
        assert put(ask).status == 428
        assert put(ask, {"enabled": False}, '"1"').status == 200
        assert put(ask, {"enabled": True}, '"1"').status == 412
        assert ask(FLAG, path=INVOKE).json["enabled"] is False

    def test_a_version_of_a_flag_that_is_not_there_is_412(self, ask: Ask) -> None:
        assert put(ask, etag='"1"').status == 412
        assert ask(FLAG, path=INVOKE).status == 404

    def test_the_collection_takes_a_flag_by_the_name_in_its_body(self, ask: Ask) -> None:
        assert ask(PUT_NAMED, body={**INVOKE, **ON}).status == 201
        assert ask(PUT_NAMED, body={**INVOKE, "enabled": False}, headers={"if-match": '"1"'}).status == 200
        assert ask(FLAG, path=INVOKE).json["enabled"] is False

    def test_flags_are_listed_by_name_in_pages(self, ask: Ask) -> None:
        names = ["agents.async", "agents.invoke", "agents.stream", "files.upload"]
        for name in reversed(names):
            put(ask, name=name)
        first = ask(FLAGS, query={"limit": "3"}).json
        rest = ask(FLAGS, query={"limit": "3", "cursor": first["nextCursor"]}).json
        assert [item["name"] for item in (*first["items"], *rest["items"])] == names
        assert "nextCursor" not in rest
        assert ask(FLAGS, query={"cursor": "forged"}).status == 400

    @pytest.mark.parametrize(
        "body",
        [
            *({}, {"enabled": "true"}, {"enabled": 1}, {"enabled": None}, {**ON, "rules": []}, {**ON, "rules": [None]}),
            *({**ON, "rules": [{"percent": -1}]}, {**ON, "rules": [{"percent": 101}]}),
            *({**ON, "rules": [{"percent": 0.5}]}, {**ON, "rules": [{"percent": "9"}]}),
            *({**ON, "rules": [{"tenants": []}]}, {**ON, "rules": [{"tenants": ["A#"]}]}),
            *({**ON, "rules": [{"tiers": ["gold"]}]}, {**ON, "rules": [{"tenant": ["acme"]}]}, {**ON, "x": 1}),
            *({**ON, "rules": [{}] * 21}, {**ON, "description": "a\0b"}, {**ON, "name": "agents.invoke"}),
        ],
        ids=repr,
    )
    def test_a_bad_body_is_400_and_changes_nothing(self, ask: Ask, body: Any) -> None:
        assert put(ask, body).status == 400
        assert chain() == []
        assert ask(FLAG, path=INVOKE).status == 404

    @pytest.mark.parametrize("name", ["Agents", "a#b", "TENANT#acme", "-", "x" * 64, "a\n", "../flags"])
    def test_a_name_that_no_flag_can_have_is_404(self, ask: Ask, name: str) -> None:
        assert put(ask, name=name).status == 404
        assert ask(FLAG, path={"name": name}).status == 404

    def test_two_operators_who_read_the_same_version_do_not_overwrite_each_other(self, ask: Ask) -> None:
        put(ask)
        assert put(ask, {"enabled": False}, '"1"', who=operator(name="ann")).status == 200
        assert put(ask, {"enabled": True}, '"1"', who=operator(name="bob")).status == 412

    def test_a_flag_that_was_broken_by_hand_can_be_put_right(self, ask: Ask) -> None:
        put_flag("agents.invoke", enabled=True, rules=[{}], description="d", updatedBy="x", updatedAt="y")
        assert put(ask, ON, '"1"').status == 200


class TestKillSwitches:
    @pytest.mark.parametrize(
        ("body", "target"),
        [
            ({"scope": "platform", "reason": "r"}, "platform"),
            ({"scope": "platform", "target": "platform", "reason": "r"}, "platform"),
            (STOP, "acme"),
            ({"scope": "agent", "target": "echo-agent", "reason": "r"}, "echo-agent"),
            ({"scope": "tool", "target": "files.write", "reason": "r"}, "files.write"),
        ],
    )
    def test_a_switch_is_set_listed_and_cleared(self, ask: Ask, body: dict[str, str], target: str) -> None:
        made = ask(SET, body=body)
        assert made.status == 201, made.json
        assert (made.json["scope"], made.json["target"], made.json["reason"]) == (body["scope"], target, body["reason"])
        assert made.json["createdBy"] == operator()["principalId"]
        assert ask(SWITCHES).json["items"] == [made.json]
        assert ask(CLEAR, path={"id": made.json["switchId"]}).status == 204
        assert ask(SWITCHES).json["items"] == []
        assert ask(CLEAR, path={"id": made.json["switchId"]}).status == 404

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"scope": "tenant", "reason": "r"}, 400),
            ({"scope": "platform", "target": "acme", "reason": "r"}, 400),
            ({"scope": "world", "target": "acme", "reason": "r"}, 400),
            ({"scope": "tenant", "target": "acme"}, 400),
            ({"scope": "tenant", "target": "acme", "reason": "  "}, 400),
            ({"scope": "tenant", "target": "nobody", "reason": "r"}, 422),
            ({"scope": "tenant", "target": "platform", "reason": "r"}, 422),
            ({"scope": "tenant", "target": "acme#", "reason": "r"}, 422),
            ({"scope": "agent", "target": "unknown", "reason": "r"}, 422),
            ({"scope": "agent", "target": "Echo", "reason": "r"}, 422),
            ({"scope": "tool", "target": "Files", "reason": "r"}, 422),
        ],
    )
    def test_a_switch_that_would_stop_nothing_is_refused(self, ask: Ask, body: dict[str, str], status: int) -> None:
        assert ask(SET, body=body).status == status
        assert (ask(SWITCHES).json["items"], chain()) == ([], [])

    def test_a_repeated_setting_sets_one_switch(self, ask: Ask) -> None:
        key = {"idempotency-key": "k1"}
        first, again = ask(SET, body=STOP, headers=key), ask(SET, body=STOP, headers=key)
        assert (again.status, again.json, again.headers["idempotency-replayed"]) == (201, first.json, "true")
        assert len(ask(SWITCHES).json["items"]) == len(chain()) == 1
        assert ask(SET, body={**STOP, "reason": "x"}, headers=key).json["code"] == "IDEMPOTENCY_MISMATCH"

    def test_switches_are_paged_newest_first(self, ask: Ask) -> None:
        made = [ask(SET, body=STOP).json["switchId"] for _ in range(5)]
        first = ask(SWITCHES, query={"limit": "3"}).json
        rest = ask(SWITCHES, query={"limit": "3", "cursor": first["nextCursor"]}).json
        assert [item["switchId"] for item in (*first["items"], *rest["items"])] == made[::-1]

    @pytest.mark.parametrize("switch_id", ["x", "ksw_1", "run_" + "0" * 32, "TENANT#acme"])
    def test_an_id_that_no_switch_has_is_404(self, ask: Ask, switch_id: str) -> None:
        assert ask(CLEAR, path={"id": switch_id}).status == 404


class TestAudit:
    def test_every_change_is_in_the_platforms_chain_with_actor_before_and_after(self, ask: Ask) -> None:
        put(ask)
        put(ask, {"enabled": False, "rules": [{"percent": 5}]}, '"1"', who=operator(name="bob"))
        switch = ask(SET, body=STOP).json["switchId"]
        ask(CLEAR, path={"id": switch})
        entries = chain()
        told = [(entry["action"], entry["target"]) for entry in entries]
        assert told == [
            *(("flag.created", "agents.invoke"), ("flag.updated", "agents.invoke")),
            *(("kill_switch.set", switch), ("kill_switch.cleared", switch)),
        ]
        assert first_break([{**entry, "seq": int(entry["seq"])} for entry in entries]) is None
        created, updated, stopped, cleared = details()
        assert '"before":null' in created
        assert '"before":{"description":"","enabled":true,"rules":[{}]}' in updated
        assert '"after":{"description":"","enabled":false,"rules":[{"percent":5}]}' in updated
        assert f'"principalId":"{operator(name="bob")["principalId"]}"' in updated
        assert "runs away" in stopped
        assert '"after":null' in cleared

    def test_a_refused_change_leaves_no_entry(self, ask: Ask) -> None:
        put(ask)
        assert (put(ask).status, put(ask, etag='"9"').status) == (428, 412)
        assert len(chain()) == 1

    def test_nothing_is_changed_when_the_chain_cannot_be_written(
        self, ask: Ask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from lambdas.flags import handler

        monkeypatch.setenv("LEDGER_TABLE", "ambit-test-gone")
        handler.build.cache_clear()
        assert put(ask).status == 500
        assert ask(SET, body=STOP).status == 500
        assert (ask(FLAG, path=INVOKE).status, ask(SWITCHES).json["items"]) == (404, [])


class TestIncidents:
    LIST = "GET /v1/platform/incidents"
    SHOW = "GET /v1/platform/incidents/{id}"
    PATCH = "PATCH /v1/platform/incidents/{id}"

    def opened(self, ask: Ask) -> dict[str, Any]:
        assert ask(SET, body=STOP).status == 201
        [incident] = ask(self.LIST).json["items"]
        return dict(incident)

    def test_a_switch_opens_an_incident_that_says_what_stopped_and_why(self, ask: Ask) -> None:
        incident = self.opened(ask)
        assert (incident["kind"], incident["severity"], incident["about"]) == ("kill-switch", "S2", "tenant:acme")
        shown = ask(self.SHOW, path={"id": incident["incidentId"]})
        [entry] = shown.json["timeline"]
        assert (entry["detail"]["reason"], shown.headers["etag"]) == ("runs away", '"1"')

    def test_an_operator_works_on_it_and_the_audit_says_so(self, ask: Ask) -> None:
        place = {"id": self.opened(ask)["incidentId"]}
        body, seen = {"status": "resolved", "note": "over"}, {"if-match": '"1"'}
        done = ask(self.PATCH, path=place, body=body, headers=seen)
        assert (done.status, done.json["status"], done.json["transitions"]) == (200, "resolved", ["open"])
        assert ask(self.PATCH, path=place, body=body, headers=seen).status == 412
        assert ask(self.PATCH, path=place, body={"status": "mitigated"}, headers={"if-match": '"2"'}).status == 409
        assert [entry["action"] for entry in chain()] == ["kill_switch.set", "incident.updated"]
        assert ask(self.LIST, query={"status": "open"}).json["items"] == []
        assert ask(self.LIST, query={"status": "asleep"}).status == 400

    def test_a_switch_is_set_whatever_becomes_of_its_incident(
        self, ask: Ask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from lambdas.flags import service

        def broken(*_: object) -> None:
            raise RuntimeError("out of order")

        monkeypatch.setattr(service, "report_switch", broken)
        assert ask(SET, body=STOP).status == 201
        assert "IncidentLost" in capsys.readouterr().out

    def test_tenants_see_none_of_it(self, ask: Ask) -> None:
        assert ask(self.LIST, person("acme", "Tenant.Admin")).status == 403


class TestRuns:
    @pytest.mark.parametrize(
        ("target", "status"),
        [
            (f"acme/run_{'0' * 32}", 201),
            (f"nobody/run_{'0' * 32}", 422),
            ("acme/run_1", 422),
            (f"run_{'0' * 32}", 422),
            ("acme/", 422),
        ],
    )
    def test_a_run_is_named_with_its_tenant(self, ask: Ask, target: str, status: int) -> None:
        assert ask(SET, body={"scope": "run", "target": target, "reason": "r"}).status == status
