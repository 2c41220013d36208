"""Gong Engage: folders, flows with their steps, and tasks."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from gong_source.sandbox.clock import StampStyle
from gong_source.sandbox.generate.accounts import Account, Contact
from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.dice import big_id, chance, dice, pick, some
from gong_source.sandbox.messages import Json
from gong_source.sandbox.world import World

COMPANY, PERSONAL, SHARED = "Company", "Personal", "Shared"
FIRST_FLOW, FIRST_FOLDER, FIRST_TASK = 7000000000000000001, 7100000000000000001, 5001
_NAMES = ("Welcome", "Second look", "After the demo", "Renewal in 90 days", "Event follow-up", "Win back")
_STEPS = (
    ("AUTO_SEND_EMAIL", "A question about {product}", "Hi {first_name}, who looks after this at {company}?"),
    ("CALL", None, "Ask about the current process"),
    ("SEND_EMAIL", "Re: A question about {product}", "Is next week better?"),
    ("LINKEDIN_CONNECT", None, None),
    ("LINKEDIN_MESSAGE", None, "Thanks for connecting."),
    ("CUSTOM", None, "Look at their latest report"),
)
_STYLES = (StampStyle(-420), StampStyle(None), StampStyle(None, 3))
_STATUSES = ("OPEN", "OPEN", "OPEN", "DONE", "DISMISSED")


def set_up_engage(company: Company, world: World) -> None:
    """Put folders, flows and tasks into a world.

    Each workspace has a company folder with one below it; some users have folders of their own, which they keep to
    themselves or share with a colleague.
    """
    random = dice(company.seed, "engage")
    users = list(company.users.values())
    for workspace in company.workspaces:
        top = _folder(random, company, world, workspace, "Company", COMPANY)
        below = _folder(random, company, world, workspace, "Outbound", COMPANY, parent=top)
        for name in _NAMES[:4]:
            _flow(random, company, world, pick(random, (top, below)), name)
    for place, user in enumerate(users):
        if place % 3 == 0:
            visibility = SHARED if place % 2 else PERSONAL
            friends = [pick(random, users)["emailAddress"]] if visibility == SHARED else []
            mine = _folder(
                random, company, world, company.workspace(place), "Mine", visibility, user=user, friends=friends
            )
            for name in some(random, _NAMES, 2):
                _flow(random, company, world, mine, f"{name} ({user['firstName']})")
    for user in users:
        for _ in range(random.choice((0, 1, 2, 5)) if world.tasks else 2):
            _task(random, company, world, user)


def _folder(
    random: Random,
    company: Company,
    world: World,
    workspace: str,
    name: str,
    visibility: str,
    *,
    user: Json | None = None,
    friends: list[str] | None = None,
    parent: Json | None = None,
) -> Json:
    folder: Json = {
        "id": str(FIRST_FOLDER + len(world.flow_folders)),
        "name": name,
        "folderId": parent and parent["id"],
        "folderName": parent and parent["name"],
        "visibility": visibility,
        "creationDate": pick(random, _STYLES).write(company.start),
        "exclusive": False,
        "workspaceId": workspace,
        "owners": [] if user is None else [user["emailAddress"], *(friends or ())],
    }
    world.flow_folders.append(folder)
    return folder


def _flow(random: Random, company: Company, world: World, folder: Json, name: str) -> None:
    steps = [pick(random, _STEPS) for _ in range(random.randrange(1, 6))]
    world.flows.append(
        {
            **folder,
            "id": str(FIRST_FLOW + len(world.flows)),
            "name": name,
            "folderId": folder["id"],
            "folderName": folder["name"],
            "creationDate": pick(random, _STYLES).write(company.start + timedelta(days=len(world.flows))),
            "exclusive": chance(random, 0.3),
            "description": pick(random, ("", "For prospects that went silent", None)),
            "steps": [
                {
                    "id": big_id(random),
                    "stepOrder": order,
                    "action": action,
                    "subject": subject,
                    "body": body,
                    "isReply": bool(subject and subject.startswith("Re:")),
                }
                for order, (action, subject, body) in enumerate(steps, 1)
            ],
        }
    )


def _task(random: Random, company: Company, world: World, user: Json) -> None:
    account = pick(random, company.accounts)
    created = company.end - timedelta(hours=random.randrange(1, 24 * 30))
    style = pick(random, _STYLES)
    key = FIRST_TASK + len(world.tasks)
    flow = pick(random, world.flows) if key > FIRST_TASK + 1 and chance(random, 0.5) else None
    world.tasks[str(key)] = {
        "id": key,
        "userId": int(user["id"]),
        "created": style.write(created),
        "updated": style.write(created + timedelta(minutes=30)),
        "status": pick(random, _STATUSES) if key > FIRST_TASK + 1 else "OPEN",
        "type": "FLOW" if flow else "MANUAL",
        "actions": ["CALL"],
        "account": _account(account),
        "opportunity": _opportunity(account) if chance(random, 0.6) else None,
        "dueDate": style.write(created + timedelta(days=random.randrange(1, 20))),
        "flow": flow and _step(random, flow),
        "contact": _contact(account, account.contacts[0]),
        "additionalContacts": [_contact(account, contact) for contact in account.contacts[1:2]],
        "title": None if flow else f"Call {account.name}",
        "priority": {"id": 1, "name": "Normal", "weight": 10} if chance(random, 0.7) else None,
    }
    world.task_workspaces[str(key)] = company.workspace(key)


def _account(account: Account) -> Json:
    return {"crmId": account.account_id, "name": account.name, "crmUrl": f"https://crm.example/{account.account_id}"}


def _opportunity(account: Account) -> Json:
    return {
        "crmId": account.deal_id,
        "name": account.deal,
        "crmUrl": f"https://crm.example/{account.deal_id}",
        "status": "Open",
        "stage": "Proposal",
        "amount": str(account.amount),
        "probability": "40",
        "closeDate": f"{account.close_date:%Y-%m-%d}",
    }


def _step(random: Random, flow: Json) -> Json:
    step = pick(random, flow["steps"])
    return {
        "id": int(flow["id"]),
        "name": flow["name"],
        "step": {"id": int(step["id"]), "name": step["action"], "stepNumber": step["stepOrder"]},
    }


def _contact(account: Account, contact: Contact) -> Json:
    numbers = [{"raw": contact.phone, "countryCode": 1, "normalized": contact.phone, "label": "work"}]
    return {
        "crmId": contact.crm_id,
        "type": contact.crm_type.upper(),
        "data": {
            "firstName": contact.first_name,
            "lastName": contact.last_name,
            "crmUrl": f"https://crm.example/{contact.crm_id}",
            "companyName": account.name,
            "affiliation": "Them",
            "emails": [{"email": contact.email}] if contact.email else [],
            "title": contact.title,
            "phoneNumbers": numbers if contact.phone else [],
            "city": account.city,
            "optOutChannels": [],
        },
    }
