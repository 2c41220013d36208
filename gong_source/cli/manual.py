"""Help texts out of docstrings in Google's style."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

SECTIONS = ("Args", "Returns", "Yields", "Raises", "Attributes")


@dataclass(frozen=True)
class Manual:
    """A docstring in parts.

    Attributes:
        text: Everything before the sections.
        arguments: What is said of each argument.
        result: What is returned or yielded.
    """

    text: str
    arguments: dict[str, str]
    result: str


def read_manual(function: object) -> Manual:
    """The docstring of a function in parts.

    Args:
        function: Documented in Google's style.
    """
    pieces = re.split(rf"^({'|'.join(SECTIONS)}):\n", inspect.getdoc(function) or "", flags=re.MULTILINE)
    sections = {name: inspect.cleandoc("\n" + body) for name, body in zip(pieces[1::2], pieces[2::2], strict=True)}
    found = re.findall(r"^\*{0,2}(\w+): (.*(?:\n[ ]+.*)*)", sections.get("Args", ""), re.MULTILINE)
    arguments = {name: plain(text) for name, text in found}
    return Manual(
        plain_paragraphs(pieces[0]), arguments, plain(sections.get("Returns") or sections.get("Yields") or "")
    )


def plain(text: str) -> str:
    """Text on one line, without marks for code.

    Args:
        text: As in a docstring.
    """
    return re.sub(r"\s+", " ", re.sub(r":\w+:`~?([^`]+)`", r"\1", text).replace("``", "")).strip()


def plain_paragraphs(text: str) -> str:
    """The same for each paragraph.

    Args:
        text: As in a docstring.
    """
    return "\n\n".join(plain(paragraph) for paragraph in text.strip().split("\n\n"))
