from typing import Any

import pytest

from enforcement.errors import ToolUnreachable
from lambdas.gateway.tool_secrets import KEPT_SECONDS, ToolSecrets


class FakeManager:
    def __init__(self, **secrets: str) -> None:
        self.secrets, self.asked = secrets, list[str]()

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803 - AWS's name
        from botocore.exceptions import ClientError

        self.asked.append(SecretId)
        name = SecretId.rpartition("/")[2]
        if name not in self.secrets:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "secret"}}, "GetSecretValue")
        return {"SecretString": self.secrets[name]}


def secrets(manager: Any, now: list[float] | None = None) -> ToolSecrets:
    moments = now or [0.0]
    return ToolSecrets(lambda: manager, "test", monotonic=lambda: moments[0])


def test_a_secret_is_read_below_the_stages_tools_and_kept_for_a_minute() -> None:
    manager, now = FakeManager(crm="s3cret\n"), [0.0]
    read = secrets(manager, now)
    for moment in (0.0, KEPT_SECONDS - 1, KEPT_SECONDS):
        now[0] = moment
        assert read("crm") == "s3cret"
    assert manager.asked == ["ambit/test/tools/crm"] * 2


@pytest.mark.parametrize("secret", [None, "", "  ", "two\nlines", "sécret", "a\x00b"])
def test_what_is_no_credential_is_not_sent(secret: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ToolUnreachable) as failed:
        secrets(FakeManager(**({} if secret is None else {"crm": secret})))("crm")
    out = capsys.readouterr().out
    assert '"ToolCredentialMissing"' in out
    assert "ambit/test" not in failed.value.detail + out
