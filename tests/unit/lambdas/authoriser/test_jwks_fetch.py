import pytest

from lambdas.authoriser.jwks_fetch import FetchFailed, fetcher
from platform_kit.outbound import Outbound
from tests.guarded_door import Names, allowing, replying, serving


def why(outbound: Outbound, uri: str) -> str:
    with pytest.raises(FetchFailed) as caught:
        fetcher(outbound)(uri)
    return str(caught.value)


def test_a_document_is_fetched() -> None:
    with serving(replying(b"{}")) as origin:
        assert fetcher(allowing(origin))(f"{origin}/jwks") == b"{}"


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 308, 400, 404, 500, 503])
def test_only_200_is_an_answer(status: int) -> None:
    with serving(replying(b"", status, Location="http://127.0.0.1:1/")) as origin:
        assert why(allowing(origin), origin) == f"status {status}"


@pytest.mark.parametrize(("size", "fits"), [(256 * 1024, True), (256 * 1024 + 1, False)])
def test_a_document_is_bounded(size: int, fits: bool) -> None:  # noqa: FBT001 - a case
    with serving(replying(b"x" * size)) as origin:
        if fits:
            assert len(fetcher(allowing(origin))(origin)) == size
        else:
            assert why(allowing(origin), origin) == "too large"


def test_the_guard_says_why_it_let_nothing_through() -> None:
    assert why(Outbound(), "http://127.0.0.1:8090/jwks") == "not HTTPS"
    assert why(Outbound(resolve=Names(["10.0.0.1"]).resolve), "https://id.test/jwks") == "address not public"
