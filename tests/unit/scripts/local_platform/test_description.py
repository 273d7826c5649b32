from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scripts.local_platform.description import write_description
from scripts.local_platform.layout import Layout

if TYPE_CHECKING:
    from pathlib import Path


def test_dev_json_says_what_the_contract_promises(tmp_path: Path) -> None:
    layout = Layout(0, tmp_path)
    write_description(layout)
    found = json.loads(layout.dev_json.read_text())
    assert found["apiUrl"] == found["spaUrl"] == "http://127.0.0.1:8080"
    assert found["issuer"] == "http://127.0.0.1:8090/oidc"
    assert found["audience"] == "ambit-api"
    assert [tenant["id"] for tenant in found["tenants"]] == ["acme", "globex"]
    assert {"email": "dev@acme.test", "roles": ["Tenant.Developer"]} in found["tenants"][0]["users"]
    assert found["aws"]["endpointUrl"] == found["emulatorUrl"] == "http://127.0.0.1:4566"
