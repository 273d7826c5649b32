"""`ambit login`, `logout` and `token`."""

import base64
import hashlib
import secrets
import threading
import urllib.parse
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Annotated, Final

import typer

from scripts.ambit_cli import credentials, stack
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_json

_CLIENT: Final = "ambit-cli"
_WAIT_SECONDS: Final = 300


def login(
    *,
    browser: Annotated[bool, typer.Option(help="Open the browser; --no-browser only prints the address.")] = True,
    json_: Json = False,
) -> None:
    """Sign in as a person: authorization code with PKCE through a browser (RFC 8252)."""
    found = stack.current()
    if not found.issuer:
        fail("set AMBIT_ISSUER to the address of the identity provider.")
    tokens = _authorise(found, browser=browser)
    credentials.save(found, tokens)
    who = credentials.claims(tokens["access_token"])
    name = who.get("email") or who.get("sub")
    if json_:
        print_json({"apiUrl": found.api_url, "principal": name, "tenant": who.get("tenantid")})
    else:
        typer.echo(f"signed in to {found.api_url} as {name}")


def logout(*, json_: Json = False) -> None:
    """Forget the stored login for this platform."""
    dropped = credentials.forget(stack.current())
    if json_:
        print_json({"signedOut": dropped})
    else:
        typer.echo("signed out" if dropped else "you were not signed in")


def token(
    *,
    tenant: Annotated[str, typer.Option(help="The tenant to act in (ignored for Platform roles).")] = "acme",
    role: Annotated[str, typer.Option(help=f"One of {', '.join(credentials.ROLES)}.")] = "Tenant.Developer",
    json_: Json = False,
) -> None:
    """Print an access token of the local stack, for curl."""
    found = stack.current()
    if found.local is None:
        fail("`ambit token` works on the local stack only; elsewhere use `ambit login`.")
    access = credentials.machine_token(found, tenant=tenant, role=role)
    if json_:
        print_json({"accessToken": access, "claims": credentials.claims(access)})
    else:
        typer.echo(access)


class _Callback(HTTPServer):
    """Waits on a loopback port for the browser to come back."""

    answer: dict[str, str] | None = None


class _CallbackHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Take the code and tell the person to go back to the terminal."""
        parts = urllib.parse.urlsplit(self.path)
        known = parts.path == "/callback"
        if known and isinstance(self.server, _Callback):
            self.server.answer = dict(urllib.parse.parse_qsl(parts.query))
        self.send_response(200 if known else 404)
        self.send_header("content-type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"Signed in. You can close this window and go back to the terminal." if known else b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: the address holds the code."""


def _authorise(found: stack.Stack, *, browser: bool) -> dict[str, str]:
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    with _Callback(("127.0.0.1", 0), _CallbackHandler) as server:
        redirect = f"http://127.0.0.1:{server.server_port}/callback"
        address = _address(found, redirect=redirect, verifier=verifier, state=state)
        typer.echo(f"Sign in at:\n  {address}", err=True)
        if browser:
            webbrowser.open(address)
        answer = _wait(server)
    if answer.get("state") != state or "code" not in answer:
        fail(
            f"sign-in did not succeed: {answer.get('error_description') or answer.get('error') or 'wrong state'}.",
            Exit.NOT_ALLOWED,
        )
    form = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": redirect}
    return credentials.token_request(found.issuer, form | {"client_id": _CLIENT, "code_verifier": verifier})


def _address(found: stack.Stack, *, redirect: str, verifier: str, state: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": _CLIENT,
        "redirect_uri": redirect,
        "scope": "openid offline_access",
        "prompt": "consent",
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{credentials.discover(found.issuer)['authorization_endpoint']}?{urllib.parse.urlencode(query)}"


def _wait(server: _Callback) -> dict[str, str]:
    timer = threading.Timer(_WAIT_SECONDS, server.server_close)
    timer.daemon = True
    timer.start()
    try:
        while server.answer is None:
            server.handle_request()
    except (OSError, ValueError):
        fail(f"nobody signed in within {_WAIT_SECONDS} s; run `ambit login` again.", Exit.NOT_ALLOWED)
    finally:
        timer.cancel()
    return server.answer
