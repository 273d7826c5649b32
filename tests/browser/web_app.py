"""The web app as a person uses it: pages opened, signed in to, and looked at."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import ConsoleMessage, Page, Response

ROOT: Final = Path(__file__).resolve().parents[2]
ARTIFACTS: Final = ROOT / "tests" / "artifacts"
AXE: Final = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD: Final = "ambit-local"
_AXE_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Everything a page may keep beyond its own memory, as text.
_STORAGE: Final = """async () => {
  const databases = await indexedDB.databases()
  const caches_ = await caches.keys()
  return JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), databases, caches_,
    document.cookie, location.href, history.state])
}"""


@dataclass
class WebApp:
    """One tab. `api_calls` are the API's answers as `METHOD path status`; `problems` what the console complained of."""

    page: Page
    origin: str
    api_calls: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def watch(self) -> WebApp:
        """Note what the page asks of the server and what its console says."""
        self.page.on("response", self._note_response)
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))
        return self

    def open(self, path: str = "/") -> WebApp:
        """Go to a page of the app."""
        self.page.goto(self.origin + path)
        return self

    def sign_in(self, email: str = "dev@acme.test", password: str = PASSWORD) -> WebApp:
        """From the app's sign-in page through the provider's form and back."""
        self.page.get_by_role("link", name="Sign in").click()
        self.fill_provider_form(email, password)
        self.page.get_by_role("navigation", name="Main").wait_for()
        return self

    def fill_provider_form(self, email: str, password: str = PASSWORD) -> None:
        """The provider's own page."""
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def run(self, agent: str, text: str, way: str | None = None, context: str = "") -> WebApp:
        """Open an agent's page, write an input and perhaps a context, and press the button."""
        self.open(f"/agents/{agent}")
        self.page.get_by_label("Input").fill(text)
        if context:
            self.page.get_by_text("Context and session").click()
            self.page.get_by_label("Context", exact=True).fill(context)
        if way:
            self.page.get_by_role("radio", name=way).check()
        self.page.get_by_role("button", name="Run agent").click()
        return self

    def shows_status(self, status: str, seconds: float = 60) -> None:
        """Wait until the answer's badge says so."""
        badge = self.page.get_by_role("region", name="Answer").locator("header").get_by_text(status, exact=True)
        badge.wait_for(timeout=seconds * 1000)

    def streamed_text(self) -> str:
        """What the agent has written so far."""
        return self.page.get_by_test_id("streamed-text").inner_text()

    def await_text(self, enough: Callable[[str], bool], seconds: float = 30) -> str:
        """The streamed text as soon as it is enough; polls, since it grows by itself."""
        for _ in range(int(seconds * 50)):
            text = self.streamed_text()
            if enough(text):
                return text
            self.page.wait_for_timeout(20)
        raise AssertionError(f"after {seconds} s the text is {self.streamed_text()!r}")

    def run_id(self) -> str:
        """The id in the link to the run that just ended."""
        address = self.page.get_by_role("link", name="Open the run").get_attribute("href")
        assert address is not None
        return address.removeprefix("/runs/")

    def storage(self) -> str:
        """All that the browser keeps for this page, in one text."""
        return str(self.page.evaluate(_STORAGE))

    def violations(self) -> list[str]:
        """What axe finds wrong: rule, impact, and the elements concerned."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        options = {"runOnly": {"type": "tag", "values": _AXE_RULES}, "resultTypes": ["violations"]}
        found: dict[str, Any] = self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{rule['id']} ({rule['impact']}): {json.dumps([node['target'] for node in rule['nodes']])}"
            for rule in found["violations"]
        ]

    def screenshot(self, name: str) -> None:
        """Keep the whole page as an artifact."""
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)

    def _note_response(self, response: Response) -> None:
        path = response.url.removeprefix(self.origin)
        if path.startswith(("/v1/", "/bff/")):
            self.api_calls.append(f"{response.request.method} {path} {response.status}")
        token = response.request.headers.get("authorization", "").removeprefix("Bearer ")
        if token and token not in self.tokens:
            self.tokens.append(token)

    def _note_message(self, message: ConsoleMessage) -> None:
        # a failed request is reported by the browser itself; whether it should fail is the test's business
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.problems.append(message.text)
