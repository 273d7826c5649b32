from __future__ import annotations

import pytest

from scripts.bootstrap import browser
from scripts.bootstrap.progress import PrerequisiteMissing


def test_an_installed_browser_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "find_browser", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(browser, "succeeds", lambda _: pytest.fail("nothing must be installed"))
    assert browser.install_browser() == "/usr/bin/chromium"


def test_package_lists_are_updated_only_when_the_first_try_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def run(command: list[str]) -> bool:
        ran.append(command[1])
        return ran != ["install"]

    found = iter([None, "/usr/bin/chromium"])
    monkeypatch.setattr(browser, "find_browser", lambda: next(found))
    monkeypatch.setattr("shutil.which", lambda _: "/usr/bin/apt-get")
    monkeypatch.setattr(browser, "succeeds", run)
    assert browser.install_browser() == "/usr/bin/chromium"
    assert ran == ["install", "update", "install"]


def test_a_failed_installation_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "find_browser", lambda: None)
    monkeypatch.setattr(browser, "succeeds", lambda _: False)
    with pytest.raises(PrerequisiteMissing, match="apt-get install -y chromium"):
        browser.install_browser()
