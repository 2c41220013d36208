"""A plain dlt pipeline over Gong's API, as its documentation shows how: the ``rest_api`` source, default settings.

``python -m benchmarks.plain URL calls,transcripts FROM TO`` is the process that is measured.
"""

from __future__ import annotations

import sys

import dlt
from dlt.sources.rest_api import RESTAPIConfig, rest_api_source

from gong_source.config import CALL_PARTS, GongSettings
from gong_source.streams.calls.selector import content_selector

PATHS = {"calls": ("v2/calls/extensive", "calls"), "transcripts": ("v2/calls/transcript", "callTranscripts")}


def main(url: str, resources: str, start: str, end: str) -> None:
    """Load a range.

    Args:
        url: Of the API.
        resources: Names, with commas.
        start: Of the range.
        end: Of the range.
    """
    body = {"filter": {"fromDateTime": start, "toDateTime": end}}
    settings = GongSettings()
    settings.call_parts, settings.context_timing = CALL_PARTS, ("Now",)
    bodies = {"calls": {**body, "contentSelector": content_selector(settings)}, "transcripts": body}
    config: RESTAPIConfig = {
        "client": {
            "base_url": url,
            "paginator": {"type": "cursor", "cursor_path": "records.cursor", "cursor_body_path": "cursor"},
        },
        "resources": [
            {
                "name": name,
                "endpoint": {
                    "path": PATHS[name][0],
                    "method": "POST",
                    "json": bodies[name],
                    "data_selector": PATHS[name][1],
                },
            }
            for name in resources.split(",")
        ],
    }
    dlt.pipeline("plain", destination="duckdb", dataset_name="plain").run(rest_api_source(config))


if __name__ == "__main__":
    main(*sys.argv[1:])
