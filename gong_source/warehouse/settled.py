"""The configuration of a DuckDB destination, resolved once for a run.

dlt resolves it anew wherever it makes a client or asks what a destination can do, a dozen times for each load package:
together with the search for secrets more than anything else that a package costs whatever it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dlt.common.configuration.specs.base_configuration import is_hint_not_resolvable
from dlt.pipeline.pipeline import Pipeline

from gong_source.warehouse.dialects import ready_destination, type_of


@contextmanager
def settled(pipeline: Pipeline) -> Iterator[None]:
    """Have dlt take, as long as the block lasts, what its configuration says now as if it had been given explicitly.

    What the user left open is set before.

    Clients then share their credentials, as those of one load do, and with them one connection wherever several are
    open at once.

    Args:
        pipeline: With a destination that can be reached.
    """
    destination = pipeline.destination
    if destination is None or type_of(destination) != "duckdb":
        yield
        return
    ready_destination(pipeline)
    given, config = destination.config_params, pipeline.destination_client().config
    fields = {name for name, hint in config.get_resolvable_fields().items() if not is_hint_not_resolvable(hint)}
    fields -= {"destination_name"}  # of which dlt keeps in its state whether it was given
    destination.config_params = {**given, **{name: config[name] for name in fields}}
    try:
        yield
    finally:
        destination.config_params = given
