"""A hook into dlt's load jobs, for what a destination does otherwise than its rows need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from dlt.common.destination import AnyDestination

Change = Callable[[Any], None]
FollowUp = Callable[..., Any]


def change_jobs(destination: AnyDestination, change: Change, follow_up: FollowUp | None = None) -> None:
    """Have something done to each load job that the destination's clients make, before it runs.

    Args:
        destination: It may have been told before; the first change stays.
        change: Is given the job.
        follow_up: Makes the jobs that follow once all files of a table were loaded; is given what makes dlt's, and its
            arguments. dlt's own where None.
    """
    if "client" not in vars(destination):
        destination.client = partial(_client, destination.client, change, follow_up)  # type: ignore[method-assign]


@contextmanager
def changed_clients(destination: Any, change: Change) -> Iterator[None]:
    """Have something done to each client that the destination makes, as long as the block lasts.

    Args:
        destination: Of a pipeline.
        change: Is given the client.
    """
    own = vars(destination).get("client")
    destination.client = partial(_changed, destination.client, change)
    try:
        yield
    finally:
        del destination.client  # the method of the class again
        if own is not None:
            destination.client = own


def _changed(make: Any, change: Change, *args: Any, **options: Any) -> Any:
    client = make(*args, **options)
    change(client)
    return client


def _client(make: Any, change: Change, follow_up: FollowUp | None, *args: Any, **options: Any) -> Any:
    client = make(*args, **options)
    client.create_load_job = partial(_job, client.create_load_job, change)
    if follow_up is not None:
        own = client.create_table_chain_completed_followup_jobs
        client.create_table_chain_completed_followup_jobs = partial(follow_up, own)
    return client


def _job(create: Any, change: Change, *args: Any, **options: Any) -> Any:
    job = create(*args, **options)
    change(job)
    return job
