import pytest

from governance.guardrails import GuardrailPolicy, scan


def found(text: str) -> list[tuple[str, str]]:
    return [(one.kind.value, text[one.start : one.end]) for one in scan(text, GuardrailPolicy()).findings]


@pytest.mark.parametrize(
    "address",
    ["a@b.io", "jane.doe+tag@mail.example.co.uk", "o'neil@example.com", "j\xf6rg@ex\xe4mple.de", "X_1@EXAMPLE.ORG"],
)
def test_an_address_of_mail_is_found_in_any_language(address: str) -> None:
    for around in ("{}", "<{}>", "Mail: {}.", "请联系{}谢谢", '"{}"'):
        assert found(around.format(address)) == [("email", address)]


@pytest.mark.parametrize("text", ["@jane", "user@localhost", "git@github.com:a/b", "logo@2x.png", "a@b"])
def test_what_has_the_sign_only_is_no_address(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("address", ["203.0.113.7", "10.1.2.3", "2001:db8::1", "fe80:0:0:0:1:2:3:4", "2001:DB8:0:1::2"])
def test_an_address_of_a_machine_is_found(address: str) -> None:
    assert found(f"from {address}, twice") == [("ip_address", address)]


@pytest.mark.parametrize(
    "text",
    [
        *("version 1.2.3.4", "v1.2.3.4", "1.2.3", "1.2.3.4.5", "127.0.0.1", "0.0.0.0", "255.255.255.0", "256.1.1.1"),  # noqa: S104 - texts
        *("12:34:56", "std::vector", "::1", "00:1A:2B:3C:4D:5E", "a::b"),
    ],
)
def test_versions_times_and_this_machine_are_no_addresses(text: str) -> None:
    assert found(text) == []
