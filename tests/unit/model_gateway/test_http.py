"""What comes of a provider's failures, over real connections."""

from contextlib import closing

import pytest

from model_gateway.errors import (
    AnswerInvalid,
    ModelError,
    ModelNotConfigured,
    ModelRateLimited,
    ModelTimeout,
    ModelUnavailable,
    PromptRejected,
    StreamCut,
)
from model_gateway.http import ProviderHttp, Times
from tests.model_provider import Answer, SimulatedProvider, as_json


def whole(post: ProviderHttp) -> dict[str, object]:
    return post.whole("/v1/x", {"authorization": "Bearer k"}, {"a": "ü"})


def lines(post: ProviderHttp) -> list[str]:
    return list(post.lines("/v1/x", {}, {}))


def test_a_request_is_json_with_its_headers_and_asks_for_no_compression(
    post: ProviderHttp, provider: SimulatedProvider
) -> None:
    provider.will(as_json({"b": 1}))

    assert whole(post) == {"b": 1}
    (asked,) = provider.asked
    assert (asked.path, asked.body) == ("/v1/x", {"a": "ü"})
    assert asked.headers["authorization"] == "Bearer k"
    assert asked.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, PromptRejected),
        (401, ModelNotConfigured),
        (403, ModelNotConfigured),
        (408, ModelUnavailable),
        (413, PromptRejected),
        (429, ModelRateLimited),
        (500, ModelUnavailable),
        (503, ModelUnavailable),
        (529, ModelUnavailable),
    ],
)
def test_each_status_has_its_meaning(
    post: ProviderHttp, provider: SimulatedProvider, status: int, expected: type[ModelError]
) -> None:
    provider.will(Answer(status, [b'{"error": {"message": "key sk-live-abc is wrong"}}']))

    with pytest.raises(expected) as refused:
        whole(post)
    assert "sk-live" not in str(refused.value), "what a provider says is not passed on"
    with pytest.raises(expected):
        lines(post)


@pytest.mark.parametrize(("said", "heard"), [("3", 3), ("999999", 3600), ("Wed, 21 Oct 2026", None), ("-1", None)])
def test_how_long_to_wait_is_heeded_when_it_is_a_number(
    post: ProviderHttp, provider: SimulatedProvider, said: str, heard: int | None
) -> None:
    provider.will(Answer(429, headers={"retry-after": said}))

    with pytest.raises(ModelRateLimited) as limited:
        whole(post)
    assert limited.value.retry_after == heard


def test_a_redirect_is_not_followed(post: ProviderHttp, provider: SimulatedProvider) -> None:
    provider.will(Answer(307, headers={"location": "/elsewhere"}), as_json({}))

    with pytest.raises(AnswerInvalid, match="redirect"):
        whole(post)
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    "body", [b"not json", b"[1]", b"\xff\xfe", b"[" * 9_000], ids=["text", "list", "bytes", "deep"]
)
def test_an_answer_that_is_no_object_is_invalid(post: ProviderHttp, provider: SimulatedProvider, body: bytes) -> None:
    provider.will(Answer(200, [body]))

    with pytest.raises(AnswerInvalid):
        whole(post)


def test_an_answer_larger_than_is_read_is_invalid(post: ProviderHttp, provider: SimulatedProvider) -> None:
    provider.will(Answer(200, [b"x" * 10_001, b"y" * 10_000]))

    with pytest.raises(AnswerInvalid, match="larger"):
        whole(post)
    with pytest.raises(AnswerInvalid, match="larger"):
        lines(post)


@pytest.mark.chaos("upstreams")
def test_a_provider_that_does_not_begin_in_time_is_a_timeout(post: ProviderHttp, provider: SimulatedProvider) -> None:
    provider.will(Answer(silent=True))

    with pytest.raises(ModelTimeout):
        whole(post)
    with pytest.raises(ModelTimeout):
        lines(post)


@pytest.mark.chaos("upstreams")
def test_a_provider_that_stops_in_the_middle_is_a_timeout_before_the_first_line_and_a_cut_after_it(
    post: ProviderHttp, provider: SimulatedProvider
) -> None:
    provider.will(Answer(200, [b"data: on"], stuck=True), Answer(200, [b"data: one\n"], stuck=True))

    with pytest.raises(ModelTimeout):
        lines(post)
    reading = post.lines("/v1/x", {}, {})
    assert next(reading) == "data: one"
    with pytest.raises(StreamCut):
        next(reading)


def test_the_wait_between_bytes_is_another_than_that_for_the_first(provider: SimulatedProvider) -> None:
    provider.will(Answer(200, [b"data: one\n"], stuck=True))

    times = Times(first_byte=20, between_bytes=0.2)
    with closing(ProviderHttp(provider.origin, times)) as post, pytest.raises(StreamCut):
        lines(post)


@pytest.mark.chaos("upstreams")
def test_a_connection_that_breaks_is_an_outage_before_the_first_line_and_a_cut_after_it(
    post: ProviderHttp, provider: SimulatedProvider
) -> None:
    provider.will(Answer(200, [b"data: o"], cut=True), Answer(200, [b"data: one\n"], cut=True))

    with pytest.raises(ModelUnavailable):
        lines(post)
    with pytest.raises(StreamCut):
        lines(post)


@pytest.mark.chaos("upstreams")
def test_an_answer_that_takes_too_long_as_a_whole_is_cut_however_busily_it_comes(provider: SimulatedProvider) -> None:
    ticks = iter([0.0, 1.0, 99.0])
    provider.will(Answer(200, [b"data: one\n", b"data: two\n"]))

    post = ProviderHttp(provider.origin, Times(whole=10), monotonic=lambda: next(ticks, 99.0))
    with closing(post), pytest.raises(ModelTimeout):
        whole(post)


@pytest.mark.chaos("upstreams")
def test_nobody_listening_is_an_outage() -> None:
    with SimulatedProvider().serving() as gone:
        origin = gone.origin

    with closing(ProviderHttp(origin, Times(connect=1))) as post, pytest.raises(ModelUnavailable):
        whole(post)


def test_lines_come_whole_however_they_are_cut_into_pieces(post: ProviderHttp, provider: SimulatedProvider) -> None:
    provider.will(Answer(200, [b"data: o", b"ne\r\nda", b"ta: \xc3", b"\xbc\n\nlast"]))

    assert lines(post) == ["data: one", "data: ü", "", "last"]
