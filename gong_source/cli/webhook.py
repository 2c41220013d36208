"""``gong-source webhook``: receive Gong's webhooks, or load what was received."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from click.core import ParameterSource

from gong_source.cli.frame import Command
from gong_source.cli.loading import EXIT_CODES, Loading, loading_options, resource_list, resources_option
from gong_source.cli.numbers import PORT, Finite
from gong_source.cli.output import put
from gong_source.cli.paths import Named
from gong_source.cli.signals import stopping_in_order
from gong_source.errors import GongConfigError
from gong_source.runs.drain import run_drain
from gong_source.webhook.inbox import Inbox, InboxError

logger = logging.getLogger("gong_source.webhook")

BESIDE_A_SYNC = "gong_webhook"
"""Pipeline name of loads that may run while a sync does."""

LONGEST_PAUSE = 900.0
"""Seconds between attempts to load an inbox, however often they fail."""

CHILD_SECONDS = 10.0
"""How long a load may take to end when the receiver stops; it may be killed at any instant."""


@click.command(cls=Command, epilog=EXIT_CODES)
@loading_options(pipeline_name="gong", loads=True)
@resources_option
@click.option("--inbox", required=True, type=Named(), help="A SQLite file, or a directory for one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=PORT, help="0 takes a free one.")
@click.option(
    "--patience",
    default=30.0,
    show_default=True,
    type=Finite(min=0.1),
    metavar="SECONDS",
    help="How long a sender may take for the head of a request, and as long again for its body.",
)
@click.option("--load-every", type=Finite(min=1), metavar="SECONDS", help="Also load the inbox, this often.")
@click.option("--drain", is_flag=True, help="Load the inbox and exit; receive nothing.")
def webhook(
    loading: Loading,
    resources: str,
    inbox: Path,
    host: str,
    port: int,
    patience: float,
    load_every: float | None,
    drain: bool,
) -> None:
    """Receive webhooks at POST /gong (signed) and POST /gong/SECRET, and keep them until they are loaded.

    Run --drain from the scheduler that runs the sync, after it: they share the pipeline name. The default of
    --load-every is another one, gong_webhook, so that it may run beside a sync.
    """
    if drain and load_every:
        raise click.UsageError("--drain loads once; --load-every receives and loads again and again: give one of them.")
    loading.set_up_logging()
    if drain:
        loading.run(
            lambda pipeline: run_drain(
                pipeline,
                inbox,
                resources=resource_list(resources),
            )
        )
    source = click.get_current_context().get_parameter_source("pipeline_name")
    name = BESIDE_A_SYNC if source is ParameterSource.DEFAULT else loading.pipeline_name
    draining = replace(loading, pipeline_name=name)
    if load_every:
        draining.pipeline()  # so that wrong names are told now
    options = ["--inbox", str(inbox), "--resources", resources, *draining.options()]
    _serve(inbox, host, port, patience, load_every, options, loading.pipeline_name)


def _serve(
    path: Path,
    host: str,
    port: int,
    patience: float,
    load_every: float | None,
    options: Sequence[str],
    pipeline_name: str,
) -> None:
    own = logging.getLogger("gong_source")
    logging.basicConfig(handlers=own.handlers, level=own.level)  # the server's lines are to look like ours
    try:
        from gong_source.config import load_webhook_settings
        from gong_source.webhook.receiver import make_app
        from gong_source.webhook.server import listen, make_server
    except ImportError as error:
        raise GongConfigError(
            f"The receiver needs {error.name}; install it with: pip install 'gong-source[webhook]'"
        ) from error
    settings = load_webhook_settings(pipeline_name=pipeline_name)
    inbox = Inbox(path)
    app = make_app(settings, inbox, body_seconds=patience)
    try:
        listening = listen(host, port)
    except OSError as error:
        raise GongConfigError(f"{host} port {port} can't be listened on: {error.strerror}.") from error

    async def serve() -> None:
        loader = asyncio.create_task(_load_again_and_again(path, load_every, options)) if load_every else None
        try:
            await make_server(app, patience).serve(sockets=[listening])
        finally:
            if loader:
                loader.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await loader

    address = f"[{host}]" if ":" in host else host
    with contextlib.suppress(click.ClickException, BrokenPipeError):  # it is to receive whether or not this can be told
        put(f"receiving at http://{address}:{listening.getsockname()[1]}/gong, inbox {inbox.path}")
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(inbox), listening, stopping_in_order():
        asyncio.run(serve())


async def _load_again_and_again(path: Path, every: float, options: Sequence[str]) -> None:
    """Load the inbox in a process of its own, so that neither its work nor its end disturbs the receiver."""
    failures = 0
    while True:
        await asyncio.sleep(min(every * 2**failures, max(every, LONGEST_PAUSE)))
        try:
            with contextlib.closing(Inbox(path)) as inbox:
                waiting = inbox.pending_count()
        except InboxError as error:
            logger.error("%s", error)
            continue
        if not waiting:
            failures = 0
            continue
        command = (sys.executable, "-m", "gong_source.cli", "webhook", "--drain", *options)
        code = await _run(command)
        failures = min(failures + 1, 10) if code else 0
        if code:
            logger.error("Loading the inbox ended with exit code %s; it is tried again", code)


async def _run(command: Sequence[str]) -> int:
    child = await asyncio.create_subprocess_exec(*command)
    try:
        return await child.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(child.wait(), CHILD_SECONDS)
        except (TimeoutError, asyncio.TimeoutError):
            child.kill()
            await child.wait()
        raise
