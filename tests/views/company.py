"""A made-up company with what makes joins go wrong, and what Gong's API shows of it, before any table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from tests.pipeline.harness import Tenant
from tests.pipeline.truth.api import PlainApi, Rows
from tests.pipeline.truth.calls import SELECTOR

UNKNOWN_HOST = "999999999999"
SUNDAY_NIGHT = "2026-05-17T23:40:00Z"
MONDAY_MORNING = "2026-05-18T00:20:00Z"


@dataclass(frozen=True)
class Odd:
    """Ids of calls that are not as most.

    Attributes:
        shared: Two of its participants share a speaker id, the first of them without a name.
        hostless: It has no host.
        stranger: Its host is no user, and has another name than in another call.
        crowded: Linked to two systems that use the same id, and to two accounts; names in it have line breaks.
        sunday: It started on a Sunday at 23:40 UTC, and its host said nothing.
        monday: The same night at 00:20 UTC; Gong lists none of its speakers as a user.
        deleted: A reconcile found it deleted.
        orphan: Its transcript is there, its call is not.
        silent: It has no transcript, as nobody speaks.
        short: It has no transcript, as it is short.
    """

    shared: str
    hostless: str
    stranger: str
    crowded: str
    sunday: str
    monday: str
    deleted: str
    orphan: str
    silent: str
    short: str


def make_odd(tenant: Tenant) -> Odd:
    """Edit calls and users, before the first sync."""
    control, world = tenant.sandbox.control, tenant.sandbox.world
    transcripts = world.visible_transcripts()
    calls = [call for call in world.visible_calls().values() if call.id in transcripts and call.data.get("context")]
    untold = [key for key in world.visible_calls() if key not in transcripts]
    odd = Odd(*[call.id for call in calls if _speakers(call.data) >= 3][:8], *untold[:2])

    parties = world.calls[odd.shared].data["parties"]
    first, second = [party for party in parties if party.get("speakerId")][:2]
    first["name"], second["speakerId"] = None, first["speakerId"]
    control.edit_call(odd.shared, "parties", parties)

    parties = world.calls[odd.crowded].data["parties"]
    for party in parties:
        party["name"] = f"{party['name']}\r\n[0:00] Eve"
    control.edit_call(odd.crowded, "parties", parties)

    control.edit_call(odd.hostless, "metaData.primaryUserId", None)
    for call_id, name in ((odd.stranger, "Former"), (odd.silent, "Former Rep")):
        control.edit_call(call_id, "metaData.primaryUserId", UNKNOWN_HOST)
        control.edit_call(call_id, "parties", [_host(name), *(world.calls[call_id].data.get("parties") or [])])
    control.edit_call(odd.sunday, "metaData.started", SUNDAY_NIGHT)
    control.edit_call(odd.monday, "metaData.started", MONDAY_MORNING)
    host, speakers = world.calls[odd.sunday].data["metaData"]["primaryUserId"], "interaction.speakers"
    spoken = world.calls[odd.sunday].data["interaction"]["speakers"]
    control.edit_call(odd.sunday, speakers, [one for one in spoken if one.get("userId") != host])
    spoken = world.calls[odd.monday].data["interaction"]["speakers"]
    control.edit_call(odd.monday, speakers, [{**one, "userId": None} for one in spoken])
    control.edit_call(odd.crowded, "context", [_system("Salesforce", "Now"), _system("HubSpot", "TimeOfCall", "Now")])
    control.edit_call(odd.crowded, "content.trackers", [_tracker("1", 2), _tracker("2", 3), _tracker("3", 0)])

    since = tenant.now - timedelta(days=30)
    for call in calls[-1:0:-1]:  # of one host, of whom other weeks have statistics
        if call.primary_user_id == calls[-1].primary_user_id and call.started < since:
            control.edit_call(call.id, "interaction.interactionStats", [])

    control.edit_call(odd.silent, "metaData.language", "zxx")
    control.edit_call(odd.short, "metaData.duration", 59)

    boss, *others = world.users
    control.edit_user(boss, "managerId", others[0])  # who has a manager below the boss
    control.edit_user(others[-1], "managerId", others[-1])
    return odd


def _host(name: str) -> dict[str, Any]:
    """A participant who is no user any more."""
    return {
        "id": f"party of {name}",
        "userId": UNKNOWN_HOST,
        "name": name,
        "affiliation": "Internal",
        "methods": ["Attendee"],
        "emailAddress": None,
        "speakerId": None,
    }


def _speakers(call: dict[str, Any]) -> int:
    return sum(bool(party.get("speakerId")) for party in call.get("parties") or ())


def _system(name: str, *timings: str) -> dict[str, Any]:
    def fields(**values: Any) -> list[dict[str, Any]]:
        return [{"name": key, "value": value} for key, value in values.items()]

    objects = []
    for timing in timings:
        objects += [
            {"objectType": "Account", "objectId": "A1", "timing": timing, "fields": fields(Name=f"{name} {timing}")},
            {
                "objectType": "Opportunity",
                "objectId": "O1",
                "timing": timing,
                "fields": fields(
                    dealname=f"It's {timing}", AMOUNT="n/a", closedate="2026-07-01T00:00:00Z", IsClosed="x"
                ),
            },
        ]
    extra = {
        "objectType": "Account",
        "objectId": "A2",
        "timing": timings[0],
        "fields": fields(Name="Other", Website=[1]),
    }
    return {"system": name, "objects": [*objects, extra]}


def _tracker(key: str, count: int) -> dict[str, Any]:
    return {"id": key, "name": "Twice of one name", "count": count, "type": "SMART", "occurrences": [], "phrases": []}


@dataclass(frozen=True)
class Truth:
    """What Gong shows and the views should.

    Attributes:
        calls: Calls in Gong's shape, by id, but for those that are deleted or have no row.
        rows: Rows of the tables.
    """

    calls: dict[str, dict[str, Any]]
    rows: Rows

    def parties(self, call_id: str) -> list[dict[str, Any]]:
        """Participants of a call."""
        return list(self.calls[call_id].get("parties") or [])

    def started(self, call_id: str) -> datetime:
        """When a call was recorded."""
        return datetime.fromisoformat(self.calls[call_id]["metaData"]["started"].replace("Z", "+00:00"))

    def host(self, call_id: str) -> str | None:
        """Who hosted a call."""
        host: str | None = self.calls[call_id]["metaData"].get("primaryUserId")
        return host

    def name(self, user: str) -> str | None:
        """What a host is called: as a user, else in the calls that they hosted."""
        named = [f"{row['first_name']} {row['last_name']}" for row in self.rows["users"] if row["id"] == user]
        hosted = [one for call_id in self.calls if self.host(call_id) == user for one in self.parties(call_id)]
        return next(iter(named), None) or max(
            (one["name"] for one in hosted if one.get("userId") == user), default=None
        )

    def host_talk_share(self, call_id: str) -> float | None:
        """The host's part of all talk time, by the participants that the speakers are; a call may have none."""
        spoken, host = (self.calls[call_id].get("interaction") or {}).get("speakers") or [], self.host(call_id)
        own = {one["id"] for one in self.parties(call_id) if host and one.get("userId") == host}
        own = own or {one["id"] for one in spoken if host and one.get("userId") == host}
        if not own or not spoken:
            return None
        return sum(one["talkTime"] for one in spoken if one["id"] in own) / sum(one["talkTime"] for one in spoken)

    def day(self, call_id: str) -> date:
        """The day of a call, UTC."""
        return self.started(call_id).astimezone(timezone.utc).date()

    def week(self, call_id: str) -> date:
        """The Monday of a call's week, UTC."""
        return self.day(call_id) - timedelta(days=self.day(call_id).weekday())

    def stat(self, call_id: str, name: str) -> float | None:
        """A statistic of a call."""
        stats = (self.calls[call_id].get("interaction") or {}).get("interactionStats") or []
        return next((one["value"] for one in stats if one["name"] == name), None)

    def objects(self, kind: str) -> list[tuple[str, str, str, dict[str, Any]]]:
        """System, id, call and fields of the CRM objects of a type, each once for each call."""
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        for call_id, call in self.calls.items():
            for context in call.get("context") or []:
                for one in sorted(context["objects"], key=lambda each: each["timing"]):  # Now comes first
                    if one["objectType"] == kind:
                        fields = {field["name"].lower(): field["value"] for field in one["fields"]}
                        found.setdefault((context["system"], one["objectId"], call_id), fields)
        return [(*key, fields) for key, fields in found.items()]


def read_company(tenant: Tenant, odd: Odd) -> Truth:
    """Ask the API for everything."""
    end = tenant.now - timedelta(minutes=5)
    limits = {"fromDateTime": tenant.start.isoformat(), "toDateTime": end.isoformat()}
    api = PlainApi(tenant.sandbox)
    calls = api.post("/v2/calls/extensive", "calls", {"filter": limits, "contentSelector": SELECTOR})
    known = {call["metaData"]["id"]: call for call in calls}
    for gone in (odd.deleted, odd.orphan):
        del known[gone]
    rows = {
        name: [row for row in found if row.get("call_id") != odd.deleted and (name != "calls" or row["id"] in known)]
        for name, found in tenant.truth().items()
    }
    return Truth(known, rows)
