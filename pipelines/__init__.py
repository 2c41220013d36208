"""The commands that load, as scripts of a checkout: ``python -m pipelines.sync`` and its siblings."""
