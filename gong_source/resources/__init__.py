"""The dlt resources, one module for each kind of data."""
