"""What stands between an agent's process and everything else on this machine.

Standard library alone: the zygote, which runs without the host's packages, imports it too.
"""
