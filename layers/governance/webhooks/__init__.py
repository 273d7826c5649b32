"""Webhooks: how a message is signed, when it is tried again, what an answer means, when an endpoint is spared. Pure.

docs/webhooks.md is the reference, ADR 0087 says why so. What sends is `sending`, through the guard of
`platform_kit.outbound`.
"""
