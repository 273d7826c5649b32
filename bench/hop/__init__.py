"""The models' door as an HTTP hop beside LiteLLM's proxy: one worker each, the same upstream, the same client.

upstream.py   an OpenAI-compatible provider that answers at once, with a fixed answer
door.py       our door as it is deployed, with the authoriser's check of the run token before it and a faked store
litellm.py    LiteLLM's proxy, pinned and hashed, in an environment of its own
load.py       the client: so many connections, each asking as soon as it is answered
"""
