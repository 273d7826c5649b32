import json

import pytest

from lambdas.webhooks import handler
from tests.functional.moto_platform import event
from tests.webhook_world import ADMIN, World


def test_the_real_handler_serves_the_routes(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setenv("DISPATCH_QUEUE_URL", "https://sqs.test/q")
    handler.build.cache_clear()
    handler._client.cache_clear()
    answer = handler.handle(event("GET /v1/webhooks", authorizer=ADMIN), None)
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"items": []})
    assert world.queue.queued == []
