"""Why a load package was not loaded, in a sentence that quotes nothing of its rows."""

from __future__ import annotations

from pathlib import Path

from dlt.common.destination.exceptions import DestinationException
from dlt.destinations.exceptions import DestinationConnectionError
from dlt.load.exceptions import LoadClientJobException, LoadClientJobRetry
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongDestinationError, GongError, GongLoadError
from gong_source.warehouse.dialects import type_of
from gong_source.warehouse.place import place_of
from gong_source.wording import chain_of, in_a_line, is_full

CONSTRAINT = (
    "Drop what somebody put on the table, such as a constraint or a unique index: loads delete rows and make them anew"
)

MEANWHILE = (
    "Another run changed the same tables at the same time; once it is done, the same command goes on with the rest"
)

DENIED = {
    "25006": "Use a server, and a role, that may write",
    "42501": "Give the role that right, or use one that has it",
    "2BP01": "Drop first what somebody built on it, such as a view, and make that again afterwards",
    **dict.fromkeys(("23001", "23502", "23503", "23505", "23514", "23P01"), CONSTRAINT),
    **dict.fromkeys(("40001", "40P01", "55P03"), MEANWHILE),
}
"""What to do, by PostgreSQL's code of an error: what may only be read, a right is missing, something depends on what is
dropped, a constraint does not hold, two transactions wait for each other."""

OF_DLT = "__dlt_id_key"
"""How PostgreSQL names dlt's own constraint, the only one that dlt makes."""


def told_of(pipeline: Pipeline, error: BaseException) -> GongError | None:
    """What a person is told of a load that failed; None where it was not the destination that failed.

    Args:
        pipeline: With the package, which stays in its folder.
        error: As dlt raised it.
    """
    chain = chain_of(error)
    if any(isinstance(each, (GongError, KeyboardInterrupt)) for each in chain):
        return None
    if any(map(is_full, chain)):
        return full_disk(pipeline)
    if refusal := denied(pipeline, error):
        return GongLoadError(refusal)
    is_cut = any(map(_is_cut, chain))
    if is_cut or any(isinstance(each, (LoadClientJobRetry, DestinationConnectionError)) for each in chain):
        failed = "broke off" if is_cut else "failed again and again during a load, the last time with"
        return GongDestinationError(
            f"The destination {type_of(pipeline.destination)} {failed}: {_said(pipeline, chain[-1])}. What was "
            "committed stays; once it can be reached, the same command goes on with the rest."
        )
    if any(isinstance(each, DestinationException) for each in chain):
        return _refusal(pipeline, chain)
    return None


def _is_cut(error: BaseException) -> bool:
    """Whether a connection to PostgreSQL broke off: its driver gives no code then, or that of a server that ends."""
    code = getattr(error, "pgcode", "")
    return type(error).__name__ in ("OperationalError", "AdminShutdown") and (code is None or code.startswith("57P"))


def denied(pipeline: Pipeline, error: BaseException) -> str:
    """What a person is told where PostgreSQL does not let its tables be changed, for good or now; empty for all else.

    Args:
        pipeline: Whose tables they are.
        error: As dlt raised it.
    """
    for each in chain_of(error):
        if advice := DENIED.get(str(getattr(each, "pgcode", ""))):
            diag = getattr(each, "diag", None)
            if str(getattr(diag, "constraint_name", "")).endswith(OF_DLT):
                advice = MEANWHILE
            named = {str(getattr(diag, f"{what}_name", "")) for what in ("schema", "table", "column", "constraint")}
            said = in_a_line(each, _names(pipeline) | named).rstrip(".")
            return f"The destination does not let that be done: {said}. {advice}."
    return ""


def full_disk(pipeline: Pipeline) -> GongDestinationError:
    """What a person is told where there is no room for what is written.

    Args:
        pipeline: That was to write it, into its working folder or its destination.
    """
    places = [pipeline.working_dir, place_of(pipeline).get("file")]
    return GongDestinationError(
        f"The disk is full, or a quota of it is used up, so that nothing more can be written to "
        f"{' or '.join(place for place in places if place)}. What was committed stays; once there is room, the same "
        "command goes on with the rest."
    )


def _refusal(pipeline: Pipeline, chain: list[BaseException]) -> GongLoadError:
    folder, what = Path(pipeline.working_dir), "what was to be loaded"
    job = next((each for each in chain if isinstance(each, LoadClientJobException)), None)
    if job is not None:
        folder = folder / "load" / "normalized" / job.load_id
        what = f"rows of {job.job_id.partition('.')[0]}"
    return GongLoadError(
        f"The destination {type_of(pipeline.destination)} refused {what}: {_said(pipeline, chain[-1])}. "
        f"What was committed stays. The rows are in {folder}, and so are its own words, which quote them."
    )


def _said(pipeline: Pipeline, error: BaseException) -> str:
    """In the destination's words, as far as they name tables and columns and not what stands in them."""
    return in_a_line(error, _names(pipeline)).rstrip(".")


def _names(pipeline: Pipeline) -> set[str]:
    names = {pipeline.dataset_name}
    for schema in pipeline.schemas.values():
        names |= {name for table in schema.tables.values() for name in (table["name"] or "", *table["columns"])}
    return names
