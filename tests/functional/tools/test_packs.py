"""Tool packs, whole, on moto: attacks first, then what a publisher and an operator do with them."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from governance import dsse
from governance.packs import KIND, MOST_BYTES
from governance.public_keys import public_key
from tests.audit_logs import KEY, OTHER_KEY, signer
from tests.functional.moto_platform import Answer, event, machine, operator, person, platform_on_moto, table
from tests.tool_packs import manifest, pem_of, signed

Ask = Callable[..., Answer]
PUBLISH, LIST = "POST /v1/tool-packs", "GET /v1/tool-packs"
PULL, INSTALL = "GET /v1/tool-packs/{name}/versions/{version}", "POST /v1/tool-packs/{name}/versions/{version}/install"
UNINSTALL = "POST /v1/tool-packs/{name}/uninstall"
REGISTER, KEYS = "POST /v1/tool-pack-publishers", "GET /v1/tool-pack-publishers"
REVOKE = "POST /v1/tool-pack-publishers/{id}/revoke"
TOOL, PUT, REMOVE = (f"{method} /v1/platform/tools/{{name}}" for method in ("GET", "PUT", "DELETE"))
KEY_ID = public_key(pem_of(KEY)).key_id


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    from lambdas.tools import handler

    for cached in (handler.build, handler._dynamodb, handler._secrets):
        cached.cache_clear()
    with platform_on_moto(monkeypatch):

        def asked(route: str, who: dict[str, str] | None = None, **parts: Any) -> Answer:
            return Answer.of(handler.handle(event(route, authorizer=who or operator(), **parts), None))

        yield asked


@pytest.fixture
def trusting(ask: Ask) -> Ask:
    """With the key of the publisher `acme-tools` registered."""
    register(ask)
    return ask


def register(ask: Ask, key: Any = KEY, publisher: str = "acme-tools") -> Answer:
    return ask(REGISTER, body={"publisher": publisher, "publicKey": pem_of(key)})


def publish(ask: Ask, version: str = "1.2.0", key: Any = KEY, name: str = "crm", **tools: Any) -> Answer:
    return ask(PUBLISH, body=signed(manifest(version, name=name, **tools), key))


def install(ask: Ask, version: str = "1.2.0", **credentials: Any) -> Answer:
    body = {"credentials": {f"crm.{rest}": one for rest, one in credentials.items()}}
    return ask(INSTALL, path={"name": "crm", "version": version}, body=body)


def pull(ask: Ask, version: str = "1.2.0", name: str = "crm") -> Answer:
    return ask(PULL, path={"name": name, "version": version})


def tool(ask: Ask, name: str = "crm.lookup") -> Answer:
    return ask(TOOL, path={"name": name})


def actions() -> list[str]:
    items = [item for item in table("ledger").scan()["Items"] if item["pk"] == "TENANT#platform#AUDIT"]
    return [str(item["action"]) for item in sorted(items, key=lambda item: item["sk"])]


def stored(kind: str) -> list[dict[str, Any]]:
    return [item for item in table("control").scan()["Items"] if item["pk"].startswith(f"TENANT#platform#{kind}")]


def is_refused(answer: Answer, *, pointer: str = "") -> bool:
    """With 409 or 422, and nothing published."""
    pointers = [error["pointer"] for error in answer.json.get("errors", [])]
    return answer.status in {409, 422} and (not pointer or pointer in pointers)


class TestAttacks:
    def test_an_unknown_key_publishes_nothing(self, trusting: Ask) -> None:
        answer = publish(trusting, key=OTHER_KEY)
        assert is_refused(answer, pointer="/payload")
        assert "no signature is of a trusted key" in answer.json["errors"][0]["message"]
        assert stored("TOOLPACK") == []

    def test_a_known_keys_name_under_anothers_signature_is_no_signature(self, trusting: Ask) -> None:
        envelope = signed(manifest(), OTHER_KEY)
        envelope["signatures"][0]["keyid"] = KEY_ID
        assert is_refused(trusting(PUBLISH, body=envelope))

    @pytest.mark.parametrize(
        "change", [lambda _: "", lambda _: "../" * 9, lambda _: "TENANT#acme", str.upper, "{}0".format]
    )
    def test_what_is_no_thumbprint_names_no_key(self, trusting: Ask, change: Callable[[str], str]) -> None:
        envelope = signed(manifest(), KEY)
        envelope["signatures"][0]["keyid"] = change(KEY_ID)
        assert is_refused(trusting(PUBLISH, body=envelope))

    def test_a_revoked_key_publishes_nothing_and_what_it_signed_is_installed_no_more(self, trusting: Ask) -> None:
        assert publish(trusting).status == 201
        assert trusting(REVOKE, path={"id": KEY_ID}, body={"reason": "stolen"}).json["status"] == "revoked"
        assert is_refused(publish(trusting, "1.3.0"), pointer="/signatures")
        assert is_refused(install(trusting), pointer="/signatures")
        assert pull(trusting).json["keyRevoked"] is True
        assert stored("TOOL#") == [] == [item for item in stored("TOOL") if item["pk"].endswith("#TOOL")]

    def test_a_revoked_key_is_not_registered_again(self, trusting: Ask) -> None:
        trusting(REVOKE, path={"id": KEY_ID}, body={"reason": "stolen"})
        assert register(trusting).status == 409
        assert register(trusting, publisher="someone-else").status == 409

    def test_a_second_good_signature_does_not_stand_for_a_revoked_one(self, trusting: Ask) -> None:
        register(trusting, OTHER_KEY, "other")
        publish(trusting)
        trusting(REVOKE, path={"id": KEY_ID}, body={"reason": "stolen"})
        envelope = signed(manifest("1.3.0"), KEY)
        envelope["signatures"] += signed(manifest("1.3.0"), OTHER_KEY)["signatures"]
        answer = trusting(PUBLISH, body=envelope)
        assert answer.status == 409, "it is the other publisher's now, and the name is not"

    def test_a_swapped_payload_is_refused(self, trusting: Ask) -> None:
        other = signed(manifest("1.2.0", lookup={"risk": "low"}), OTHER_KEY)["payload"]
        assert is_refused(trusting(PUBLISH, body={**signed(manifest(), KEY), "payload": other}))

    def test_a_payload_that_is_swapped_in_the_store_is_not_installed(self, trusting: Ask) -> None:
        publish(trusting)
        (record,) = stored("TOOLPACKVERSION")
        other = signed(manifest("1.2.0", lookup={"risk": "low"}), OTHER_KEY)["payload"]
        envelope = {**json.loads(record["envelope"]), "payload": other}
        table("control").put_item(Item={**record, "envelope": json.dumps(envelope)})
        assert is_refused(install(trusting))
        assert tool(trusting).status == 404

    def test_an_older_version_in_a_newer_ones_place_is_not_installed(self, trusting: Ask) -> None:
        publish(trusting, "1.2.0")
        publish(trusting, "1.3.0")
        old, new = sorted(stored("TOOLPACKVERSION"), key=lambda item: item["sk"])
        table("control").put_item(Item={**new, "envelope": old["envelope"]})
        assert install(trusting, "1.3.0").status == 409
        table("control").put_item(Item={**old, "sk": "1.3.0", "version": "1.3.0"})
        assert install(trusting, "1.3.0").status == 409
        assert publish(trusting, "1.4.0").status == 409, "nor is a new one compared with it"

    @pytest.mark.parametrize("name", ["\u0441rm", "\uff43rm", "crm\u200b", "CRM", "crm_x", "../crm", "crm#", ""])
    def test_a_unicode_twin_of_a_name_is_no_name(self, trusting: Ask, name: str) -> None:
        document = {**manifest(), "name": name}
        payload = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        answer = trusting(PUBLISH, body=dsse.sealed(payload, signer(KEY), KEY_ID, KIND))
        assert is_refused(answer)
        assert pull(trusting, name=name).status == 404

    @pytest.mark.parametrize("twin", ["too1-b0x", "toolbox", "tool-b-ox", "tooi-box"])
    def test_a_name_that_looks_like_anothers_is_taken(self, trusting: Ask, twin: str) -> None:
        register(trusting, OTHER_KEY, "other")
        assert publish(trusting, name="tool-box").status == 201
        assert publish(trusting, key=OTHER_KEY, name=twin).status == 409
        assert len(stored("TOOLPACKVERSION")) == 1

    def test_another_publisher_does_not_get_the_name(self, trusting: Ask) -> None:
        register(trusting, OTHER_KEY, "other")
        publish(trusting)
        answer = publish(trusting, "1.3.0", key=OTHER_KEY)
        assert (answer.status, "another publisher" in answer.json["detail"]) == (409, True)
        assert publish(trusting, "1.2.0", key=OTHER_KEY).status == 409, "nor the very version there is"

    def test_an_oversized_pack_is_refused(self, trusting: Ask) -> None:
        huge = b'"' + b"x" * MOST_BYTES + b'"'
        assert is_refused(trusting(PUBLISH, body=dsse.sealed(huge, signer(KEY), KEY_ID, KIND)), pointer="/payload")
        larger = {**signed(manifest(), KEY), "payload": base64.b64encode(b"x" * 400_000).decode()}
        assert trusting(PUBLISH, body=larger).status == 400

    def test_the_largest_pack_fits_its_record_and_one_transaction(self, trusting: Ask) -> None:
        names = {f"t{n}": {"inputSchema": {"type": "object", "description": "x" * 4300}} for n in range(40)}
        assert publish(trusting, **names).status == 201
        assert install(trusting).status == 200
        others = {f"u{n}": {} for n in range(40)}
        assert publish(trusting, "2.0.0", **others).status == 201
        assert install(trusting, "2.0.0").status == 200
        assert tool(trusting, "crm.t0").status == 404

    def test_a_version_with_other_content_is_refused_and_what_was_there_stays(self, trusting: Ask) -> None:
        before = publish(trusting)
        assert publish(trusting, lookup={"risk": "low"}).status == 409
        assert pull(trusting).json["digest"] == before.json["digest"]

    @pytest.mark.parametrize("version", ["1.1.9", "1.2.0-rc.1", "0.9.0"])
    def test_nothing_is_published_before_what_there_is(self, trusting: Ask, version: str) -> None:
        publish(trusting)
        assert is_refused(publish(trusting, version), pointer="/version")

    def test_what_changes_its_meaning_wants_a_major_version(self, trusting: Ask) -> None:
        publish(trusting)
        moved = {"target": {"http": "https://evil.example.com/"}}
        assert is_refused(publish(trusting, "1.3.0", lookup=moved), pointer="/version")
        assert publish(trusting, "2.0.0-rc.1", lookup=moved).status == 201
        assert is_refused(publish(trusting, "1.3.0", lookup=moved), pointer="/version")
        assert publish(trusting, "2.0.0", lookup={}).status == 201, "a pre-release promised nothing"

    def test_an_older_version_is_not_installed_over_a_newer_one(self, trusting: Ask) -> None:
        publish(trusting)
        publish(trusting, "1.3.0")
        install(trusting, "1.3.0")
        assert install(trusting, "1.2.0").status == 409
        assert tool(trusting).json["version"] == "1.3.0"

    def test_a_pack_puts_nothing_in_the_place_of_a_registered_tool(self, trusting: Ask) -> None:
        mine = manifest()["tools"]["crm.lookup"]
        assert trusting(PUT, path={"name": "crm.lookup"}, body=mine).status == 201
        publish(trusting)
        assert is_refused(install(trusting), pointer="/tools/crm.lookup")
        assert "pack" not in tool(trusting).json

    def test_a_tool_of_a_pack_is_not_changed_by_itself(self, trusting: Ask) -> None:
        publish(trusting)
        install(trusting)
        etag = {"if-match": tool(trusting).headers["etag"]}
        body = manifest("9.0.0", lookup={"risk": "low"})["tools"]["crm.lookup"]
        assert trusting(PUT, path={"name": "crm.lookup"}, body=body, headers=etag).status == 409

    def test_a_secret_does_not_go_where_the_tool_has_moved_to(self, trusting: Ask) -> None:
        secret = {"secret": "crm-key", "scheme": "bearer"}
        publish(trusting)
        install(trusting, lookup=secret)
        assert tool(trusting).json["target"]["credential"] == secret
        publish(trusting, "1.3.0", lookup={"description": "Better told."})
        install(trusting, "1.3.0")
        assert tool(trusting).json["target"]["credential"] == secret
        publish(trusting, "2.0.0", lookup={"target": {"http": "https://crm.example.net/lookup"}})
        install(trusting, "2.0.0")
        assert "credential" not in tool(trusting).json["target"]

    @pytest.mark.parametrize(
        "who", [person("acme", "Tenant.Admin"), machine("acme", "tools:read")], ids=["admin", "machine"]
    )
    @pytest.mark.parametrize("route", [PUBLISH, LIST, PULL, INSTALL, UNINSTALL, REGISTER, KEYS, REVOKE])
    def test_no_tenant_comes_near(self, trusting: Ask, route: str, who: dict[str, str]) -> None:
        path = {"name": "crm", "version": "1.2.0", "id": KEY_ID}
        body = None if route.startswith("GET") else {}
        assert trusting(route, who, path=path, body=body).status == 403

    @pytest.mark.parametrize("pem", ["", "x", "-----BEGIN PRIVATE KEY-----"])
    def test_what_is_no_public_key_is_not_registered(self, ask: Ask, pem: str) -> None:
        answer = ask(REGISTER, body={"publisher": "acme-tools", "publicKey": pem})
        assert is_refused(answer, pointer="/publicKey")

    def test_a_bad_schema_is_pointed_at(self, trusting: Ask) -> None:
        document = manifest()
        document["tools"]["crm.lookup"]["inputSchema"] = {"type": "nothing"}
        payload = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        answer = trusting(PUBLISH, body=dsse.sealed(payload, signer(KEY), KEY_ID, KIND))
        assert is_refused(answer, pointer="/tools/crm.lookup/inputSchema")

    def test_a_credential_for_what_the_pack_has_not_is_refused(self, trusting: Ask) -> None:
        publish(trusting)
        answer = install(trusting, other={"secret": "x", "scheme": "bearer"})
        assert is_refused(answer, pointer="/credentials/crm.other")


def test_a_pack_is_published_pulled_installed_and_uninstalled(trusting: Ask) -> None:
    envelope = signed(manifest(lookup={}, search={}), KEY)
    made = trusting(PUBLISH, body=envelope)
    assert (made.status, made.headers["location"]) == (201, "/v1/tool-packs/crm/versions/1.2.0")
    assert pull(trusting).json["envelope"] == envelope
    installed = install(trusting)
    assert installed.json["installed"]["tools"] == ["crm.lookup", "crm.search"]
    origin = {"name": "crm", "version": "1.2.0", "digest": made.json["digest"]}
    assert tool(trusting).json["pack"] == tool(trusting, "crm.search").json["pack"] == origin
    gone = trusting(UNINSTALL, path={"name": "crm"})
    assert (gone.status, "installed" in gone.json, tool(trusting).status) == (200, False, 404)
    assert trusting(UNINSTALL, path={"name": "crm"}).status == 409
    assert actions() == [
        *("tool_pack_key.registered", "tool_pack.published", "tool_pack.installed", "tool_pack.uninstalled")
    ]


def test_the_same_content_again_is_the_version_there_is(trusting: Ask) -> None:
    first, again = publish(trusting), publish(trusting)
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    assert actions().count("tool_pack.published") == 1


def test_a_repeated_request_has_the_same_answer(trusting: Ask) -> None:
    body, headers = signed(manifest(), KEY), {"idempotency-key": "once"}
    first, again = trusting(PUBLISH, body=body, headers=headers), trusting(PUBLISH, body=body, headers=headers)
    assert (first.status, again.status, again.headers["idempotency-replayed"]) == (201, 201, "true")


def test_versions_are_listed_as_semver_orders_them(trusting: Ask) -> None:
    for version in ("1.2.0", "1.9.0", "1.10.0", "2.0.0-rc.1"):
        publish(trusting, version)
    (shown,) = trusting(LIST).json["items"]
    assert [one["version"] for one in shown["versions"]] == ["2.0.0-rc.1", "1.10.0", "1.9.0", "1.2.0"]
    assert (shown["newest"], shown["publisher"]) == ("1.10.0", "acme-tools")


def test_a_publisher_changes_its_key_and_keeps_its_names(trusting: Ask) -> None:
    publish(trusting)
    register(trusting, OTHER_KEY)
    trusting(REVOKE, path={"id": KEY_ID}, body={"reason": "rotated"})
    assert publish(trusting, "1.2.1", key=OTHER_KEY).status == 201
    assert install(trusting, "1.2.1").status == 200


def test_what_a_new_version_has_no_more_is_taken_away(trusting: Ask) -> None:
    publish(trusting, lookup={}, search={})
    install(trusting)
    publish(trusting, "2.0.0", lookup={})
    install(trusting, "2.0.0")
    assert (tool(trusting).json["version"], tool(trusting, "crm.search").status) == ("2.0.0", 404)


def test_a_tool_that_somebody_took_away_comes_back_with_the_next_install(trusting: Ask) -> None:
    publish(trusting)
    install(trusting)
    assert trusting(REMOVE, path={"name": "crm.lookup"}).status == 204
    assert install(trusting).status == 200
    assert tool(trusting).status == 200


def test_of_two_at_once_one_is_told_and_nothing_is_half_done(trusting: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from lambdas.tools import installs

    publish(trusting)
    real = installs._commit

    def late(*args: Any, **named: Any) -> Any:
        monkeypatch.setattr(installs, "_commit", real)
        assert publish(trusting, "1.3.0").status == 201
        return real(*args, **named)

    monkeypatch.setattr(installs, "_commit", late)
    assert install(trusting).status == 409
    assert tool(trusting).status == 404
    assert install(trusting).status == 200


def test_keys_are_listed_with_those_that_were_revoked(trusting: Ask) -> None:
    trusting(REVOKE, path={"id": KEY_ID}, body={"reason": "stolen"})
    (shown,) = trusting(KEYS).json["items"]
    assert (shown["keyId"], shown["status"], shown["reason"]) == (KEY_ID, "revoked", "stolen")
    assert trusting(REVOKE, path={"id": KEY_ID}, body={"reason": "again"}).json["reason"] == "stolen"
    assert trusting(REVOKE, path={"id": "0" * 64}, body={"reason": "x"}).status == 404
