from __future__ import annotations

import json

import pytest

from scripts.local_platform.emulator.patches.service_roles import trusts_lambda


def trust(principal: object) -> str:
    return json.dumps({"Statement": {"Effect": "Allow", "Principal": principal}})


@pytest.mark.parametrize("principal", [{"Service": "lambda.amazonaws.com"}, {"Service": ["x", "lambda.amazonaws.com"]}])
def test_a_functions_role_trusts_the_lambda_service(principal: object) -> None:
    assert trusts_lambda(trust(principal))


@pytest.mark.parametrize("principal", [{"AWS": "*"}, "*", {"Service": "states.amazonaws.com"}])
def test_other_roles_do_not(principal: object) -> None:
    assert not trusts_lambda(trust(principal))
