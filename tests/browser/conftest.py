"""A real Chromium against the local platform. Tests fail on anything the console complains of."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from scripts.bootstrap import npm
from scripts.bootstrap.browser import install_browser
from scripts.bootstrap.node import resolve_node
from tests.browser.web_app import ROOT, WebApp
from tests.misbehaving import let_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    from playwright.sync_api import Browser

    from tests.conftest import Connect
    from tests.local_stack import LocalStack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.local_stack)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    resolve_node()
    npm.install(ROOT / "frontend")  # axe comes from there
    # Chromium's sandbox needs a user of its own; a container's root has none
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=install_browser(), args=arguments)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def nothing_holds_the_echo_agent(caretaker: httpx.Client) -> None:
    """Tests before this one may have had agents halted, and the echo agent paused as the first of a cascade."""
    let_run(caretaker, "echo-agent")


@pytest.fixture
def open_app(
    platform: LocalStack, chromium: Browser, request: pytest.FixtureRequest
) -> Iterator[Callable[..., WebApp]]:
    """A new browser profile with one tab; options are the context's (`viewport`, `color_scheme` …)."""
    apps: list[WebApp] = []

    def make(**options: Any) -> WebApp:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 860}, "locale": "en-GB", **options})
        context.set_default_timeout(20_000)
        apps.append(WebApp(context.new_page(), str(platform.described["spaUrl"])).watch())
        return apps[-1]

    yield make
    for app in apps:
        if getattr(request.node, "failed", False):
            app.screenshot(f"failed-{request.node.name}")
        app.page.context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined] # read by the fixture above
    return report


@pytest.fixture
def app(open_app: Callable[..., WebApp]) -> Iterator[WebApp]:
    """A tab nobody is signed in to; its console must stay quiet."""
    opened = open_app()
    yield opened
    assert opened.problems == []


@pytest.fixture
def dev(app: WebApp) -> WebApp:
    """A tab where acme's developer is signed in."""
    return app.open().sign_in()


@pytest.fixture
def admin(app: WebApp) -> WebApp:
    """A tab where acme's administrator is signed in."""
    return app.open().sign_in("admin@acme.test")


@pytest.fixture
def ops(app: WebApp) -> WebApp:
    """A tab where an operator of the platform is signed in."""
    return app.open().sign_in("ops@ambit.test")


@pytest.fixture
def connect_admin(connect: Connect) -> httpx.Client:
    """Acme's administrator as a machine."""
    return connect("acme-admin")
