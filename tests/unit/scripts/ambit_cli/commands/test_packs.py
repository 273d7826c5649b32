"""`ambit packs` as people type it: keys, signing and verifying offline, the rest over the wire."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app
from tests.tool_packs import manifest


def ambit(*words: object) -> Result:
    return CliRunner().invoke(app, ["packs", *map(str, words)])


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """A folder with a key, a manifest, and the pack made of them."""
    (tmp_path / "crm.json").write_text(json.dumps(manifest(), indent=4))
    assert ambit("keygen", tmp_path / "key").exit_code == 0
    done = ambit("sign", tmp_path / "crm.json", "--key", tmp_path / "key", "-o", tmp_path / "crm.pack")
    assert done.exit_code == 0, done.output
    return tmp_path


def test_what_was_signed_verifies_offline(signed: Path) -> None:
    told = json.loads(ambit("verify", signed / "crm.pack", "--key", signed / "key.pub", "--json").stdout)
    assert (told["holds"], told["name"], told["version"], told["tools"]) == (True, "crm", "1.2.0", ["crm.lookup"])
    assert "holds    yes" in ambit("verify", signed / "crm.pack", "--key", signed / "key.pub").stdout


def test_another_key_does_not_verify_it(signed: Path) -> None:
    ambit("keygen", signed / "other")
    result = ambit("verify", signed / "crm.pack", "--key", signed / "other.pub")
    assert (result.exit_code, "no signature is of a trusted key" in result.stderr) == (1, True)


def test_a_changed_pack_does_not_verify(signed: Path) -> None:
    envelope = json.loads((signed / "crm.pack").read_text())
    (signed / "crm.pack").write_text(json.dumps({**envelope, "payload": envelope["payload"][4:]}))
    assert ambit("verify", signed / "crm.pack", "--key", signed / "key.pub").exit_code == 1


def test_a_private_key_is_for_its_owner_alone_and_is_never_written_over(signed: Path) -> None:
    before = (signed / "key").read_bytes()
    assert stat.S_IMODE((signed / "key").stat().st_mode) == 0o600
    assert ambit("keygen", signed / "key").exit_code == 2
    assert (signed / "key").read_bytes() == before


def test_a_private_key_verifies_nothing(signed: Path) -> None:
    assert ambit("verify", signed / "crm.pack", "--key", signed / "key").exit_code == 2


def test_each_fault_of_a_manifest_is_told_by_its_place(signed: Path) -> None:
    wrong = manifest()
    wrong["tools"]["crm.lookup"]["risk"] = "none"
    (signed / "crm.json").write_text(json.dumps(wrong))
    result = ambit("sign", signed / "crm.json", "--key", signed / "key", "-o", signed / "new.pack")
    assert (result.exit_code, "/tools/crm.lookup/risk" in result.stderr) == (2, True)
    assert not (signed / "new.pack").exists()


@pytest.mark.parametrize("key", ["crm.json", "key.pub", "none"])
def test_what_is_no_private_key_signs_nothing(signed: Path, key: str) -> None:
    assert ambit("sign", signed / "crm.json", "--key", signed / key, "-o", signed / "new.pack").exit_code == 2


def version(signed: Path, *, revoked: bool = False, name: str = "crm") -> dict[str, Any]:
    envelope = json.loads((signed / "crm.pack").read_text())
    return {"name": name, "version": "1.2.0", "digest": "d" * 64, "keyRevoked": revoked, "envelope": envelope}


def test_a_private_key_that_is_encrypted_is_refused_in_words(signed: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    locked = BestAvailableEncryption(b"secret")
    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
    (signed / "locked").write_bytes(pem)
    result = ambit("sign", signed / "crm.json", "--key", signed / "locked", "-o", signed / "x.pack")
    assert (result.exit_code, "give a private key" in result.stderr) == (2, True)


def test_a_pack_is_published(signed: Path, platform: Any, answer: Any) -> None:
    platform.will_answer("POST /v1/tool-packs", answer(201, version(signed)))
    assert ambit("publish", signed / "crm.pack").stdout == f"crm 1.2.0 is published, {'d' * 12}\n"
    assert json.loads(platform.asked[-1].body) == version(signed)["envelope"]


def test_what_is_pulled_is_verified_before_it_is_kept(signed: Path, platform: Any, answer: Any) -> None:
    def pull(body: dict[str, Any], asked: str = "1.2.0") -> Result:
        platform.will_answer(f"GET /v1/tool-packs/crm/versions/{asked}", answer(body=body))
        (signed / "pulled").unlink(missing_ok=True)
        return ambit("pull", "crm", asked, "-o", signed / "pulled", "--key", signed / "key.pub")

    assert pull(version(signed)).exit_code == 0
    assert json.loads((signed / "pulled").read_text()) == version(signed)["envelope"]
    tampered = version(signed)
    tampered["envelope"]["payload"] = "e30="
    for bad, asked in ((tampered, "1.2.0"), (version(signed, revoked=True), "1.2.0"), (version(signed), "1.3.0")):
        assert pull(bad, asked).exit_code == 1
        assert not (signed / "pulled").exists()


def test_a_pack_is_installed_with_its_secrets_by_name(platform: Any, answer: Any) -> None:
    installed = {"installed": {"version": "1.2.0", "tools": ["crm.lookup"]}}
    platform.will_answer("POST /v1/tool-packs/crm/versions/1.2.0/install", answer(body=installed))
    result = ambit("install", "crm", "1.2.0", "--credential", "crm.lookup=crm-key:bearer")
    assert result.stdout == "crm 1.2.0 is installed: crm.lookup\n"
    credentials = {"crm.lookup": {"secret": "crm-key", "scheme": "bearer"}}
    assert json.loads(platform.asked[-1].body) == {"credentials": credentials}
    assert ambit("install", "crm", "1.2.0", "--credential", "crm.lookup").exit_code == 2


def test_packs_and_keys_are_listed(platform: Any, answer: Any) -> None:
    pack = {"name": "crm", "newest": "1.2.0", "publisher": "acme-tools", "description": "Customers."}
    platform.will_answer("GET /v1/tool-packs", answer(body={"items": [pack]}))
    assert "crm   1.2.0              acme-tools  Customers." in ambit("list").stdout
    key = {"keyId": "a" * 64, "publisher": "acme-tools", "status": "revoked", "registeredAt": "2026-11-22"}
    platform.will_answer("GET /v1/tool-pack-publishers", answer(body={"items": [key]}))
    assert "acme-tools  revoked" in ambit("keys").stdout


def test_a_key_is_trusted_and_revoked(signed: Path, platform: Any, answer: Any) -> None:
    made = {"keyId": "a" * 64, "publisher": "acme-tools"}
    platform.will_answer("POST /v1/tool-pack-publishers", answer(201, made))
    assert "acme-tools publishes with" in ambit("trust", signed / "key.pub", "--publisher", "acme-tools").stdout
    assert "PUBLIC KEY" in json.loads(platform.asked[-1].body)["publicKey"]
    platform.will_answer(f"POST /v1/tool-pack-publishers/{'a' * 64}/revoke", answer(body=made))
    assert "is revoked" in ambit("revoke", "a" * 64, "--reason", "stolen").stdout
    platform.will_answer("POST /v1/tool-packs/crm/uninstall", answer(body={}))
    assert ambit("uninstall", "crm").stdout == "crm is uninstalled.\n"
