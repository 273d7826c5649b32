import pytest
from pydantic import ValidationError

from lambdas.tenants.models import CreateTenant, UpdateOwnTenant, UpdateTenant, pico_dollars


@pytest.mark.parametrize(
    ("amount", "pico"),
    [
        ("0", 0),
        ("1", 10**12),
        ("0.000000000001", 1),
        ("12.5", 12_500_000_000_000),
        ("999999999.999999999999", 10**21 - 1),
    ],
)
def test_a_decimal_string_becomes_pico_dollars_exactly(amount: str, pico: int) -> None:
    wanted = CreateTenant.model_validate({"id": "acme", "name": "A", "tier": "basic", "monthlyBudget": amount})
    assert wanted.monthly_budget == amount
    assert pico_dollars(amount) == pico


@pytest.mark.parametrize("amount", ["", "01", ".5", "1.", "1,5", "+1", "1_000", " 1", "1\n", "٣", "1000000000"])
def test_what_is_no_plain_decimal_is_refused(amount: str) -> None:
    with pytest.raises(ValidationError):
        UpdateTenant.model_validate({"monthlyBudget": amount})


@pytest.mark.parametrize("tenant_id", ["abc", "a-b", "a1b", "acme-2", "x" * 32])
def test_a_good_id_is_taken_as_it_is(tenant_id: str) -> None:
    assert CreateTenant.model_validate({"id": tenant_id, "name": "A", "tier": "basic"}).id == tenant_id


def test_a_name_is_kept_without_its_margins() -> None:
    assert UpdateOwnTenant.model_validate({"name": "  Grüße & Co  "}).name == "Grüße & Co"


@pytest.mark.parametrize("email", ["a@b.example", "first.last+tag@sub.domain.example"])
def test_an_email_address_is_taken(email: str) -> None:
    assert UpdateOwnTenant.model_validate({"adminEmail": email}).admin_email == email


@pytest.mark.parametrize("email", ["a@b", "@b.c", "a b@c.d", "a@b.c,d@e.f", "<a@b.c>", "a@" + "b" * 300 + ".c"])
def test_what_is_no_email_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        UpdateOwnTenant.model_validate({"adminEmail": email})
