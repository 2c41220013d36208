"""Commands made from functions: arguments from signatures, help from docstrings, results as JSON."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import ModuleType
from typing import Any

import click
import orjson

from gong_source.actions.model import Action, hints_of
from gong_source.api import GongClient
from gong_source.api.raw import only_reads
from gong_source.cli.frame import Command, Commands
from gong_source.cli.manual import read_manual
from gong_source.cli.output import put
from gong_source.cli.signals import at_signal
from gong_source.cli.values import is_required, kind_of, read_json, value_of
from gong_source.wording import listed

FROM_FILE = "from_file"
CONFIRM = "confirm"
CALLER = ("client", "self")


def command_from(function: Callable[..., Any], name: str | None = None, body: str = "") -> click.Command:
    """A command that calls a function with a client, and prints what it returns.

    Args:
        function: Its first parameter is the client; those that are keyword-only or have a default become options, the
            others arguments.
        name: Of the command; the function's own by default.
        body: The parameter that ``--from-file`` fills; by default the file is an object of parameters.
    """
    manual = read_manual(function)
    signature = {key: one for key, one in inspect.signature(function).parameters.items() if key not in CALLER}
    confirm = getattr(function, "action", Action(None)).confirm  # type: ignore[arg-type]
    parameters = [
        _parameter(one, hints_of(function)[key], manual.arguments.get(key, "")) for key, one in signature.items()
    ]
    if body or any(one.kind is one.KEYWORD_ONLY for one in signature.values()):
        parameters.append(_from_file(body))
    if confirm:
        parameters.append(
            click.Option([f"--{CONFIRM}"], required=True, metavar="VALUE", help=f"{_flag(confirm)} again, to be sure.")
        )

    def run(**typed: Any) -> None:
        content = typed.pop(FROM_FILE, None)
        again = typed.pop(CONFIRM, None)
        arguments = _from_content(content, signature, body)
        for key, one in signature.items():
            value = value_of(kind_of(hints_of(function)[key]), typed[key])
            if value is not None:
                arguments[key] = value
            if is_required(one) and key not in arguments:
                raise click.UsageError(f"Missing option '--{_flag(key)}', or {key} in --from-file.")
        if confirm and again != arguments[confirm]:
            raise click.UsageError(f"--{CONFIRM} does not repeat {confirm}. Nothing was sent.")
        with GongClient.from_config() as client, at_signal(partial(_left_by, client)):
            print_result(function(client, **arguments), acts=_acts(function, arguments))

    help_text = manual.text + (f"\n\nPrints: {manual.result}" if manual.result else "")
    return Command(name or _flag(function.__name__), params=parameters, callback=run, help=help_text)


def group_of(module: ModuleType, name: str) -> click.Group:
    """The actions of a module as a group of commands.

    Args:
        module: With actions.
        name: Of the group.
    """
    group = Commands(name, help=read_manual(module).text)
    for function in actions_of(module):
        group.add_command(command_from(function))
    return group


def actions_of(module: ModuleType) -> Iterator[Callable[..., Any]]:
    """The actions that a module defines, in their order.

    Args:
        module: With actions.
    """
    for function in vars(module).values():
        if hasattr(function, "action") and function.__module__ == module.__name__:
            yield function


def print_result(result: Any, acts: bool = False) -> None:
    """Print JSON; an iterator as a list, record after record as they come.

    Args:
        result: Of a function.
        acts: Whether something was done that the result tells of, and must not be lost with it.
    """
    if not isinstance(result, Iterator):
        put(_json(result), done=f"Gong has done what was asked for: {orjson.dumps(result).decode()}" if acts else "")
        return
    separator = "["
    for record in result:
        put(f"{separator}\n{_json(record)}", lines=False)
        separator = ","
    put("[]" if separator == "[" else "\n]")


def _left_by(client: GongClient) -> str:
    """What to tell where a signal ends the command."""
    return str(client.exchange.cut_off("stopped by a signal") or "stopped by a signal; nothing was changed in Gong")


def _acts(function: Callable[..., Any], arguments: Mapping[str, Any]) -> bool:
    """Whether it changes something at Gong, or may, where that is not known of a raw request."""
    if function is GongClient.raw_request:
        return not only_reads(arguments["method"], arguments["path"], arguments.get("reads"))
    action = getattr(function, "action", None)
    return action is not None and not action.endpoint.reads


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _parameter(one: inspect.Parameter, annotation: Any, help_text: str) -> click.Parameter:
    kind = kind_of(annotation)
    if one.kind is not one.KEYWORD_ONLY and is_required(one):
        return click.Argument([one.name], type=kind.type, metavar=one.name.upper())
    default = "" if one.default in (None, one.empty, False) else f"By default {_shown(one.default)}."
    words = " ".join(word for word in (help_text, kind.note, default, "Required." * is_required(one)) if word)
    flag = _flag(one.name)
    if kind.flag:
        return click.Option([f"--{flag}/--no-{flag}"], default=None, help=words)
    return click.Option([f"--{flag}", one.name], type=kind.type, multiple=kind.many, help=words)


def _shown(default: Any) -> str:
    return " and ".join(map(str, default)) if isinstance(default, tuple) else str(default)


def _from_file(body: str) -> click.Option:
    what = f"the {body} body" if body else "an object of the options, with underscores; options that are given win"
    return click.Option(
        [f"--{_flag(FROM_FILE)}", FROM_FILE], metavar="FILE", help=f"JSON file with {what}. - is stdin."
    )


def _from_content(path: str | None, signature: Mapping[str, inspect.Parameter], body: str) -> dict[str, Any]:
    if path is None:
        return {}
    content = read_json(path)
    if body:
        return {body: content}
    if not isinstance(content, dict):
        raise click.UsageError(f"{path} must hold a JSON object.")
    known = [key for key, one in signature.items() if one.kind is one.KEYWORD_ONLY]
    if unknown := sorted(set(content) - set(known)):
        raise click.UsageError(f"{path} has no use for {listed(unknown)}; it takes {', '.join(known)}.")
    return {key: value for key, value in content.items() if value is not None}


def _flag(name: str) -> str:
    return name.replace("_", "-")
