"""The users of the company: who they are, whom they report to, how they are set up in Gong."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from random import Random

from gong_source.sandbox.clock import StampStyle
from gong_source.sandbox.generate.dice import big_id, chance, dice, pick
from gong_source.sandbox.lines.words import COMPANY_DOMAIN, FIRST_NAMES, LAST_NAMES
from gong_source.sandbox.messages import Json

SALES, SUCCESS, DEVELOPMENT = "sales", "success", "development"

# Title, and the share of the company below the top that has it.
_ROLES = (
    ("Account Executive", SALES, 7),
    ("Enterprise Account Executive", SALES, 4),
    ("Sales Development Representative", DEVELOPMENT, 5),
    ("Customer Success Manager", SUCCESS, 4),
    ("Solutions Engineer", SALES, 3),
    ("Support Specialist", SUCCESS, 2),
    ("Implementation Consultant", SUCCESS, 2),
)
_HEADS = (
    ("VP Sales", SALES),
    ("Director of Customer Success", SUCCESS),
    ("Sales Development Manager", DEVELOPMENT),
    ("Regional Sales Manager", SALES),
)
# One user in this many has left the company.
LEFT_EVERY = 11
_PROVIDERS = ("zoom", "googleMeet", "microsoftTeams")
_LANGUAGES = ("en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "nl-NL", "pt-BR")
_STYLES = (StampStyle(-420), StampStyle(0), StampStyle(None, 3), StampStyle(120), StampStyle(None, 6), StampStyle(None))


def make_users(seed: int, count: int, start: datetime) -> tuple[dict[str, Json], dict[str, str]]:
    """Make the users.

    Args:
        seed: The seed.
        count: How many.
        start: When the history starts; most users are older than that.

    Returns:
        Users by id, and the department of each.
    """
    random = dice(seed, "users")
    users: dict[str, Json] = {}
    departments: dict[str, str] = {}
    heads: list[str] = []
    taken: set[str] = set()
    for number in range(count):
        title, department = _position(random, number)
        user = _make_user(random, title, start, taken, active=number % LEFT_EVERY != LEFT_EVERY - 1)
        user["managerId"] = _manager(users, departments, heads, department, number)
        if number < len(_HEADS):
            heads.append(user["id"])
        users[user["id"]] = user
        departments[user["id"]] = department
    return users, departments


def make_avatars(seed: int, start: datetime) -> dict[str, Json]:
    """Make the synthetic users that stand for Gong's own staff."""
    random = dice(seed, "avatars")
    taken: set[str] = set()
    avatars = [_make_user(random, "Gong Support", start, taken, active=True) for _ in range(2)]
    for avatar in avatars:
        avatar["emailAddress"] = avatar["emailAddress"].replace(COMPANY_DOMAIN, "avatar.gong.example")
        avatar["trustedEmailAddress"] = None
        avatar["managerId"] = None
    return {avatar["id"]: avatar for avatar in avatars}


def full_name(user: Json) -> str:
    """Return a user's first and last name."""
    return f"{user['firstName']} {user['lastName']}"


def fresh_name(random: Random, taken: set[str]) -> tuple[str, str]:
    """Choose a name nobody has yet, while there are any left to find."""
    first, last = pick(random, FIRST_NAMES), pick(random, LAST_NAMES)
    for _ in range(20):
        if f"{first} {last}" not in taken:
            break
        first, last = pick(random, FIRST_NAMES), pick(random, LAST_NAMES)
    taken.add(f"{first} {last}")
    return first, last


def phone_number(random: Random) -> str:
    """Make a phone number from the range kept for fiction."""
    return f"+1 {random.randrange(201, 989)}-555-01{random.randrange(100):02d}"


def _position(random: Random, number: int) -> tuple[str, str]:
    if number < len(_HEADS):
        return _HEADS[number]
    title, department, _ = random.choices(_ROLES, [role[2] for role in _ROLES])[0]
    return title, department


def _manager(
    users: dict[str, Json], departments: dict[str, str], heads: list[str], department: str, number: int
) -> str | None:
    if number == 0:
        return None
    if number < len(_HEADS):
        return next(iter(users))
    return next(head for head in reversed(heads) if departments[head] == department)


def _make_user(random: Random, title: str, start: datetime, taken: set[str], *, active: bool) -> Json:
    first, last = fresh_name(random, taken)
    local = re.sub(r"[^a-z.]", "", f"{first}.{last}".lower())
    alias = f"{first[0].lower()}{local.partition('.')[2]}@{COMPANY_DOMAIN}"
    email = f"{local}{len(taken) if local in taken else ''}@{COMPANY_DOMAIN}"
    taken.add(local)
    created = start - timedelta(days=random.randrange(1, 900), milliseconds=random.randrange(86_400_000))
    return {
        "id": big_id(random),
        "emailAddress": email,
        "created": pick(random, _STYLES).write(created),
        "active": active,
        "emailAliases": [alias] if chance(random, 0.2) else [],
        "trustedEmailAddress": email if chance(random, 0.6) else None,
        "firstName": first,
        "lastName": last,
        "title": title,
        "phoneNumber": phone_number(random) if chance(random, 0.7) else None,
        "extension": str(random.randrange(100, 999)) if chance(random, 0.3) else None,
        "personalMeetingUrls": [f"https://zoom.example/my/{local}"] if chance(random, 0.6) else [],
        "settings": _settings(random, active),
        "managerId": None,
        "meetingConsentPageUrl": f"https://join.gong.example/brightwater/{local}" if chance(random, 0.5) else None,
        "conferencingProviders": _providers(random),
        "spokenLanguages": _spoken(random),
    }


def _settings(random: Random, active: bool) -> Json:
    return {
        "webConferencesRecorded": active,
        "preventWebConferenceRecording": False,
        "telephonyCallsImported": active and chance(random, 0.7),
        "emailsImported": active and chance(random, 0.9),
        "preventEmailImport": chance(random, 0.03),
        "nonRecordedMeetingsImported": chance(random, 0.8),
        "gongConnectEnabled": chance(random, 0.4),
    }


def _providers(random: Random) -> list[Json] | None:
    if chance(random, 0.3):
        return None
    names = random.sample(_PROVIDERS, random.randrange(1, 3))
    return [{"provider": name, "isDefault": place == 0} for place, name in enumerate(names)]


def _spoken(random: Random) -> list[Json]:
    names = random.sample(_LANGUAGES, random.randrange(1, 4))
    return [{"language": name, "primary": place == 0} for place, name in enumerate(names)]
