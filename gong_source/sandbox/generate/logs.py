"""Audit log entries of the five types, spread over the history."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta
from random import Random
from typing import Any

from gong_source.sandbox.clock import StampStyle
from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.dice import big_id, chance, dice, pick
from gong_source.sandbox.generate.people import full_name
from gong_source.sandbox.generate.plan import CallPlan
from gong_source.sandbox.messages import Json
from gong_source.sandbox.world import LOG_TYPES, log_time

_STYLES = (StampStyle(-420), StampStyle(0, 3), StampStyle(None, 3), StampStyle(None, 6), StampStyle(None))
_DEVICES = ("WEB", "IOS", "ANDROID")
_SHARED = "CALL_SHARED_EXTERNALLY"
_ACTIONS = (
    (_SHARED, "call"), ("SETTINGS_CHANGED", "settings"), ("IMPERSONATION_STARTED", "user"),
    ("CALL_DELETED", "call"), ("API_KEY_CREATED", "apiKey"), ("PERMISSION_PROFILE_CHANGED", "profile"),
)  # fmt: skip
_PAGES = ("/home", "/call", "/deals", "/team/stats", "/settings/users", "/library")
ACCESS_LOG_DAYS = 14


def make_logs(company: Company, plans: list[CallPlan]) -> dict[str, list[Json]]:
    """Make all log entries of a company."""
    random = dice(company.seed, "logs")
    logs: dict[str, list[Json]] = {kind: [] for kind in LOG_TYPES}
    for plan in plans:
        _log_plays(random, company, plan, logs)
        if chance(random, 0.3):
            _log_sharing(random, company, plan, logs)
    _log_activity(random, company, plans, logs["UserActivityLog"])
    _log_access(random, company, max(12, len(plans) // 3), logs["AccessLog"])
    for entries in logs.values():
        _add_twin(entries)
        entries.sort(key=log_time)
    return logs


def _log_plays(random: Random, company: Company, plan: CallPlan, logs: dict[str, list[Json]]) -> None:
    for sequence in range(random.choice((0, 0, 1, 1, 2, 4))):
        when = _after(random, company, plan)
        record = _play(random, plan, when) | {"sequence_num": sequence}
        coach = company.users.get(plan.host["managerId"] or "") if chance(random, 0.2) else None
        logs["UserCallPlay"].append(_by_user(random, company, when, record, coach))


def _log_sharing(random: Random, company: Company, plan: CallPlan, logs: dict[str, list[Json]]) -> None:
    when = _after(random, company, plan)
    sharing = big_id(random)
    viewer = f"203.0.113.{random.randrange(1, 255)}"
    seen = {"call_id": plan.id, "time_based_secure_sharing_id": sharing, "page_viewer_ip": viewer}
    logs["ExternallySharedCallAccess"].append(_by_outsider(random, when, seen))
    if chance(random, 0.7):
        record = _play(random, plan, when) | {"sequence_num": "0", "time_based_secure_sharing_id": sharing}
        logs["ExternallySharedCallPlay"].append(_by_outsider(random, when + timedelta(seconds=3), record))


def _log_activity(random: Random, company: Company, plans: list[CallPlan], entries: list[Json]) -> None:
    for _ in range(max(6, len(plans) // 8)):
        action, target = pick(random, _ACTIONS)
        when = _any_time(random, company.start, company.end)
        over = bisect_left(plans, when, key=lambda plan: plan.started) - 1
        key = plans[over].id if action == _SHARED and over >= 0 else big_id(random)
        record = {"action": action, "target_type": target, "target_id": key, "details": {"source": "UI"}}
        entries.append(_by_user(random, company, when, record))


def _log_access(random: Random, company: Company, count: int, entries: list[Json]) -> None:
    start = max(company.start, company.end - timedelta(days=ACCESS_LOG_DAYS))
    for _ in range(count):
        when = _any_time(random, start, company.end)
        record = {
            "url": f"https://app.gong.example{pick(random, _PAGES)}",
            "ip_address": f"198.51.100.{random.randrange(1, 255)}",
            "http_status": random.choice((200, 200, 200, 302, 404)),
        }
        entries.append(_by_user(random, company, when, record))


def _play(random: Random, plan: CallPlan, when: datetime) -> dict[str, Any]:
    start = random.uniform(0, plan.seconds * 0.8)
    return {
        "call_id": plan.id,
        "video_player_instance_id": f"{random.getrandbits(64):016x}",
        "play_speed": random.choice((1, 1.25, 1.5, 2)),
        "device": pick(random, _DEVICES),
        "start_time": round(start, 2),
        "end_time": round(start + random.uniform(5, plan.seconds * 0.2), 2),
        "event_time_on_device": StampStyle(None, 3).write(when - timedelta(seconds=2)),
        "offline": False,
        "live": False,
    }


def _by_user(random: Random, company: Company, when: datetime, record: Json, user: Json | None = None) -> Json:
    user = user or pick(random, list(company.users.values()))
    helper = pick(random, list(company.avatars.values())) if chance(random, 0.03) else None
    return {
        "userId": user["id"],
        "userEmailAddress": user["emailAddress"],
        "userFullName": full_name(user),
        "impersonatorUserId": helper and helper["id"],
        "impersonatorEmailAddress": helper and helper["emailAddress"],
        "impersonatorFullName": helper and full_name(helper),
        "impersonatorCompanyId": helper and company.company_id,
        "eventTime": pick(random, _STYLES).write(when),
        "logRecord": record,
    }


def _by_outsider(random: Random, when: datetime, record: Json) -> Json:
    return {"eventTime": pick(random, _STYLES).write(when), "logRecord": record}


def _add_twin(entries: list[Json]) -> None:
    if len(entries) > 1:
        other = entries[-2]["logRecord"]
        twin = {**entries[-1]["logRecord"], **{key: other[key] for key in list(other)[:2]}}
        entries.append({**entries[-1], "logRecord": twin})


def _after(random: Random, company: Company, plan: CallPlan) -> datetime:
    when = plan.ended + timedelta(milliseconds=int(random.expovariate(1 / 90_000) * 1000) + 300_000)
    return min(when, company.end - timedelta(milliseconds=random.randrange(1, 900_000)))


def _any_time(random: Random, start: datetime, end: datetime) -> datetime:
    return start + timedelta(milliseconds=int(random.random() * (end - start).total_seconds() * 1000))
