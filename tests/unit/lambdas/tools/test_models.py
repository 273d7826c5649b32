from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from lambdas.tools.models import InstallPack, PublishPack, RegisterPublisherKey, RevokePublisherKey
from tests.audit_logs import KEY
from tests.tool_packs import manifest, signed

WRONG: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (PublishPack, {**signed(manifest(), KEY), "signatures": []}),
    (PublishPack, {**signed(manifest(), KEY), "note": "x"}),
    (PublishPack, {**signed(manifest(), KEY), "payload": "x" * 300_001}),
    (InstallPack, {"credentials": {"http.fetch": {"secret": "x", "scheme": "bearer"}}}),
    (InstallPack, {"credentials": {"crm.lookup": {"secret": "../x", "scheme": "bearer"}}}),
    (RegisterPublisherKey, {"publisher": "Acme", "publicKey": "x"}),
    (RegisterPublisherKey, {"publisher": "\u0430cme", "publicKey": "x"}),
    (RegisterPublisherKey, {"publisher": "acme", "publicKey": "x" * 1001}),
    (RevokePublisherKey, {"reason": " "}),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_what_has_another_shape_is_refused(number: int) -> None:
    model, body = WRONG[number]
    with pytest.raises(ValidationError):
        model.model_validate(body)


def test_an_envelope_comes_back_as_it_was_sent() -> None:
    envelope = signed(manifest(), KEY)
    assert PublishPack.model_validate(envelope).envelope() == envelope
