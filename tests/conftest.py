"""What every test relies on: nothing of the user's machine reaches it, and contract tests can be made to count."""

import logging
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.config_providers_context import ConfigProvidersContainer
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.pipeline import PipelineContext
from dlt.common.runtime.run_context import RunContext
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from gong_source.warehouse.lookups import known_types

CONTRACT = Path(__file__).parent / "contract"

settings.register_profile("random", deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Other examples in each run; no machine is too slow for them."""
settings.register_profile("same", settings.get_profile("random"), derandomize=True, database=None)
"""What holds where no ``--hypothesis-profile`` is named: two runs of one commit come to the same verdict."""
settings.register_profile("few", settings.get_profile("same"), max_examples=10)
"""For the inner loop, and for Pythons on which the law is not what is tested."""
settings.load_profile("same")
providers._get_local_constants = providers.Constants
"""Else constants of all modules imported by then would be drawn too, and what is drawn turn on the tests before."""

for _number, _handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) == signal.SIG_IGN:  # as of a shell's background job, or under nohup
        signal.signal(_number, _handler)

_types = known_types()
_types.__enter__()
"""As in a command: dlt would ask some ten million times what types there are."""

CONFIGURATION = ("SOURCES__", "DESTINATION__", "DLT_", "RUNTIME__", "EXTRACT__", "NORMALIZE__", "LOAD__")
"""How the names of dlt's environment variables begin."""

LOGGERS = ("gong_source", "dlt", "py.warnings")
"""What a command that runs in the tests' own process sets up for the rest of it."""


@pytest.fixture(autouse=True)
def isolated(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Give each test an empty working directory, an empty dlt home and an environment that configures nothing."""
    if not request.node.get_closest_marker("live"):
        for name in [name for name in os.environ if name.startswith(CONFIGURATION)]:
            monkeypatch.delenv(name)
    dlt_home = tmp_path / ".dlt-home"
    monkeypatch.setenv("DLT_DATA_DIR", str(dlt_home))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setattr("dlt.common.runtime.run_context.global_dir", lambda: str(dlt_home))
    monkeypatch.chdir(tmp_path)
    _begin_anew(Container()[PluggableRunContext])
    loggers = [(each, list(each.handlers), each.propagate, each.level) for each in map(logging.getLogger, LOGGERS)]
    yield
    Container()[PipelineContext].deactivate()
    logging.captureWarnings(False)
    for logger, handlers, propagates, level in loggers:
        logger.handlers, logger.propagate = handlers, propagates
        logger.setLevel(level)


def _begin_anew(context: PluggableRunContext) -> None:
    """Have dlt read ``.dlt/`` of the new working directory, not the project's.

    Its own ``reload()`` resolves dlt's settings three times, which takes longer than most unit tests; like this they
    are resolved by the first pipeline of the test.
    """
    context.context = RunContext(None)
    context.providers = ConfigProvidersContainer(context.context.initial_providers())


@pytest.fixture
def one_day() -> None:
    """The present UTC day does not end during the test: where it is about to, its end is waited for."""
    left = -time.time() % 86_400
    if left < 180:
        time.sleep(left + 1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """No workers where only files or single tests are named: starting them would take longer than those tests.

    Else three for two cores: a test waits for a quarter of its time, for processes that it started, and for a clock.
    """
    named = [argument.partition("::")[0] for argument in config.args]
    cores = os.cpu_count() or 1
    return 0 if all(name.endswith(".py") for name in named) else cores + cores // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that no worker is left with it in the end; emulators are made meanwhile."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.get_closest_marker("xdist_group"):  # all of a group are one worker's: together they take long
        return 0
    slow = bool(item.get_closest_marker("slow"))
    if item.get_closest_marker("warehouse"):
        return 2 if slow else 3
    return 0 if slow else 1


def _must_not_skip(path: Path) -> bool:
    return os.environ.get("GONG_REQUIRE_CONTRACT") == "1" and path.is_relative_to(CONTRACT)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Turn a skipped contract test into a failed one where the contract tests are required."""
    return _skip_is_failure((yield), item.path)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """The same for a contract module that skips itself as a whole."""
    return _skip_is_failure((yield), collector.path)


def _skip_is_failure(report, path: Path):
    if report.skipped and not hasattr(report, "wasxfail") and _must_not_skip(path):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"GONG_REQUIRE_CONTRACT=1 and a contract test did not run. {reason}"
    return report


def pytest_collection_finish(session: pytest.Session):
    """No contract tests at all is as bad as skipped ones."""
    if not hasattr(session.config, "workerinput"):  # a worker can't refuse a run
        _must_be_among(item.path for item in session.items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(ids: list[str]):
    """The same where workers collect: each of them has found all tests."""
    _must_be_among(CONTRACT.parents[1] / name.partition("::")[0] for name in ids)


def _must_be_among(paths: Iterable[Path]):
    if _must_not_skip(CONTRACT) and not any(_must_not_skip(path) for path in paths):
        raise pytest.UsageError(f"GONG_REQUIRE_CONTRACT=1, but no test in {CONTRACT} was selected")
