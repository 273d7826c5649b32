"""URLs that would make the platform call itself, its neighbours or its metadata service: request forgery."""

import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_kit import timed_socket
from platform_kit.outbound import Limits, Outbound, OutboundError, OutboundFailed, OutboundRefused
from tests.guarded_door import PUBLIC, Names, replying, serving

LOCAL = "http://127.0.0.1:8090"
SPELT = {
    "loopback": "https://127.0.0.1/",
    "loopback in decimal": "https://2130706433/",
    "loopback in octal": "https://0177.0.0.1/",
    "loopback in long octal": "https://00000177.0.0.1/",
    "loopback in one octal number": "https://017700000001/",
    "loopback in hexadecimal": "https://0x7f.0x0.0x0.0x1/",
    "loopback in one hexadecimal number": "https://0x7f000001/",
    "loopback in mixed bases": "https://0x7f.1/",
    "loopback in two parts": "https://127.1/",
    "loopback in three parts": "https://127.0.1/",
    "loopback with zeros": "https://127.000.000.001/",
    "loopback beyond a byte": "https://127.0.0.257/",
    "loopback in five parts": "https://127.0.0.0.1/",
    "loopback with a trailing dot": "https://127.0.0.1./",
    "loopback in circled digits": "https://①②⑦.⓪.⓪.①/",
    "loopback in full-width digits": "https://１２７.0.0.1/",  # noqa: RUF001 - the attack
    "loopback with ideographic dots": "https://127。0。0。1/",
    "loopback percent-encoded": "https://%31%32%37.0.0.1/",
    "the empty number": "https://0x/",
    "zero": "https://0/",
    "this network": "https://0.0.0.0/",
    "loopback in IPv6": "https://[::1]/",
    "loopback in long IPv6": "https://[0:0:0:0:0:0:0:1]/",
    "loopback mapped": "https://[::ffff:127.0.0.1]/",
    "loopback mapped in hexadecimal": "https://[::ffff:7f00:1]/",
    "loopback compatible": "https://[::127.0.0.1]/",
    "loopback through NAT64": "https://[64:ff9b::7f00:1]/",
    "loopback through local NAT64": "https://[64:ff9b:1::7f00:1]/",
    "loopback through 6to4": "https://[2002:7f00:1::]/",
    "loopback through Teredo": "https://[2001:0:7f00:1::]/",
    "loopback translated": "https://[::ffff:0:7f00:1]/",
    "unspecified": "https://[::]/",
    "link-local": "https://[fe80::1]/",
    "link-local with a zone": "https://[fe80::1%25eth0]/",
    "site-local": "https://[fec0::1]/",
    "unique local": "https://[fd12:3456:789a::1]/",
    "multicast": "https://[ff02::1]/",
    "metadata": "https://169.254.169.254/latest/meta-data/",
    "metadata in decimal": "https://2852039166/",
    "metadata in hexadecimal": "https://0xa9fea9fe/",
    "metadata in octal": "https://0251.0376.0251.0376/",
    "metadata in IPv6": "https://[fd00:ec2::254]/latest/meta-data/",
    "metadata mapped": "https://[::ffff:169.254.169.254]/",
    "credentials of a container": "https://169.254.170.2/v2/credentials",
    "private": "https://10.0.0.1/",
    "carrier": "https://100.64.0.1/",
    "IETF": "https://192.0.0.8/",
    "multicast in IPv4": "https://224.0.0.1/",
    "broadcast": "https://255.255.255.255/",
    "an IPv4 address in brackets": "https://[1.1.1.1]/",
    "a public address in capitals": "https://[2606:4700:4700::ABCD]/",
}
WRITTEN = {
    "plain HTTP": "http://id.test/",
    "a file": "file:///etc/passwd",
    "gopher": "gopher://id.test/_x",
    "FTP": "ftp://id.test/",
    "data": "data:application/json,{}",
    "no scheme": "//id.test/",
    "a scheme in capitals": "HTTPS://id.test/",
    "a name and password": "https://user:pw@id.test/",
    "a name": "https://user@id.test/",
    "a host behind a name": "https://id.test@127.0.0.1/",
    "a host behind a backslash": "https://id.test\\@127.0.0.1/",
    "a host behind a fragment": "https://127.0.0.1#@id.test/",
    "a host behind a query": "https://127.0.0.1?@id.test",
    "a fragment": "https://id.test/#x",
    "a space": "https://id.test/ x",
    "a space in front": " https://id.test/",
    "a newline after": "https://id.test/\n",
    "a line break in the path": "https://id.test/\r\nhost: evil.test",
    "a tab in the host": "https://id\t.test/",
    "a NUL in the host": "https://id.test\0.evil.test/",
    "a backslash": "https:\\\\id.test\\",
    "one slash": "https:/id.test/",
    "three slashes": "https:///id.test/",
    "no host": "https:///",
    "a port alone": "https://:443/",
    "an empty port": "https://id.test:/",
    "port zero": "https://id.test:0/",
    "a port with zeros": "https://id.test:0443/",
    "a port too many": "https://id.test:65536/",
    "a negative port": "https://id.test:-1/",
    "two ports": "https://id.test:443:80/",
    "SSH": "https://id.test:22/",
    "SMTP": "https://id.test:25/",
    "HTTP's port": "https://id.test:80/",
    "a database": "https://id.test:5432/",
    "Redis": "https://id.test:6379/",
    "a host of one word": "https://localhost/",
    "an intranet": "https://intranet/",
    "a trailing dot": "https://id.test./",
    "two dots": "https://id..test/",
    "a dot in front": "https://.id.test/",
    "a hyphen in front": "https://-id.test/",
    "an underscore": "https://_id.test/",
    "capitals": "https://ID.test/",
    "another script": "https://іd.test/",  # noqa: RUF001 - the Cyrillic letter is the attack
    "an emoji": "https://🔑.test/",
    "a soft hyphen": "https://i\u00add.test/",
    "a label too long": f"https://{'x' * 64}.test/",
    "a name too long": f"https://{'x.' * 127}test/",
    "a URL too long": "https://id.test/".ljust(2049, "x"),
    "an open bracket": "https://[::1/",
    "text in brackets": "https://[id.test]/",
    "percent in the host": "https://id%2etest/",
    "empty": "",
    "null": None,
    "octets": b"https://id.test/",
}


def door(names: Names, **options: Any) -> Outbound:
    return Outbound(frozenset({LOCAL}), resolve=names.resolve, **options)


@pytest.fixture
def no_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection fails the test."""
    monkeypatch.setattr(timed_socket.socket, "create_connection", lambda *_: pytest.fail("connected"))


@pytest.mark.family("ssrf")
@pytest.mark.usefixtures("no_wire")
@pytest.mark.parametrize("url", SPELT.values(), ids=list(SPELT))
def test_no_spelling_of_an_inner_address_is_reached(url: str) -> None:
    names = Names([PUBLIC])
    with pytest.raises(OutboundRefused):
        door(names).get(url)
    assert names.asked == []


@pytest.mark.family("ssrf")
@pytest.mark.usefixtures("no_wire")
@pytest.mark.parametrize("url", WRITTEN.values(), ids=list(WRITTEN))
def test_no_url_is_read_in_two_ways(url: Any) -> None:
    names = Names([PUBLIC])
    with pytest.raises(OutboundRefused):
        door(names).get(url)
    assert names.asked == []


INNER = (
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "fd00:ec2::254",
    "::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "0.0.0.0",  # noqa: S104 - an address, not a binding
)


@pytest.mark.family("ssrf")
@pytest.mark.usefixtures("no_wire")
@pytest.mark.parametrize("address", INNER)
@pytest.mark.parametrize("place", ["alone", "first", "last"])
def test_a_name_with_one_inner_address_is_not_reached_at_all(address: str, place: str) -> None:
    answers = {"alone": [address], "first": [address, PUBLIC], "last": [PUBLIC, "2606:4700::1", address]}[place]
    with pytest.raises(OutboundRefused, match="address not public"):
        door(Names(answers)).get("https://id.test/jwks")


@pytest.mark.family("ssrf")
def test_a_name_that_changes_its_answer_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    names, connected = Names([PUBLIC], ["127.0.0.1"]), []

    def create(address: tuple[str, int], _seconds: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(timed_socket.socket, "create_connection", create)
    with pytest.raises(OutboundFailed):
        door(names).get("https://id.test/jwks")
    assert (names.asked, connected) == ([("id.test", 443)], [(PUBLIC, 443)])
    with pytest.raises(OutboundRefused):
        door(names).get("https://id.test/jwks")


@pytest.mark.family("ssrf")
def test_the_connection_asks_for_the_name_and_not_for_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def secured(self: timed_socket.TimedSocket, name: str) -> timed_socket.TimedSocket:
        asked.append(name)
        return self

    hosts: list[str | None] = []
    with serving(lambda handler: (hosts.append(handler.headers["host"]), replying(b"{}")(handler))[1]) as origin:
        port = int(origin.rpartition(":")[2])
        real = socket.create_connection
        monkeypatch.setattr(
            timed_socket.socket, "create_connection", lambda _to, seconds: real(("127.0.0.1", port), seconds)
        )
        monkeypatch.setattr(timed_socket.TimedSocket, "secured", secured)
        assert door(Names([PUBLIC])).get("https://id.test/jwks").body == b"{}"
    assert (asked, hosts) == (["id.test"], ["id.test"])


@pytest.mark.family("ssrf")
@pytest.mark.usefixtures("no_wire")
@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1:8090/", "http://127.0.0.1:8091/", "http://127.0.0.1/", "http://127.0.0.2:8090/"),
        *(
            "http://localhost:8090/",
            "http://127.0.0.1:8090@id.test/",
            "http://127.0.0.1.id.test:8090/",
            "http://[::1]:8090/",
        ),
        *("http://127.1:8090/", "http://2130706433:8090/", "http://127.0.0.1:08090/", "http://127.0.0.1:8090.id.test/"),
    ],
)
def test_an_exception_is_one_origin_and_nothing_beside_it(url: str) -> None:
    with pytest.raises(OutboundRefused):
        door(Names(["127.0.0.1"])).get(url)


@pytest.mark.family("ssrf")
@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/", "https://127.0.0.1/", "//10.0.0.1/", "file:///etc/passwd", "/elsewhere"]
)
def test_a_redirect_leads_nowhere(location: str) -> None:
    asked: list[str] = []

    def answer(handler: Any) -> None:
        asked.append(handler.path)
        replying(b"", 302, Location=location)(handler)

    with serving(answer) as origin:
        assert Outbound(frozenset({origin})).get(f"{origin}/first").status == 302
    assert asked == ["/first"]


@pytest.mark.family("ssrf")
def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(replying(b"{}")) as origin:
        assert Outbound(frozenset({origin})).get(origin).body == b"{}"


@given(st.text(max_size=60))
def test_no_text_leads_to_an_inner_address(text: str) -> None:
    for url in (text, f"https://{text}", f"https://{text}/jwks", f"https://id.test{text}"):
        with pytest.raises(OutboundError):
            Outbound(resolve=Names(["127.0.0.1"]).resolve).check(url)


@given(
    st.lists(
        st.one_of(
            st.integers(0, 2**32).map(str), st.integers(0, 2**32).map(hex), st.integers(0, 2**32).map("0{:o}".format)
        ),
        min_size=1,
        max_size=5,
    )
)
def test_a_host_of_numbers_is_an_address_in_its_plain_form_or_nothing(numbers: list[str]) -> None:
    host = ".".join(numbers)
    names = Names(["127.0.0.1"])
    try:
        _target, found = Outbound(resolve=names.resolve).check(f"https://{host}/")
    except OutboundError:
        assert names.asked == []
    else:
        assert found == (socket.inet_ntoa(socket.inet_aton(host)),)


@given(st.ip_addresses())
def test_an_address_is_reached_only_as_it_is_checked(address: Any) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    try:
        _target, found = Outbound(resolve=Names([]).resolve).check(f"https://{host}/")
    except OutboundRefused:
        return
    assert found == (str(address),)
    assert not address.is_private


def test_a_bound_is_a_bound_even_on_an_honest_peer() -> None:
    with serving(replying(b"x" * 100)) as origin, pytest.raises(OutboundFailed, match="too large"):
        Outbound(frozenset({origin})).get(origin, Limits(most_bytes=99))
