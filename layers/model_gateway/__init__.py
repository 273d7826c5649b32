"""Calls of language models: one shape of request and answer, several providers, and what becomes of their failures.

    parse_request(document) -> ChatRequest           the subset of OpenAI's chat completions that is served
    Router(...).complete / .stream(request, route)   fallback order, retries, circuit breakers
    providers/                                       one adapter each, behind the protocol `Provider`

It knows neither tenants nor money: who may call what, and what it costs, is decided around it. See docs/models.md.
"""
