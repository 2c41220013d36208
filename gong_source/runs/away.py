"""Who is purged while a run is going on: another pipeline's run may bring back what the purge has just removed.

A purge writes down who goes before it removes anything. So what was written down by the time that all rows of a load
package are in their tables is removed from these once more; and what is written down later is removed later as well,
by the purge itself. It is done before the package counts as loaded: after a kill in between, it is loaded again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from dlt.pipeline.pipeline import Pipeline

from gong_source.runs.again import begin_again, until_loaded
from gong_source.streams.context import ReadContext
from gong_source.warehouse.duckdb_load import load_sparingly
from gong_source.warehouse.load_jobs import changed_clients
from gong_source.warehouse.removal import remove_purged
from gong_source.warehouse.store import Store
from gong_source.warehouse.suppression import Suppression

logger = logging.getLogger("gong_source")


@contextmanager
def kept_away(pipeline: Pipeline, context: ReadContext | None = None) -> Iterator[None]:
    """Have loads leave nothing of people who were purged meanwhile, as long as the block lasts.

    Args:
        pipeline: With a destination, and packages to load.
        context: Knows without whom the rows were read, and learns who was purged since; None where that is not known.
    """

    def change(client: Any) -> None:
        client.complete_load = partial(_complete, client.complete_load, partial(_remove, pipeline, context))

    with changed_clients(pipeline.destination, change):
        yield


def load_pending(pipeline: Pipeline) -> None:
    """Normalize and load what waits in a pipeline's folder, all of it from its beginning.

    Args:
        pipeline: With a destination.

    Raises:
        PipelineStepFailed: It can't be loaded.
    """
    begin_again(pipeline)
    with kept_away(pipeline):
        until_loaded(pipeline, lambda: load_sparingly(pipeline, pipeline.run))


def _complete(complete: Callable[[str], None], before: Callable[[str], None], load_id: str) -> None:
    before(load_id)
    complete(load_id)


def _remove(pipeline: Pipeline, context: ReadContext | None, load_id: str) -> None:
    with Store(pipeline) as store:
        purged = Suppression.load(store)()
        if purged and (context is None or purged.mark != context.purged(store).mark):
            logger.info("Somebody was purged since the rows of a load package were read: they are removed from it.")
            remove_purged(store, purged, load_id, context.settings.media_folder if context else None)
    if context is not None:
        context.know_purged(purged)
