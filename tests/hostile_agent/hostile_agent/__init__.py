"""An agent that means harm: it tries every way it knows round the gateway, and reports what became of each.

A new way is a function with `@way("name")` in one of the modules, and a case in tests/e2e/test_hostile_agent.py.
"""
