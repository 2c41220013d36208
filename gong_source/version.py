"""The version of this package: here, as no metadata is beside a copy that isn't installed."""

__version__ = "0.1.0"
