"""The command ``gong-source``. Most of its commands are made from the functions that they call."""

from __future__ import annotations

from collections.abc import Callable

import click

from gong_source.actions import (
    calls,
    crm,
    engagement,
    flows,
    integrations,
    meetings,
    permissions,
    picklists,
    privacy,
    tasks,
)
from gong_source.api import GongClient
from gong_source.cli.build import Commands, command_from, group_of
from gong_source.cli.check import check
from gong_source.cli.login import login
from gong_source.cli.purge import purge

READS: tuple[Callable[..., object], ...] = (
    GongClient.get_call,
    GongClient.list_calls,
    GongClient.get_transcripts,
    GongClient.get_user,
    GongClient.list_users,
    GongClient.list_workspaces,
    GongClient.list_library_folders,
    GongClient.list_folder_calls,
    GongClient.list_logs,
)


@click.group(cls=Commands)
@click.version_option(package_name="gong-source")
def main() -> None:
    """Gong's data in your warehouse: helpers beside the pipelines.

    Credentials and settings are those of the pipelines: .dlt/secrets.toml, .dlt/config.toml or the environment. Results
    are JSON on standard output. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 75 stopped by quota.
    """


@main.command()
@click.option("--port", default=0, show_default="a free one", help="Port on 127.0.0.1.")
@click.option("--calls", default=400, show_default=True, help="Calls of the made-up company.")
@click.option("--users", default=30, show_default=True, help="Its users.")
@click.option("--days", default=180, show_default=True, help="How many days its history goes back.")
@click.option("--sentences", default=40, show_default=True, help="Sentences of a transcript, about.")
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same company.")
@click.option("--latency", default=0.0, show_default=True, help="Seconds each answer takes.")
@click.option("--lag", is_flag=True, help="Calls and transcripts appear as late as in reality.")
def sandbox(port: int, calls: int, users: int, days: int, sentences: int, seed: int, latency: float, lag: bool) -> None:
    """Serve a Gong API with made-up data until interrupted."""
    from gong_source.sandbox import serve

    serve(
        port=port,
        announce=click.echo,
        calls=calls,
        users=users,
        days=days,
        sentences=sentences,
        seed=seed,
        latency=latency,
        lag=lag,
    )


@main.group()
def read() -> None:
    """Read calls, transcripts, users, workspaces, the library and logs; lists are read to their end."""


@main.group()
def pick() -> None:
    """Choices for a form, as a list of label and key."""


for _read in READS:
    read.add_command(command_from(_read))
for _choices in (picklists.folders, picklists.workspaces):
    pick.add_command(command_from(_choices))
for _module in (calls, meetings, engagement, privacy, tasks, flows, crm, permissions, integrations):
    main.add_command(group_of(_module, _module.__name__.rpartition(".")[2]))
main.add_command(command_from(GongClient.raw_request, "raw", body="json"))
main.add_command(check)
main.add_command(login)
main.add_command(purge)
