"""The audit chain as pure data: entries, their hashes, the tree over them, signed checkpoints, and what verifies them.

    entry.py         what an entry is and what its hash is made of
    chain.py         appending to a chain and finding its first break
    merkle.py        the tree over a chain's entries (RFC 6962)
    checkpoint.py    what a signed checkpoint says, and whether its signature holds
    verification.py  a log, its details and its checkpoints held against one another
    intents.py       calls that were announced and never ended

No clock, no network, no key that could sign.
"""
