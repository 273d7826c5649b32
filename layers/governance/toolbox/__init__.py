"""Tools as data: what each takes and gives, how long it may take, and what it does when it needs nothing but itself.

    arithmetic   exact sums, in bounds
    computing    `calculator` and `time`
    files        `files.read` and `files.write`
    searching    `search`, and the looking itself
    http         `http.fetch` and `http.send`
    entries      a tool as the registry holds it
    pack         the tools that come with the platform
    custom       tools that operators register

docs/tools.md is their reference.
"""
