"""Every command of ``gong-source``, in the order in which ``--help`` lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module

import click

from gong_source.cli.frame import Commands, MadeLater
from gong_source.version import __version__

COMMANDS = {
    "sync": "sync:sync",
    "backfill": "backfill:backfill",
    "reconcile": "reconcile:reconcile",
    "webhook": "webhook:webhook",
    "status": "status:status",
    "verify": "verify:verify",
    "views": "views:views",
    "report": "report:report",
    "dbt-sources": "dbt:dbt_sources",
    "export-transcripts": "export:transcripts",
    "streams": "streams:streams",
    "reset": "reset:reset",
    "purge": "purge:purge",
    "check": "check:check",
    "login": "login:login",
    "demo": "demo:demo",
    "sandbox": "sandbox:sandbox",
}
"""Names of commands; each is in a file of this folder, under a name there."""

READS = (
    "get_call",
    "list_calls",
    "get_transcripts",
    "get_user",
    "list_users",
    "list_workspaces",
    "list_library_folders",
    "list_folder_calls",
    "list_logs",
)
"""Methods of :class:`gong_source.api.GongClient`."""

PICKS = ("folders", "workspaces")
"""Functions of :mod:`gong_source.actions.picklists`."""

ACTIONS = (
    "calls",
    "meetings",
    "engagement",
    "privacy",
    "tasks",
    "flows",
    "crm",
    "permissions",
    "integrations",
)
"""Modules of :mod:`gong_source.actions`: each is a group, its functions are the commands."""


def _command(place: str) -> click.Command:
    module, _, name = place.partition(":")
    command: click.Command = getattr(import_module(f"gong_source.cli.{module}"), name)
    return command


def _reads() -> click.Group:
    text = "Read calls, transcripts, users, workspaces, the library and logs; lists are read whole."
    return _group("read", map(_method, READS), text)


def _method(name: str) -> Callable[..., object]:
    from gong_source.api import GongClient  # as in what follows: only where it is asked for

    method: Callable[..., object] = getattr(GongClient, name)
    return method


def _picks() -> click.Group:
    picklists = import_module("gong_source.actions.picklists")
    functions = tuple(getattr(picklists, name) for name in PICKS)
    return _group("pick", functions, "Choices for a form, as a list of label and key.")


def _group(name: str, functions: Iterable[Callable[..., object]], text: str) -> click.Group:
    from gong_source.cli.build import command_from

    group = Commands(name, help=text)
    for function in functions:
        group.add_command(command_from(function))
    return group


def _actions(module: str) -> click.Group:
    from gong_source.cli.build import group_of

    return group_of(import_module(f"gong_source.actions.{module}"), module)


def _raw() -> click.Command:
    from gong_source.cli.build import command_from

    return command_from(_method("raw_request"), "raw", body="json")


def _makers() -> Iterator[tuple[str, Callable[[], click.Command]]]:
    """Names of commands, and what makes each."""
    for name, place in COMMANDS.items():
        yield name, partial(_command, place)
    yield "read", _reads
    yield "pick", _picks
    for module in ACTIONS:
        yield module, partial(_actions, module)
    yield "raw", _raw


@click.group(cls=Commands, commands=MadeLater(dict(_makers())))
@click.version_option(__version__)
@click.option("--debug", is_flag=True, help="Show where an error came from.")
@click.pass_context
def main(ctx: click.Context, debug: bool) -> None:
    """Gong's data in your warehouse, and writes back to Gong.

    Credentials and settings come from .dlt/secrets.toml, .dlt/config.toml or the environment. Exit codes: 0 done, 1
    failed, 2 wrong usage or configuration, 73 another run of the pipeline is going on, 75 stopped by quota.
    """
    ctx.obj = {"debug": debug}
