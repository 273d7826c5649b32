"""`ambit packs`: tools that somebody publishes together, signed. keygen, sign and verify work offline."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page

if TYPE_CHECKING:
    from governance.packs import Manifest

app = typer.Typer(help="Publish, pull and install tool packs.", no_args_is_help=True, rich_markup_mode=None)
_PACKS: Final = "/v1/tool-packs"
_PUBLISHERS: Final = "/v1/tool-pack-publishers"
Limit = Annotated[int, typer.Option(min=1, max=100)]
Cursor = Annotated[str | None, typer.Option(help="Continue where the last page ended.")]
Name = Annotated[str, typer.Argument(help="The pack's name.")]
VersionName = Annotated[str, typer.Argument(help="The version, for example 1.4.0.")]
Envelope = Annotated[Path, typer.Argument(help="A signed pack.", exists=True, dir_okay=False)]
Keys = Annotated[list[Path], typer.Option("--key", help="The publisher's public key (PEM); several while keys change.")]


@app.command("keygen")
def keygen(
    file: Annotated[Path, typer.Argument(help="Where the private key goes; the public one beside it, with .pub.")],
) -> None:
    """Make a publisher's key. The private one stays with you: nobody else needs it, the platform included."""
    from governance.public_keys import public_key
    from scripts.ambit_cli.signing_keys import made

    private, public = made()
    _write_new(file, private, 0o600)
    _write_new(file.with_name(f"{file.name}.pub"), public, 0o644)
    print_fields([("private key", file), ("public key", f"{file}.pub"), ("id", public_key(public.decode()).key_id)])


@app.command("sign")
def sign(
    manifest: Annotated[Path, typer.Argument(help="The manifest, as JSON.", exists=True, dir_okay=False)],
    *,
    key: Annotated[Path, typer.Option(help="The publisher's private key, from `ambit packs keygen`.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the signed pack goes.")],
) -> None:
    """Check a manifest and sign it."""
    from governance.packs import NoPack, read, sealed
    from scripts.ambit_cli.signing_keys import signer

    try:
        pack, (sign_with, key_id) = read(_json(manifest)), signer(key.read_bytes())
    except NoPack as no:
        fail(_told(f"{manifest} is no manifest of a tool pack", no))
    except (OSError, ValueError) as failure:
        fail(f"{key} cannot be used ({type(failure).__name__}): give a private key from `ambit packs keygen`.")
    output.write_text(f"{json.dumps(sealed(pack, sign_with, key_id), indent=2)}\n", encoding="utf-8")
    typer.echo(f"{pack.name} {pack.version} is signed: {output}, {pack.digest[:12]}")


@app.command("verify")
def verify(pack: Envelope, *, key: Keys, json_: Json = False) -> None:
    """Check a signed pack by itself, offline; says what is wrong with it and leaves with 1."""
    found = _verified(_json(pack), key)
    fields = {"name": found.name, "version": found.version, "digest": found.digest, "tools": sorted(found.tools)}
    if json_:
        print_json({"holds": True, **fields})
    else:
        print_fields([("holds", "yes"), *{**fields, "tools": ", ".join(fields["tools"])}.items()])


@app.command("publish")
def publish(pack: Envelope, *, json_: Json = False) -> None:
    """Publish a signed pack; the same content again is the version there is."""
    made = operator_client().post(_PACKS, _json(pack))
    if json_:
        print_json(made)
    else:
        typer.echo(f"{made['name']} {made['version']} is published, {made['digest'][:12]}")


@app.command("list")
def list_packs(*, limit: Limit = 50, cursor: Cursor = None, json_: Json = False) -> None:
    """List packs, their newest versions, and which are installed."""
    found = operator_client().get(_PACKS, limit=limit, cursor=cursor)
    rows = [
        (one["name"], one["newest"], (one.get("installed") or {}).get("version"), one["publisher"], one["description"])
        for one in found["items"]
    ]
    empty = "No pack is published. `ambit packs publish --help`."
    print_page(found, ("PACK", "NEWEST", "INSTALLED", "PUBLISHER", "DOES"), rows, empty=empty, as_json=json_)


@app.command("pull")
def pull(
    name: Name,
    version: VersionName,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the signed pack goes.")],
    key: Keys,
) -> None:
    """Fetch a signed pack; what does not verify, or was signed with a revoked key, is not kept."""
    found = operator_client().get(f"{_PACKS}/{name}/versions/{version}")
    pack = _verified(found["envelope"], key)
    if (pack.name, pack.version) != (name, version):
        fail(f"the platform sent {pack.name} {pack.version}: it is not kept.", Exit.FAILED)
    if found["keyRevoked"]:
        fail(f"{name} {version} is signed with a key that is revoked: it is not kept.", Exit.FAILED)
    output.write_text(f"{json.dumps(found['envelope'], indent=2)}\n", encoding="utf-8")
    typer.echo(f"{name} {version} is in {output}, {pack.digest[:12]}")


@app.command("install")
def install(
    name: Name,
    version: VersionName,
    *,
    credential: Annotated[
        list[str] | None, typer.Option(help="tool=secret:bearer or tool=secret:signature; several are possible.")
    ] = None,
    json_: Json = False,
) -> None:
    """Put a version's tools into the register, all or none. Called so within 30 s."""
    body = {"credentials": dict(_credential(one) for one in credential or [])}
    made = operator_client().post(f"{_PACKS}/{name}/versions/{version}/install", body)
    if json_:
        print_json(made)
    else:
        typer.echo(f"{name} {version} is installed: {', '.join(made['installed']['tools'])}")


@app.command("uninstall")
def uninstall(name: Name) -> None:
    """Take a pack's tools out of the register; nobody calls them any more within 30 s."""
    operator_client().post(f"{_PACKS}/{name}/uninstall")
    typer.echo(f"{name} is uninstalled.")


@app.command("trust")
def trust(
    key: Annotated[Path, typer.Argument(help="The publisher's public key (PEM).", exists=True, dir_okay=False)],
    *,
    publisher: Annotated[str, typer.Option(help="Whose it is; packs belong to the publisher.")],
    json_: Json = False,
) -> None:
    """Register a publisher's key: from now on what it signs can be published."""
    made = operator_client().post(_PUBLISHERS, {"publisher": publisher, "publicKey": key.read_text(encoding="utf-8")})
    if json_:
        print_json(made)
    else:
        typer.echo(f"{made['publisher']} publishes with {made['keyId']}")


@app.command("keys")
def keys(*, limit: Limit = 50, cursor: Cursor = None, json_: Json = False) -> None:
    """List publishers' keys, revoked ones too."""
    found = operator_client().get(_PUBLISHERS, limit=limit, cursor=cursor)
    rows = [(one["keyId"], one["publisher"], one["status"], one["registeredAt"]) for one in found["items"]]
    print_page(found, ("KEY", "PUBLISHER", "STATUS", "SINCE"), rows, empty="No key is registered.", as_json=json_)


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, from `ambit packs keys`.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
) -> None:
    """Trust a key no more, for good: nothing that it signed is published or installed again."""
    operator_client().post(f"{_PUBLISHERS}/{key_id}/revoke", {"reason": reason})
    typer.echo(f"{key_id} is revoked.")


def _verified(envelope: object, keys: list[Path]) -> "Manifest":
    from governance.packs import NoPack, opened
    from scripts.ambit_cli.public_keys import verifier

    try:
        trusted = verifier([path.read_bytes() for path in keys])
    except (OSError, ValueError) as failure:
        fail(f"--key cannot be used ({type(failure).__name__}): give a public key on P-256.")
    try:
        return opened(envelope, trusted)
    except NoPack as no:
        fail(_told("the pack does not hold", no), Exit.FAILED)


def _told(what: str, no: Any) -> str:
    return "\n".join([f"{what}:", *(f"  {pointer or '/'}: {message}" for pointer, message in no.faults)])


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}.")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        fail(f"{path} holds no JSON object.")
    return value


def _credential(text: str) -> tuple[str, dict[str, str]]:
    tool, equals, rest = text.partition("=")
    secret, colon, scheme = rest.partition(":")
    if not (equals and colon and tool and secret):
        raise typer.BadParameter(f"{text} is not tool=secret:scheme, for example crm.lookup=crm-key:bearer")
    return tool, {"secret": secret, "scheme": scheme}


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Never over what is there: it might be the only copy of a key."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as error:
        fail(f"cannot make {path}: {error.strerror}.")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
