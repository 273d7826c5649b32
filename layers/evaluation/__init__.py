"""Evaluation of agents: suites of cases, scorers, and the statistics of what came of them. Pure; it calls nobody.

What must ask somebody (a model that judges by a rubric) is given a port. Suites hold the expected answers: an agent is
sent a case's `input` and `context` and nothing else of it (docs/evaluations.md).
"""
