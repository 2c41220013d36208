"""The library: a tree of folders in each workspace, with calls and snippets in them."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from urllib.parse import quote

import orjson

from gong_source.sandbox.clock import StampStyle
from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.dice import big_id, chance, dice, pick
from gong_source.sandbox.generate.plan import CallPlan
from gong_source.sandbox.messages import Json
from gong_source.sandbox.world import World

# A folder's name and its parent's place in this list.
TREE = (
    ("Sales onboarding", None),
    ("Discovery", 0),
    ("Great first questions", 1),
    ("Listen before you answer", 2),
    ("Objections", 0),
    ("Pricing talks", None),
    ("Handling discounts", 5),
    ("Customer stories", None),
    ("Empty for now", 7),
)
_EMPTY = "Empty for now"
_NOTES = ("Best opening of the month", "Listen to the pause after the price", "How to recover from a bad start", None)
_STYLES = (StampStyle(-420), StampStyle(None), StampStyle(0, 3))


def fill_library(company: Company, plans: list[CallPlan], world: World) -> None:
    """Put folders and their content into the world."""
    for number, workspace in enumerate(company.workspaces):
        random = dice(company.seed, "library", number)
        own = [plan for plan in plans if plan.workspace == workspace] or plans
        _fill_workspace(random, company, workspace, own, world)


def snippet_url(call_id: str, snippet: Json | None) -> str:
    """Return the address of a call or of a snippet in it."""
    url = f"https://app.gong.example/call?id={call_id}"
    if snippet is None:
        return url
    mark = orjson.dumps([{"to": snippet["toSec"], "from": snippet["fromSec"], "type": "LIBRARY"}]).decode()
    return f"{url}&highlights={quote(mark)}"


def _fill_workspace(random: Random, company: Company, workspace: str, plans: list[CallPlan], world: World) -> None:
    keys: list[str] = []
    for name, parent in TREE:
        folder: Json = {
            "id": big_id(random),
            "name": name,
            "parentFolderId": None if parent is None else keys[parent],
            "createdBy": pick(random, list(company.users)),
            "updated": pick(random, _STYLES).write(_recently(random, company)),
        }
        keys.append(folder["id"])
        world.folders[folder["id"]] = folder
        world.folder_workspaces[folder["id"]] = workspace
        world.folder_calls[folder["id"]] = [] if name == _EMPTY or not plans else _content(random, company, plans)


def _content(random: Random, company: Company, plans: list[CallPlan]) -> list[Json]:
    chosen = [pick(random, plans) for _ in range(random.randrange(2, 7))]
    entries = [_entry(random, company, plan, whole=place == 0) for place, plan in enumerate(chosen)]
    entries.append(_entry(random, company, chosen[-1], whole=False))
    return entries


def _entry(random: Random, company: Company, plan: CallPlan, whole: bool) -> Json:
    start = random.randrange(0, max(1, plan.seconds // 2))
    snippet = None if whole else {"fromSec": start, "toSec": start + random.randrange(10, max(11, plan.seconds // 3))}
    entry: Json = {
        "id": plan.id,
        "title": plan.title,
        "note": pick(random, _NOTES),
        "addedBy": pick(random, list(company.users)),
        "created": pick(random, _STYLES).write(_recently(random, company)),
        "url": snippet_url(plan.id, snippet),
    }
    if snippet is not None or chance(random, 0.5):
        entry["snippet"] = snippet
    return entry


def _recently(random: Random, company: Company) -> datetime:
    span = (company.end - company.start).total_seconds()
    return company.end - timedelta(seconds=random.randrange(1, int(max(2.0, span * 0.5))))
