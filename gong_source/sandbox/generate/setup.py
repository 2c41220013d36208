"""How the company has set Gong up: who may do what, and which briefs there are."""

from __future__ import annotations

from gong_source.sandbox.clock import StampStyle
from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.dice import big_id, dice, pick
from gong_source.sandbox.generate.people import full_name
from gong_source.sandbox.messages import Json
from gong_source.sandbox.world import World

ACCESSES = ("callsAccess", "dealsAccess", "coachingAccess", "insightsAccess", "usageAccess", "emailsAccess")
FLAGS = (
    "scoreCalls", "overrideScore", "downloadCallMedia", "shareCallsWithCustomers", "manuallyScheduleAndUploadCalls",
    "privateCalls", "deleteCalls", "trimCalls", "listenInCalls", "deleteEmails", "callsAndSearch", "library", "deals",
    "createEditAndDeleteDealsBoards", "dealsInlineEditing", "account", "coaching", "usage", "teamStats", "initiatives",
    "market", "activity", "forecast", "forecastManage", "engageManageCompanyTemplates",
    "engageManageCompanySequences", "engageCreateAndManageRulesets", "engageSnoozeFlowToDosForOthers",
    "engageAllowCrmFieldsViewChange", "viewEngageAnalyticsActivity", "viewEngageAnalyticsPerformance",
    "viewEngageAnalyticsFlows", "manageGeneralBusinessSettings", "manageScorecards",
    "exportCallsAndCoachingDataToCSV", "crmDataInlineEditing", "crmDataImport", "viewRevenueAnalytics",
    "manageRevenueAnalytics", "engageReassignFlowToDosToOthers", "engageAssignFlowToDosToOthers", "dealsDataExport",
    "aiBuilder", "orchestrateCreateAndManagePlays",
)  # fmt: skip
FORECASTS = ("forecastAccess", "forecastEditSubmissions", "forecastEditTargets")
LIBRARY_FLAGS = ("managePublicFolder", "manageStreams", "manageFolderCalls", "shareFoldersAndStreams")

# Name, whose data is seen, and what is allowed besides: everything, what does not manage or delete, what only views.
_PROFILES = (
    ("Business admin", "all", ()),
    ("Managers", "report-to-them", ("manage", "delete", "import")),
    ("Team members", "own", ("manage", "delete", "import", "export", "override", "forecast", "create", "assign")),
    ("Leaders of customer success", "managers-team", ("delete", "import")),
)
_BRIEFS = (
    ("Account handover", "What the next owner of an account has to know", "Published"),
    ("Renewal risks", "What was said about price, competitors and missing features", "Published"),
    ("Meeting preparation", "Open questions and promises since the last meeting", "Not published"),
)
EVERY_CALL = 9
"""Each of these many calls had somebody given access to it."""
# Gong documents no fields of targets; these are what its help says that a target file has.
_TARGETS = (("New business", "AMOUNT", "USD"), ("Meetings held", "COUNT", None))


def set_up(company: Company, world: World) -> None:
    """Put permission profiles with their users, targets, briefs and access to some calls into a world."""
    leads = {user["managerId"] for user in company.users.values() if user["managerId"]}
    for number, workspace in enumerate(company.workspaces):
        random = dice(company.seed, "profiles", number)
        keys = [big_id(random) for _ in _PROFILES]
        for key, (name, level, denied) in zip(keys, _PROFILES, strict=True):
            world.profiles[key] = _profile(key, name, level, denied, sorted(leads)[:2])
            world.profile_workspaces[key] = workspace
            world.profile_users[key] = []
        for place, user in enumerate(company.users):
            world.profile_users[keys[0 if place == 0 else 1 if user in leads else 2]].append(user)
        world.targets += [
            {"id": big_id(random), "name": name, "workspaceId": workspace, "type": kind, "currency": currency}
            for name, kind, currency in _TARGETS
        ]
    world.briefs.extend(_briefs(company))
    random = dice(company.seed, "access")
    for key in list(world.calls)[::EVERY_CALL]:
        world.written.access[key] = sorted({pick(random, list(company.users)) for _ in range(2)})


def _profile(key: str, name: str, level: str, denied: tuple[str, ...], leads: list[str]) -> Json:
    access: Json = {"permissionLevel": level, "teamLeadIds": leads if level == "managers-team" else []}
    allowed = {flag: not any(word in flag.lower() for word in denied) for flag in FLAGS}
    return {
        "id": key,
        "name": name,
        "description": None if level == "own" else f"{name} of the company",
        **{part: dict(access) for part in ACCESSES},
        "forecastPermissions": {part: dict(access) for part in FORECASTS},
        "libraryFolderAccess": {
            "permissionLevel": "all",
            "libraryFolderIds": [],
            **dict.fromkeys(LIBRARY_FLAGS, level == "all"),
        },
        **allowed,
    }


def _briefs(company: Company) -> list[Json]:
    random = dice(company.seed, "briefs")
    made: list[Json] = []
    for number, (name, description, status) in enumerate(_BRIEFS):
        creator = pick(random, list(company.users.values()))
        made.append(
            {
                "briefId": big_id(random),
                "briefName": name,
                "workspaceId": company.workspace(number),
                "description": description,
                "status": status,
                "creator": full_name(creator),
                "creatorUserId": creator["id"],
                "created": StampStyle(-420).write(company.start),
                "updated": StampStyle(None, 3).write(company.start + (company.end - company.start) / (2 + number)),
            }
        )
    return made
