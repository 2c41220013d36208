"""Where a command loads to: one DuckDB file for a folder, or what the configuration says; wrong names are refused."""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import dlt
from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigurationException,
    ConfigValueCannotBeCoercedException,
    InvalidNativeValue,
)
from dlt.common.configuration.resolve import inject_section
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.configuration.specs.config_section_context import ConfigSectionContext
from dlt.common.data_writers.buffered import BufferedDataWriter
from dlt.common.destination import AnyDestination, Destination
from dlt.common.destination.exceptions import DestinationException, UnknownDestinationModule
from dlt.common.exceptions import (
    DependencyVersionException,
    DltException,
    MissingDependencyException,
    PipelineException,
)
from dlt.common.runners.configuration import PoolRunnerConfiguration
from dlt.common.runtime.collector import NULL_COLLECTOR
from dlt.common.schema import Schema
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.load.configuration import LoaderConfiguration
from dlt.normalize.configuration import NormalizeConfiguration
from dlt.pipeline.pipeline import Pipeline

from gong_source.cli.database import check_file
from gong_source.cli.trouble import one_sentence
from gong_source.config import claim_folder, read_files
from gong_source.config.environment import OF_COMMANDS, refuse_quoted
from gong_source.errors import GongConfigError, GongDestinationError
from gong_source.tables import TABLES
from gong_source.warehouse.dialects import TESTED, check_destination, type_of
from gong_source.warehouse.lookups import known_types
from gong_source.warehouse.paths import check_path
from gong_source.warehouse.place import place_of
from gong_source.warehouse.schemas import forget_lost_schema, refuse_names
from gong_source.warehouse.store import SCHEMA
from gong_source.wording import chain_of, is_full

DATABASE = "gong.duckdb"
"""What every command of a folder loads into, whatever the pipeline's name."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
"""Pipeline and dataset names that are the same for dlt, a file system, an environment variable, toml and SQL."""

EXTRAS = ("bigquery", "snowflake", "postgres")
"""Destinations whose client library is an extra of this package."""

STEPS: dict[str, type[BaseConfiguration]] = {
    "normalize": NormalizeConfiguration,
    "load": LoaderConfiguration,
    "normalize.data_writer": BufferedDataWriter.BufferedDataWriterConfiguration,
}
"""Sections of the configuration in which dlt's steps have settings."""

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
"""How an address begins; a single letter is a drive of Windows."""


def open_pipeline(
    name: str,
    destination: str,
    dataset: str,
    progress: str = "none",
    configured: Callable[[], object] = lambda: None,
    reads: bool = False,
) -> Pipeline:
    """A pipeline whose destination is fully configured. Nothing is sent, and no database is opened.

    Args:
        name: Pipeline name.
        destination: dlt's name of the destination, or one that the configuration gives a ``destination_type``.
        dataset: Dataset name.
        progress: One of dlt's collectors, or ``none``.
        configured: Called when dlt has read its configuration, with which its log begins.
        reads: Whether nothing is to be loaded, so that a database will do that may only be read.

    Raises:
        GongConfigError: One of them can't be used; it says why.
    """
    for option, value in (("--pipeline-name", name), ("--dataset-name", dataset)):
        if not NAME.fullmatch(value):
            raise GongConfigError(
                f"{option} takes letters, digits and _, not a digit first and at most 64 of them; not {value!r}."
            )
    with refused(destination), known_types():
        read_files()
        configured()
        _check_folders()
        check_steps(name)
        target = _named(destination)
        target.client_class  # noqa: B018  # imports the client library
        check_destination(target)
        if type_of(target) == "duckdb":
            target = _one_file(target, name)
        elif type_of(target) == "ducklake":
            target.config_params["local_dir"] = str(local_file(""))  # else the folder of the pipeline's first run
        pipeline = dlt.pipeline(
            name,
            destination=target,
            dataset_name=dataset,
            progress=NULL_COLLECTOR if progress == "none" else progress,  # type: ignore[arg-type]
        )
        forget_lost_schema(pipeline)
        place = place_of(pipeline)
        if place["destination"] == "duckdb":
            # by the names that dlt makes of those that were typed
            check_file(Path(place["file"]), place["dataset"], reads)
    return pipeline


def _check_folders() -> None:
    """Refuse to work in folders that dlt can't write down, or that are others', or whose names in variables are quoted.

    Raises:
        GongConfigError: It can't; says what can be done.
    """
    refuse_quoted(OF_COMMANDS)
    context = dlt.current.run_context()
    claim_folder(Path(context.data_dir))
    for folder in (context.local_dir, context.data_dir):
        check_path(Path(folder).absolute())


def check_steps(pipeline: str) -> None:
    """Resolve what dlt's steps would resolve one by one, after requests were spent.

    Args:
        pipeline: Its name.

    Raises:
        GongConfigError: A setting can't be used.
    """
    with inject_section(ConfigSectionContext(pipeline_name=pipeline), merge_existing=False):
        for section, spec in STEPS.items():
            step = resolve_configuration(spec(), sections=tuple(section.split(".")), accept_partial=True)
            if isinstance(step, PoolRunnerConfiguration):
                _check_pool(section, step)
        try:
            naming = Schema(SCHEMA).naming
        except (ImportError, ValueError, DltException) as error:
            raise GongConfigError(f"The naming convention can't be used: {one_sentence(error)}") from error
        refuse_names(naming, TABLES)


def _check_pool(section: str, step: PoolRunnerConfiguration) -> None:
    if step.workers is not None and step.workers < 1:
        raise GongConfigError(f"The setting {section}.workers takes a number of at least 1, not {step.workers}.")
    if step.start_method not in (None, *(ways := multiprocessing.get_all_start_methods())):
        raise GongConfigError(f"The setting {section}.start_method takes {', '.join(ways)}, not {step.start_method!r}.")


def local_file(name: str) -> Path:
    """Absolute path of a file in the folder that dlt keeps local data in: the working directory by default.

    dlt would resolve a relative path against the folder in which a pipeline of that name ran first.

    Args:
        name: Relative or absolute.

    Raises:
        GongConfigError: dlt's configuration files can't be read.
    """
    read_files()
    return Path(dlt.current.run_context().local_dir, name).absolute()


def _one_file(target: AnyDestination, pipeline: str) -> AnyDestination:
    """DuckDB at an absolute path: the configured one, or :data:`DATABASE`."""
    with inject_section(ConfigSectionContext(pipeline_name=pipeline), merge_existing=False):
        sections = ("destination", target.destination_name, "credentials")
        credentials = resolve_configuration(DuckDbCredentials(), sections=sections)
    database = credentials.database or DATABASE
    if credentials.drivername != "duckdb" or credentials.host or ADDRESS.match(database):  # it may hold a password
        raise GongConfigError(
            f"The credentials of the destination {target.destination_name} are the path of a file, not an address. "
            "MotherDuck is a destination of its own: --destination motherduck."
        )
    if not Path(database).name.strip():
        raise InvalidNativeValue(DuckDbCredentials, str, ("credentials",), ValueError("blank"))
    if database.startswith(":memory:"):
        raise GongConfigError(
            "A database in memory is gone with the process: give DESTINATION__DUCKDB__CREDENTIALS a file."
        )
    if database != ":pipeline:":
        credentials.database = str(local_file(str(Path(database).expanduser())))
    return _named(target.destination_name, credentials=credentials)


def _named(destination: str, **options: Any) -> AnyDestination:
    return cast(AnyDestination, Destination.from_reference(destination, **options))


@contextmanager
def refused(destination: str) -> Iterator[None]:
    """Errors of dlt about names and configuration, as one sentence.

    Args:
        destination: dlt's name of it.

    Raises:
        GongConfigError: In place of them.
    """
    try:
        yield
    except (GongConfigError, KeyboardInterrupt):
        raise
    except (ImportError, DependencyVersionException) as error:
        needed = " ".join(f"'{each}'" for each in _what_to_install(destination, error))
        raise GongConfigError(
            f"A library is missing, install it with pip install {needed}: {one_sentence(error)}"
        ) from error
    except ConfigFieldMissingException as error:
        raise GongConfigError(_what_is_missing(destination, str(error))) from error
    except ConfigValueCannotBeCoercedException as error:
        raise GongConfigError(f"The configuration can't be used: {error}.") from error
    except InvalidNativeValue as error:  # what it was made of quotes the value, which may be a secret
        setting = ".".join(("destination", destination, *(error.embedded_sections or ("credentials",))))
        raise GongConfigError(
            f"The setting {setting} ({setting.replace('.', '__').upper()} in the environment) is empty or not what the "
            "destination takes: correct it, or leave it out."
        ) from None
    except ConfigurationException as error:
        raise GongConfigError(f"The configuration can't be used: {one_sentence(error)}") from error
    except UnknownDestinationModule as error:
        raise GongConfigError(
            f"There is no destination {destination!r}; there are {', '.join(TESTED)}, and dlt's other SQL destinations."
        ) from error
    except (DestinationException, PipelineException, GongDestinationError, OSError) as error:
        if any(map(is_full, chain_of(error))):
            raise  # nothing is wrong with what was configured
        raise GongConfigError(f"The pipeline can't be made: {one_sentence(error)}") from error
    except ValueError as error:  # dlt checks some values only where it uses them, such as a log level
        raise GongConfigError(f"The configuration can't be used: {one_sentence(error)}.") from error


def _what_to_install(destination: str, error: Exception) -> list[str]:
    """The libraries that dlt says are missing; else, or where it names an extra of its own, the destination's."""
    told = error.dependencies if isinstance(error, MissingDependencyException) else ()
    extra = f"gong-source[{destination}]" if destination in EXTRAS else f"dlt[{destination}]"
    return [each for each in told if not each.startswith("dlt[")] or [extra]


def _what_is_missing(destination: str, told: str) -> str:
    found: Any = re.search(r"missing field\(s\): ([`\w, ]+)", told, re.IGNORECASE) or re.search(r"`: ([`\w, ]+)", told)
    names = re.findall(r"\w+", found[1]) if found else ["credentials"]
    section = f"destination.{destination}.credentials"
    variables = f"{section.replace('.', '__').upper()}__{names[0].upper()}"
    return (
        f"The destination {destination} lacks {', '.join(names)}: set them under [{section}] in .dlt/secrets.toml, or "
        f"in the environment ({variables} and so on)."
    )
