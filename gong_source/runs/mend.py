"""What is left in dlt's working folder where a process was killed between two of dlt's steps, and dlt can't go on.

What dlt moves comes as a whole, in one step. But it deletes file by file, and does one after the other what belongs
together. Where it is killed in between, it takes what is left for something that is yet to be done, at every run. So
what it had begun is brought to its end, before anything else of a run looks at the folder.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from dlt.common.storages import LoadStorage, NormalizeStorage, PackageStorage
from dlt.pipeline.pipeline import Pipeline


def mend_folder(pipeline: Pipeline) -> None:
    """Bring a pipeline's working folder to where dlt can go on from it; mostly there is nothing to be done.

    Args:
        pipeline: Whose folder; nobody else works in it.

    Raises:
        PipelineStepFailed: Packages were being dropped, and still can't be.
    """
    _complete_folders(pipeline)
    _remove_begun(pipeline)
    load, extracted = pipeline._get_load_storage(), pipeline._get_normalize_storage().extracted_packages
    for load_id in pipeline.list_normalized_load_packages():
        if load.normalized_packages.is_package_completed(load_id):  # its rows are there; the last step was to move it
            load.storage.rename_tree(load.get_normalized_package_path(load_id), load.get_loaded_package_path(load_id))
    for load_id in pipeline.list_extracted_load_packages():
        if _is_left_over(extracted, load_id, load):
            extracted.delete_package(load_id)
        else:
            _keep_schema(pipeline, extracted, load_id)
    if any(map(load.normalized_packages.has_abort_flag, pipeline.list_normalized_load_packages())):
        pipeline.load()  # else it would drop what comes next as well, in place of loading it


def _complete_folders(pipeline: Pipeline) -> None:
    """Make what belongs into them: dlt takes a folder for ready as soon as it is there."""
    if os.path.isdir(os.path.join(pipeline.working_dir, "load")):
        LoadStorage(True, [], pipeline._load_storage_config())
    if os.path.isdir(os.path.join(pipeline.working_dir, "normalize")):
        NormalizeStorage(True, pipeline._normalize_storage_config())


def _remove_begun(pipeline: Pipeline) -> None:
    """Delete packages that were not extracted or normalized whole: nobody goes on with them, and they hold rows."""
    home = Path(pipeline.working_dir)
    for folder in (*home.glob("normalize/*/"), *home.glob(f"load/{LoadStorage.NEW_PACKAGES_FOLDER}/*/")):
        if folder.is_dir() and folder.name != NormalizeStorage.EXTRACTED_FOLDER:
            shutil.rmtree(folder, ignore_errors=True)


def _is_left_over(extracted: PackageStorage, load_id: str, load: LoadStorage) -> bool:
    """Whether an extracted package was being deleted: it was normalized, or a part of it is gone."""
    schema, jobs = PackageStorage.SCHEMA_FILE_NAME, PackageStorage.NEW_JOBS_FOLDER
    for normalized in (load.normalized_packages, load.loaded_packages):
        if normalized.storage.has_file(os.path.join(load_id, schema)):
            return True
    has_schema = extracted.storage.has_file(os.path.join(load_id, schema))
    return not (has_schema and extracted.storage.has_folder(os.path.join(load_id, jobs)))


def _keep_schema(pipeline: Pipeline, extracted: PackageStorage, load_id: str) -> None:
    """Give the pipeline the schema that a package was extracted with, where it has the one before that.

    dlt keeps it after the package, and would normalize by the older one: without what it doesn't know of the rows.
    """
    schema = extracted.load_schema(load_id)
    if schema.name in pipeline.schemas and pipeline.schemas[schema.name].stored_version_hash in schema.previous_hashes:
        pipeline.schemas.save_schema(schema, link_import_schema=False)
