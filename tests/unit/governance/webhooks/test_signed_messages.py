"""The messages that the web app's tests verify with the JavaScript libraries are what the platform signs."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from governance.events.catalogue import CATALOGUE
from governance.events.envelope import PlatformEvent, body_of
from governance.webhooks import signing

FILE = Path(__file__).resolve().parents[4] / "frontend" / "src" / "lib" / "signed-webhooks.json"
MOMENT = datetime(2026, 11, 22, 10, 15, 30, tzinfo=UTC)
SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")


def messages() -> list[dict[str, Any]]:
    made = []
    for number, (name, kind) in enumerate(CATALOGUE.items()):
        told = PlatformEvent(f"evt_{number:032x}", name, "acme", "2026-11-22T10:15:30.000Z", kind.example())
        body = body_of(told)
        made.append({"body": body.decode(), "headers": signing.headers(told.event_id, body, MOMENT, SECRETS)})
    return made


def test_the_messages_of_the_web_apps_tests_are_ours() -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    assert kept == {"moment": "2026-11-22T10:15:30.000Z", "secrets": list(SECRETS), "messages": messages()}
