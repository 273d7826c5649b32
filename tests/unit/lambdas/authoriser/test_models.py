from lambdas.authoriser.models import Denied, Unauthorized


def test_api_gateway_reads_the_message_to_the_letter() -> None:
    assert str(Unauthorized()) == "Unauthorized"


def test_a_denial_names_the_principal_and_a_code() -> None:
    denial = Denied("usr:1:x", "TENANT_SUSPENDED")
    assert (denial.principal_id, denial.code, str(denial)) == ("usr:1:x", "TENANT_SUSPENDED", "TENANT_SUSPENDED")
