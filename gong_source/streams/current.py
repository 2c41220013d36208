"""Which pipeline and load package of dlt rows are read for; none where a source is iterated without loading it."""

from __future__ import annotations

import dlt
from dlt.common.pipeline import current_pipeline
from dlt.common.storages.exceptions import CurrentLoadPackageStateNotAvailable
from dlt.common.storages.load_package import TLoadPackage, create_load_id
from dlt.pipeline.pipeline import Pipeline


def load_package() -> TLoadPackage | None:
    """The load package that is extracted, or None."""
    try:
        return dlt.current.load_package_state()
    except CurrentLoadPackageStateNotAvailable:
        return None


def package_id() -> str:
    """The id of the load package that is extracted; without one, an id that is newer than all that were loaded."""
    package = load_package()
    return package["load_id"] if package else create_load_id()


def loading_pipeline() -> Pipeline | None:
    """The pipeline that extracts, or None."""
    if load_package() is None:  # one that is merely active has nothing to do with it
        return None
    pipeline = current_pipeline()  # not dlt.current.pipeline(), which resolves all of a pipeline's configuration
    return pipeline if isinstance(pipeline, Pipeline) else None
