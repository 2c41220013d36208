"""Every command of ``gong-source``, in the order in which ``--help`` lists them."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

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
from gong_source.cli.backfill import backfill
from gong_source.cli.build import command_from, group_of
from gong_source.cli.check import check
from gong_source.cli.dbt import dbt_sources
from gong_source.cli.demo import demo
from gong_source.cli.export import transcripts
from gong_source.cli.frame import Commands
from gong_source.cli.login import login
from gong_source.cli.purge import purge
from gong_source.cli.reconcile import reconcile
from gong_source.cli.report import report
from gong_source.cli.reset import reset
from gong_source.cli.sandbox import sandbox
from gong_source.cli.status import status
from gong_source.cli.streams import streams
from gong_source.cli.sync import sync
from gong_source.cli.verify import verify
from gong_source.cli.views import views
from gong_source.cli.webhook import webhook

COMMANDS: tuple[click.Command, ...] = (
    sync,
    backfill,
    reconcile,
    webhook,
    status,
    verify,
    views,
    report,
    dbt_sources,
    transcripts,
    streams,
    reset,
    purge,
    check,
    login,
    demo,
    sandbox,
)
"""Each is a file of this folder."""

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

PICKS: tuple[Callable[..., object], ...] = (picklists.folders, picklists.workspaces)

ACTIONS: tuple[ModuleType, ...] = (
    calls,
    meetings,
    engagement,
    privacy,
    tasks,
    flows,
    crm,
    permissions,
    integrations,
)
"""Each is a group; its functions are the commands."""


@click.group(cls=Commands)
@click.version_option(package_name="gong-source")
@click.option("--debug", is_flag=True, help="Show where an error came from.")
@click.pass_context
def main(ctx: click.Context, debug: bool) -> None:
    """Gong's data in your warehouse, and writes back to Gong.

    Credentials and settings come from .dlt/secrets.toml, .dlt/config.toml or the environment. Exit codes: 0 done, 1
    failed, 2 wrong usage or configuration, 73 another run of the pipeline is going on, 75 stopped by quota.
    """
    ctx.obj = {"debug": debug}


def _group(name: str, functions: tuple[Callable[..., object], ...], text: str) -> click.Group:
    group = Commands(name, help=text)
    for function in functions:
        group.add_command(command_from(function))
    return group


for _command in (
    *COMMANDS,
    _group("read", READS, "Read calls, transcripts, users, workspaces, the library and logs; lists are read whole."),
    _group("pick", PICKS, "Choices for a form, as a list of label and key."),
    *(group_of(_module, _module.__name__.rpartition(".")[2]) for _module in ACTIONS),
    command_from(GongClient.raw_request, "raw", body="json"),
):
    main.add_command(_command)
