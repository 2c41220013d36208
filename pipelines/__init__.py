"""The commands that move data: ``python -m pipelines.sync`` and its siblings."""
