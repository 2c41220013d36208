"""Writes the source in the layout of dlt's verified sources: ``python -m verified_source FOLDER``."""
