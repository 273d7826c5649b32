"""A version on its way from one stage's registry to another's: the same there, or refused."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
import httpx
import pytest

from data_access_lib import key_uses
from governance.version_identity import content_hash
from infra.config import settings_for
from scripts.agent_push import carry
from scripts.agent_push.errors import PushError
from scripts.agent_push.package import Built
from scripts.agent_push.registry import Registry
from scripts.agent_push.runtime import Declared, artifact_key
from scripts.agent_push.stage import Stage
from tests.functional.moto_platform import (
    ARTIFACT_BUCKET,
    REGION,
    Answer,
    client,
    event,
    operator,
    platform_on_moto,
    table,
)
from tests.moto_runtimes import runtime_for

AGENT: Final = "echo-agent"
ABOUT: Final = {"owner": "platform", "description": "Says it again.", "mode": "sync", "tierMinimum": "standard"}
MANIFEST: Final = {"name": AGENT, **ABOUT, "handler": "echo_agent.app:app"}
ARTIFACT: Final = "GET /v1/versions/{id}/artifact"
LINEAGE: Final = "GET /v1/templates/{id}/lineage"

Ask = Callable[..., Answer]


@contextmanager
def registry() -> Iterator["Stand"]:
    """The registry of a stage of its own: other tables, other buckets, other runtimes, other ids."""
    from lambdas.agents import handler

    with pytest.MonkeyPatch.context() as patch, platform_on_moto(patch, NO_REQUIRED_SUITE="pass"):
        made = (handler._dynamodb, handler._s3, handler._secrets, handler._runtimes)
        for cached in (handler.build, *made, key_uses.tally):
            cached.cache_clear()
        yield Stand(lambda route, **parts: Answer.of(handler.handle(event(route, **parts), None)))


def runtime_of(key: str) -> str:
    """The runtime of a package, on the stage that is looked at."""
    return runtime_for(ARTIFACT_BUCKET, key, REGION)


class Stand:
    """A stage: its API for operators, its bucket, and runtimes that come up at once."""

    def __init__(self, handle: Ask) -> None:
        self._handle = handle

    def ask(self, route: str, who: Mapping[str, str] = operator(), **parts: Any) -> Answer:
        return self._handle(route, authorizer=who, **parts)

    def push(self, package: bytes, *, approve: bool = False, **more: Any) -> dict[str, Any]:
        """A version as `ambit push` makes it; the API's answer."""
        digest = hashlib.sha256(package).hexdigest()
        key = f"agents/{AGENT}/{digest}.zip"
        client("s3").put_object(Bucket=ARTIFACT_BUCKET, Key=key, Body=package, Metadata={"sha256": digest})
        self.ask("POST /v1/templates", body={"name": AGENT, **ABOUT})
        named = {"artifactDigest": digest, "artifactKey": key, "lockDigest": "1" * 64, "manifest": MANIFEST}
        body = {**named, "prompts": {"system": "Be kind."}, "runtimeArn": runtime_of(key), **more}
        made = self.ask("POST /v1/templates/{id}/versions", path={"id": AGENT}, body=body)
        assert made.status == 201, made.json
        for to in ("candidate", "approved") if approve else ():
            self.ask("POST /v1/versions/{id}/promote", path={"id": made.json["versionId"]}, body={"to": to})
        return dict(made.json)

    def export(self, version: Mapping[str, Any], file: Path) -> Path:
        """What `ambit versions export` writes, with the package as the bucket has it."""
        found = self.ask("GET /v1/versions/{id}", path={"id": version["versionId"]}).json
        package = file.with_suffix(".zip")
        stored = client("s3").get_object(Bucket=ARTIFACT_BUCKET, Key=found["artifactKey"])
        package.write_bytes(stored["Body"].read())
        carry.write(file, found, package)
        return file

    def bring(self, file: Path) -> tuple[dict[str, Any], bool]:
        """What `ambit versions import` does."""
        session = boto3.Session("testing", "testing", region_name=REGION)
        stage = Stage("staging", "http://api", ARTIFACT_BUCKET, "role", settings_for("local").target, session)
        api = httpx.Client(base_url="http://api", transport=httpx.MockTransport(self._over_http))
        with carry.opened(file) as carried:
            return carry.bring(carried, stage, Registry(api, lambda _: None))

    def _over_http(self, request: httpx.Request) -> httpx.Response:
        names = request.url.path.strip("/").split("/")
        path = {"id": names[2]} if len(names) > 2 else {}
        template = "/".join(["", *names[:2], *(["{id}"] if path else []), *names[3:]])
        headers = {name: value for name, value in request.headers.items() if name == "idempotency-key"}
        body = json.loads(request.content) if request.content else None
        answer = self.ask(f"{request.method} {template}", path=path, body=body, headers=headers)
        told = {name: value for name, value in answer.headers.items() if name == "idempotency-replayed"}
        return httpx.Response(answer.status, json=answer.json, headers=told)


@pytest.fixture(autouse=True)
def runtimes(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ready:
        """AgentCore, which has every package ready at once."""

        def __init__(self, *_: object) -> None: ...

        def ensure(self, agent: Declared, built: Built) -> tuple[str, str]:
            return runtime_of(artifact_key(agent, built)), "created"

    monkeypatch.setattr(carry, "Runtimes", Ready)


def files_of_dev(folder: Path) -> tuple[Path, Path]:
    """Two versions of a first stage, the second after the first, and their files."""
    with registry() as dev:
        parent = dev.push(b"one", approve=True)
        child = dev.push(b"two")
        assert child["parent"] == parent["versionId"]
        assert child["parentHash"] == parent["contentHash"]
        return dev.export(parent, folder / "parent"), dev.export(child, folder / "child")


def hash_in(file: Path) -> str:
    with carry.opened(file) as carried:
        return str(carried.record["contentHash"])


def test_a_version_is_the_same_on_the_next_stage_and_only_its_ids_and_its_runtime_are_that_stages(
    tmp_path: Path,
) -> None:
    parent, child = files_of_dev(tmp_path)
    with registry() as staging:
        own = staging.push(b"zero", approve=True)
        first, new = staging.bring(parent)
        second, _ = staging.bring(child)
        assert (new, first["contentHash"], second["contentHash"]) == (True, hash_in(parent), hash_in(child))
        assert (first["status"], first["runtimeArn"]) == ("draft", runtime_of(first["artifactKey"]))
        assert first.get("parent") is None, "a root stays one, whatever tenants run here"
        assert (second["parent"], second["parentHash"]) == (first["versionId"], first["contentHash"])
        assert own["versionId"] not in (first["versionId"], second["versionId"])
        found = staging.ask(LINEAGE, path={"id": AGENT}).json["items"]
        assert {node["versionId"]: node["depth"] for node in found}[second["versionId"]] == 1
        stored = client("s3").get_object(Bucket=ARTIFACT_BUCKET, Key=second["artifactKey"])["Body"].read()
        assert stored == b"two"


def test_brought_twice_it_is_the_version_that_is_there(tmp_path: Path) -> None:
    parent, _ = files_of_dev(tmp_path)
    with registry() as staging:
        first, _ = staging.bring(parent)
        again, new = staging.bring(parent)
        assert (again["versionId"], new) == (first["versionId"], False)


def test_a_version_whose_parent_never_came_along_has_its_hash_all_the_same(tmp_path: Path) -> None:
    _, child = files_of_dev(tmp_path)
    with registry() as staging:
        made, _ = staging.bring(child)
        assert made["contentHash"] == hash_in(child)
        assert made.get("parent") is None
        assert len(made["parentHash"]) == 64


def test_it_goes_on_to_a_third_stage(tmp_path: Path) -> None:
    _, child = files_of_dev(tmp_path)
    with registry() as staging:
        onward = staging.export(staging.bring(child)[0], tmp_path / "onward")
    assert onward.read_bytes() == child.read_bytes()


def rewritten(file: Path, change: Callable[[dict[str, Any]], None], package: bytes | None = None) -> Path:
    """The file with its record changed."""
    with zipfile.ZipFile(file) as archive:
        record, bytes_ = json.loads(archive.read("version.json")), archive.read("package.zip")
    change(record)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("version.json", json.dumps(record))
        archive.writestr("package.zip", bytes_ if package is None else package)
    file.write_bytes(made.getvalue())
    return file


def grant_itself_a_tool(record: dict[str, Any]) -> None:
    record["manifest"]["tools"] = ["files.write"]


TAMPERED: Final[dict[str, Callable[[dict[str, Any]], None]]] = {
    "its tools": grant_itself_a_tool,
    "its prompts": lambda record: record["prompts"].update(system="Be cruel."),
    "its lock": lambda record: record.update(lockDigest="2" * 64),
    "its parent": lambda record: record.update(parentHash="3" * 64),
    "its hash": lambda record: record.update(contentHash="4" * 64),
    "no hash": lambda record: record.pop("contentHash") and None,
    "its agent": lambda record: record.update(agent="another"),
    "its schema": lambda record: record.update(schema="ambit.carried-version/2"),
    "its form": lambda record: record.update(manifest=[1]),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_file_that_was_changed_is_refused_before_anything_is_sent(what: str, tmp_path: Path) -> None:
    parent, _ = files_of_dev(tmp_path)
    rewritten(parent, TAMPERED[what])
    with registry() as staging:
        with pytest.raises(PushError, match="not what was exported"):
            staging.bring(parent)
        assert staging.ask("GET /v1/versions").json["items"] == []
        assert client("s3").list_objects_v2(Bucket=ARTIFACT_BUCKET)["KeyCount"] == 0


def test_another_package_is_refused(tmp_path: Path) -> None:
    parent, _ = files_of_dev(tmp_path)
    rewritten(parent, lambda _: None, package=b"evil")
    with registry() as staging, pytest.raises(PushError, match="its package has the SHA-256"):
        staging.bring(parent)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04broken"])
def test_what_is_no_such_file_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(PushError, match="cannot be read"), carry.opened(file):
        pass


def test_what_unpacks_to_more_than_a_package_may_be_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, _ = files_of_dev(tmp_path)
    monkeypatch.setattr(carry, "MOST_PACKAGE_BYTES", 2)
    with pytest.raises(PushError, match="too large"), carry.opened(parent):
        pass
    monkeypatch.setattr(carry, "MOST_RECORD_BYTES", 2)
    with pytest.raises(PushError, match="too large"), carry.opened(parent):
        pass


def test_the_server_refuses_by_itself_what_does_not_come_out_as_the_same(tmp_path: Path) -> None:
    """Whoever sends a changed version with the hash of the true one, past the command line's own check."""
    with registry() as staging:
        staging.push(b"one")
        digest = hashlib.sha256(b"one").hexdigest()
        named = {"artifactDigest": digest, "artifactKey": f"agents/{AGENT}/{digest}.zip", "lockDigest": "1" * 64}
        content = {**named, "manifest": MANIFEST, "prompts": {}, "runtimeArn": runtime_of(named["artifactKey"])}
        true = content_hash({**content, "manifest": staging.ask("GET /v1/versions").json["items"][0]["manifest"]})

        def send(carried: Any, **change: Any) -> Answer:
            body = {**content, **change, "carried": carried}
            return staging.ask("POST /v1/templates/{id}/versions", path={"id": AGENT}, body=body)

        changed = send({"contentHash": true}, prompts={"system": "Be cruel."})
        assert (changed.status, changed.json["errors"][0]["pointer"]) == (422, "/carried/contentHash")
        assert send({"contentHash": true, "parentHash": "3" * 64}).status == 422
        assert send({"contentHash": "x"}).status == 400
        assert send({"contentHash": true}, parent="ver_" + "1" * 32).status == 400
        made = send({"contentHash": true})
        assert (made.status, made.json["contentHash"]) == (201, true)


def test_a_parent_that_is_no_version_of_the_agent_is_refused() -> None:
    with registry() as dev:
        dev.push(b"one")
        digest = hashlib.sha256(b"one").hexdigest()
        named = {"artifactDigest": digest, "artifactKey": f"agents/{AGENT}/{digest}.zip", "lockDigest": "1" * 64}
        runtime = runtime_of(named["artifactKey"])
        body = {**named, "manifest": MANIFEST, "runtimeArn": runtime, "parent": "ver_" + "1" * 32}
        refused = dev.ask("POST /v1/templates/{id}/versions", path={"id": AGENT}, body=body)
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/parent")


def test_a_package_is_fetched_by_operators_alone_by_a_link_and_it_is_audited() -> None:
    with registry() as dev:
        version = dev.push(b"one")
        found = dev.ask(ARTIFACT, path={"id": version["versionId"]})
        assert found.status == 200
        assert {name: found.json[name] for name in ("artifactDigest", "contentHash", "expiresIn")} == {
            **{name: version[name] for name in ("artifactDigest", "contentHash")},
            "expiresIn": 300,
        }
        assert f"agents/{AGENT}/{version['artifactDigest']}.zip" in found.json["url"]
        assert "X-Amz-Expires=300" in found.json["url"]
        entries = [item for item in table("ledger").scan()["Items"] if item.get("action") == "version.exported"]
        assert [entry["target"] for entry in entries] == [version["versionId"]]
        from tests.functional.moto_platform import person

        assert dev.ask(ARTIFACT, who=person("acme", "Tenant.Admin"), path={"id": version["versionId"]}).status == 403
        assert dev.ask(ARTIFACT, path={"id": "ver_" + "9" * 32}).status == 404


def test_a_version_whose_record_does_not_hold_is_not_given_out() -> None:
    with registry() as dev:
        version = dev.push(b"one")
        place = {"pk": f"TENANT#platform#VERSION#{AGENT}", "sk": version["versionId"]}
        change = {"UpdateExpression": "SET artifactKey = :v", "ExpressionAttributeValues": {":v": "agents/b/x.zip"}}
        table("control").update_item(Key=place, **change)
        assert dev.ask(ARTIFACT, path={"id": version["versionId"]}).json["code"] == "VERSION_TAMPERED"
