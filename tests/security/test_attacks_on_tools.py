"""What an agent would make the tools do that reach out: every forged URL, and every address that is not public."""

from typing import Any

import pytest

from lambdas.gateway.tools import BadArguments, Tool, built_in
from platform_kit.errors import AmbitError, Forbidden
from platform_kit.outbound import Outbound
from tests.guarded_door import PUBLIC, Names
from tests.security.test_outbound_attacks import SPELT, WRITTEN

pytestmark = pytest.mark.family("ssrf")
FORGED = {name: url for name, url in {**SPELT, **WRITTEN}.items() if isinstance(url, str)}
INSIDE = ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.0.0.8", "::1", "fd00:ec2::254", "64:ff9b::7f00:1"]
TWINS = ["https://xn--d-zcc.test.evil.test/", "https://id.test.evil.test/", "https://evil.test/id.test"]


@pytest.fixture(params=["http.fetch", "http.send"])
def reaching(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Tool:
    """A tool that reaches out, in a cloud where nobody may be connected to; every name is a public one."""

    def connected(*_: Any, **__: Any) -> Any:
        raise AssertionError("a connection was made")

    monkeypatch.setattr("platform_kit.timed_socket.connect", connected)
    return built_in(Outbound(resolve=Names([PUBLIC]).resolve))[request.param]


def refused(tool: Tool, url: str) -> bool:
    try:
        call = tool.read({"url": url})
        call.act(None, {}, call.action)  # type: ignore[arg-type]  # no desk is needed to be refused
    except (BadArguments, AmbitError):
        return True
    return False


@pytest.mark.parametrize("url", FORGED.values(), ids=list(FORGED))
def test_a_forged_url_reaches_nobody(url: str, reaching: Tool) -> None:
    assert refused(reaching, url)


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_reaches_nobody(address: str, reaching: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = built_in(Outbound(resolve=Names([PUBLIC, address]).resolve))[reaching.entry.name]
    call = tool.read({"url": "https://id.test/"})
    with pytest.raises(Forbidden, match="may not be reached"):
        call.act(None, {}, call.action)  # type: ignore[arg-type]  # no desk is needed to be refused


@pytest.mark.parametrize("url", TWINS)
def test_a_twin_of_an_allowed_host_is_another_host_to_policy(url: str, reaching: Tool) -> None:
    assert reaching.read({"url": url}).action.hosts != ("id.test",)
