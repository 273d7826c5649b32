import pytest
from pydantic import ValidationError

from governance.toolbox.http import MOST_BYTES, Fetch, Fetched, NotText, Send, host_named, text_of


def test_the_host_that_policy_is_asked_about_is_that_of_the_url() -> None:
    assert Fetch(url="https://api.example.com:8443/v1?x=https://evil.test/").hosts() == ("api.example.com",)
    assert Send(url="https://xn--bcher-kva.example").hosts() == ("xn--bcher-kva.example",)


def test_the_method_is_told_to_policy_even_when_it_was_not_given() -> None:
    assert Fetch(url="https://a.test/").plain() == {"url": "https://a.test/", "method": "GET"}
    assert Send(url="https://a.test/").plain()["method"] == "POST"


@pytest.mark.parametrize(("model", "method"), [(Fetch, "POST"), (Fetch, "get"), (Fetch, "DELETE"), (Send, "GET")])
def test_reading_and_changing_are_two_tools(model: type[Fetch | Send], method: str) -> None:
    with pytest.raises(ValidationError):
        model.model_validate({"url": "https://a.test/", "method": method})


@pytest.mark.parametrize("field", [{"headers": {"authorization": "x"}}, {"accept": "x\r\nhost: y"}, {"accept": ""}])
def test_no_header_can_be_smuggled_in(field: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fetch.model_validate({"url": "https://a.test/", **field})


def test_what_is_sent_is_bounded_and_has_a_media_type() -> None:
    with pytest.raises(ValidationError):
        Send(url="https://a.test/", body="x" * (MOST_BYTES + 1))
    with pytest.raises(ValidationError):
        Send(url="https://a.test/", content_type="text/plain\r\nx: y")


def test_the_log_is_told_where_and_how_much_but_neither_query_nor_body() -> None:
    told = Send(url="https://a.test/p?token=secret", body="secret").told()
    assert told == {"method": "POST", "origin": "https://a.test", "path": "/p", "characters": 6}
    assert "secret" not in str(Fetch(url="https://a.test/p?token=secret").told())


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("é".encode(), "text/plain", "é"),
        ("é".encode(), 'application/json; charset="UTF-8"; x=y', "é"),
        (b"\xe9", "text/html;charset=ISO-8859-1", "é"),
        (b"a=b", "application/x-www-form-urlencoded", "a=b"),
        (b"", "image/png", ""),
        (b"", "", ""),
    ],
)
def test_text_is_read_in_its_character_set(body: bytes, content_type: str, text: str) -> None:
    assert text_of(body, content_type) == text


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\x89PNG", "image/png"),
        (b"x", ""),
        (b"x", "application/octet-stream"),
        (b"\xff\xfe", "text/plain"),
        (b"a\x00b", "text/plain"),
        (b"x", "text/plain; charset=utf-7"),
        (b"x", "text/plain; charset=rot13"),
        (b"x", "text/plain; charset=utf-8; charset=ascii"),
    ],
)
def test_what_is_no_text_is_not_given(body: bytes, content_type: str) -> None:
    with pytest.raises(NotText):
        text_of(body, content_type)


def test_a_redirect_tells_its_host_and_is_not_followed() -> None:
    assert host_named("https://other.test/x") == "other.test"
    assert (host_named("/elsewhere"), host_named(None), host_named("//u@x")) == ("", "", "")
    answer = Fetched(status=302, content_type="", text="", bytes=0, redirect_host="other.test")
    assert answer.summary() == "302: it redirects to other.test; redirects are not followed."


def test_an_answer_is_its_text() -> None:
    assert Fetched(status=200, content_type="text/plain", text="hello", bytes=5).summary() == "hello"
    assert Fetched(status=204, content_type="", text="", bytes=0).summary() == "204, 0 bytes"
