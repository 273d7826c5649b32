import base64
from dataclasses import replace
from typing import Any

import pytest

from enforcement import vouching
from enforcement.actions import Action, Outcome
from enforcement.run_desk import RunDesk
from enforcement.vouching import MOST_DIGESTS, VOUCHED, after, may_vouch, trusted_text
from governance.policy.trusted_text import DIGEST_BYTES
from lambdas.gateway.tool_calls import call_tool
from platform_kit.errors import DependencyUnavailable
from tests.unit.lambdas.gateway.gateway_fakes import FILE_ID, FakeVersions, asked, in_force, world

PEOPLE = {"people": ["bob@x.org"], "sum": 120}


def desk(secret: bytes = b"s" * 32) -> RunDesk:
    return replace(world().desk, hash_key=lambda: secret)


def test_the_input_is_trusted_and_a_run_without_one_trusts_nothing() -> None:
    assert trusted_text(desk(), {"input": "to bob@x.org"}).has("bob@x.org")
    assert not trusted_text(desk(), {}).has("bob@x.org")


def test_a_trusted_answer_is_kept_as_digests_that_only_its_run_and_tenant_can_use() -> None:
    kept = after(desk(), {}, PEOPLE)
    assert kept is not None
    assert b"bob" not in base64.b64decode(kept)
    assert trusted_text(desk(), {VOUCHED: kept}).has("bob@x.org")
    assert trusted_text(desk(), {VOUCHED: kept}).has_number(120)
    assert not trusted_text(desk(b"t" * 32), {VOUCHED: kept}).has("bob@x.org")
    other = desk()
    object.__setattr__(other, "binding", replace(other.binding, run_id="run_" + "9" * 32))
    assert not trusted_text(other, {VOUCHED: kept}).has("bob@x.org")


def test_a_tenant_without_a_secret_has_nothing_kept_and_nothing_read() -> None:
    kept = after(desk(), {}, PEOPLE)
    assert after(desk(b""), {}, PEOPLE) is None
    assert not trusted_text(desk(b""), {VOUCHED: kept}).has("bob@x.org")


def test_what_is_known_is_not_written_again_and_there_is_an_end_to_it(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    kept = after(desk(), {}, PEOPLE)
    assert after(desk(), {VOUCHED: kept}, PEOPLE) is None
    many = after(desk(), {VOUCHED: kept}, [f"name-{number}@x.org" for number in range(2 * MOST_DIGESTS)])
    assert many is not None
    assert len(base64.b64decode(many)) == MOST_DIGESTS * DIGEST_BYTES
    found = trusted_text(desk(), {VOUCHED: many})
    assert (found.has("bob@x.org"), found.has("name-0@x.org"), found.has("name-1999@x.org")) == (True, True, False)
    assert after(desk(), {VOUCHED: many}, ["late@x.org"]) is None
    said = capsys.readouterr().out
    assert "ProvenanceForgotten" in said
    assert {vars(record)["run_id"] for record in caplog.records} == {desk().binding.run_id}, (
        "the runbook asks whose it was"
    )
    assert "late@x.org" not in said + caplog.text


@pytest.mark.parametrize("kept", ["not base64!", "AAAA", 7, ["AAAA"]])
def test_what_makes_no_sense_vouches_for_nothing(kept: object) -> None:
    assert not trusted_text(desk(), {VOUCHED: kept}).has("bob@x.org")


def test_a_secret_that_cannot_be_had_decides_nothing() -> None:
    def fails() -> bytes:
        raise DependencyUnavailable("no key")

    broken, kept = replace(desk(), hash_key=fails), after(desk(), {}, PEOPLE)
    with pytest.raises(DependencyUnavailable):
        trusted_text(broken, {VOUCHED: kept})


@pytest.mark.parametrize(
    ("tool", "outcome", "more", "vouches"),
    [
        ("files.read", Outcome(), {}, True),
        ("files.read", Outcome("failed"), {}, False),
        ("http.fetch", Outcome(), {}, False),
        ("model.chat", Outcome(), {"models": ("small-1",)}, False),
    ],
)
def test_trusted_tools_vouch_and_models_do_not(
    tool: str, outcome: Outcome, more: dict[str, Any], *, vouches: bool
) -> None:
    assert may_vouch(Action(tool, {}, {}, **more), outcome) is vouches


def written(override: dict[str, Any] | None, **record: Any) -> dict[str, Any]:
    """What reading a file writes into the run's record."""
    found = world(files=[FILE_ID], **record)
    found.upload()
    found.policies.bound = [{"policyId": "p", "version": 1, "override": override}] if override else []
    manifest = {"tools": ["files.read", "files.write"], "policy": "permissive"}
    at = replace(found.desk, hash_key=lambda: b"s" * 32)
    call_tool(at, in_force(FakeVersions(manifest)).of(at), asked("files.read", fileId=FILE_ID))
    return found.runs.log.written


ASKS = {"sideEffectsWhenTainted": "ask", "tools": [{"name": "files.*", "provenance": {}}]}


def test_the_pipeline_keeps_digests_only_where_a_grant_asks_and_the_run_is_untainted() -> None:
    assert VOUCHED in written(ASKS)
    assert VOUCHED not in written(None)
    assert VOUCHED not in written(ASKS, taint={"marked": True, "sources": [], "signals": 0})


def test_an_answer_with_more_values_than_are_looked_at_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vouching, "MOST_DIGESTS", 2)
    kept = after(desk(), {}, [f"name-{number}@x.org" for number in range(100)])
    assert kept is not None
    assert len(base64.b64decode(kept)) == 2 * DIGEST_BYTES
