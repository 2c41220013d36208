"""Marks of the tests in this folder, with the warnings of others' code that can't be avoided."""

from __future__ import annotations

import pytest

WAREHOUSE = [
    pytest.mark.warehouse,
    # google-cloud-bigquery prefers its storage client, which needs a package and a permission more and serves reads of
    # many rows only; the project leaves it out on purpose
    pytest.mark.filterwarnings("ignore:Cannot create BigQuery Storage client:UserWarning"),
    # snowflake-connector-python announces a new default of a connection parameter that dlt does not set
    pytest.mark.filterwarnings("ignore:enable_server_session_keep_alive_auto_detection was not set:FutureWarning"),
]
