"""The workspaces that lists are asked for one by one, and what Gong refuses for the sake of one."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import timedelta

from gong_source.errors import GongBadRequestError, GongError, GongForbiddenError, GongNotFoundError, GongRequestError
from gong_source.streams.all import CALLS, WORKSPACES
from gong_source.streams.context import ReadContext
from gong_source.streams.due import Due
from gong_source.streams.set_aside import Place
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import EVERYTHING
from gong_source.streams.stream import Snapshot, Stream
from gong_source.warehouse.queries import workspaces_stored

logger = logging.getLogger("gong_source")

WORKSPACE = "workspace_id"
"""Column of the workspace that a record was listed in."""

LISTED = "listed"
"""Where the state of the workspaces keeps the ids that Gong listed the last time, whatever became of the rows."""

REFUSALS = (GongBadRequestError, GongForbiddenError, GongNotFoundError)
"""What Gong may say of one workspace while it answers for others."""


def ask_workspaces(stream: Stream, context: ReadContext, source_state: SourceState) -> None:
    """Ask the destination for the workspaces while they are not due to be listed again.

    Args:
        stream: A list that is about to be read.
        context: Shared by the run.
        source_state: When the workspaces were listed.
    """
    if isinstance(stream.reads, Snapshot) and stream.reads.each_workspace and WORKSPACES.name in context.streams:
        workspaces = context.streams[WORKSPACES.name]
        known = context.stored_workspaces is not None or context.asked_workspaces is not None
        if not known and not Due(workspaces, context, source_state).now:
            context.asked_workspaces = workspaces_stored(source_state.store)


def spare_workspaces(context: ReadContext) -> None:
    """Take them from there.

    Args:
        context: Shared by the run.
    """
    if context.asked_workspaces is not None:
        context.stored_workspaces, context.asked_workspaces = sorted(context.asked_workspaces()), None


def tell_refused(stream: Stream, context: ReadContext, refused: Mapping[str, GongRequestError], *, some: bool) -> None:
    """Set aside what Gong refused for the sake of a workspace: what is there of it stays.

    Args:
        stream: That asked.
        context: Shared by the run.
        refused: Errors by workspace.
        some: Whether Gong answered for another one.

    Raises:
        GongRequestError: It answered for none.
        GongTooManyRejected: More was refused than may be set aside.
    """
    for workspace, error in refused.items():
        if not some:
            raise error
        context.rejected.add(stream, Place(workspace), {WORKSPACE: workspace}, str(error), workspace)
    context.rejected.check(stream)


def tell_appeared(
    stream: Stream, context: ReadContext, source_state: SourceState, there: Collection[str], listed: Collection[str]
) -> None:
    """Say how to load the past of workspaces that the key was let see since: what was read for all counts as read.

    Args:
        stream: Any list; the workspaces' own tells.
        context: Shared by the run.
        source_state: What was read of calls; keeps what was listed.
        there: Ids that the destination has.
        listed: Ids that Gong lists.
    """
    if stream is not WORKSPACES:
        return
    raw = source_state.of(stream.name).raw
    appeared = sorted(set(listed) - {*there, *raw.get(LISTED, ())}) if there else []
    raw[LISTED] = sorted(listed)
    if not appeared or context.settings.workspace_ids or CALLS.name not in context.streams:
        return
    if read := source_state.of(CALLS.name).covered(EVERYTHING):
        start, end = next(iter(read)).start, context.now + timedelta(days=1)
        told = GongError(
            f"Gong lists {', '.join(appeared)}, and did not the last time. Of what the key now sees there only the "
            f"look-back is loaded by itself; `gong-source reconcile --start-date {start:%Y-%m-%d} "
            f"--end-date {end:%Y-%m-%d}` brings calls and transcripts from before it."
        )
        logger.warning("%s: %s", stream.name, told)
        context.notices[stream.name] = told
