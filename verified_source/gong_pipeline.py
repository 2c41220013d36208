"""Loads what is new or changed in Gong since the last run."""

import dlt
from gong import gong_source


def load_gong() -> None:
    """Load calls with all their parts, transcripts, users, logs, library and settings."""
    pipeline = dlt.pipeline("gong", destination="duckdb", dataset_name="gong_data")
    print(pipeline.run(gong_source()))


if __name__ == "__main__":
    load_gong()
