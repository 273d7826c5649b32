"""`ambit init`: a new agent from a template, complete with its lock, its evaluations and its pipelines."""
