"""CRM context: the objects of a customer as they are now and as they were at the time of the call."""

from __future__ import annotations

from random import Random
from typing import Any

from gong_source.sandbox.generate.accounts import STAGES, Account, Contact
from gong_source.sandbox.generate.dice import chance, pick
from gong_source.sandbox.messages import Json

NOW, TIME_OF_CALL = "Now", "TimeOfCall"


def call_context(random: Random, account: Account, phase: float) -> list[Json]:
    """Make the context of a call: an empty list where no CRM object was found.

    Args:
        random: The source of chance.
        account: The customer.
        phase: How far the history had gone at the time of the call, from 0 to 1.
    """
    if account.crm_system is None or chance(random, 0.08):
        return []
    objects = [
        _object("Account", account.account_id, _account_fields(account, timing), timing)
        for timing in (NOW, TIME_OF_CALL)
    ]
    if chance(random, 0.8):
        objects += [
            _object("Opportunity", account.deal_id, _deal_fields(account, 1.0 if timing == NOW else phase), timing)
            for timing in (NOW, TIME_OF_CALL)
        ]
    return [{"system": account.crm_system, "objects": objects}]


def contact_context(random: Random, account: Account, contact: Contact) -> list[Json]:
    """Make the context of a customer's party."""
    if account.crm_system is None or chance(random, 0.2):
        return []
    fields = {"Title": contact.title, "Email": contact.email, "LeadSource": pick(random, ("Web", "Event", None))}
    objects = [_object(contact.crm_type, contact.crm_id, fields, timing) for timing in (NOW, TIME_OF_CALL)]
    return [{"system": account.crm_system, "objects": objects}]


def user_context(account: Account, user: Json) -> list[Json]:
    """Make the context of a colleague: the CRM's user."""
    if account.crm_system != "Salesforce":
        return []
    key = "005" + user["id"][-15:].rjust(15, "0")
    fields = {"Title": user["title"], "IsActive": user["active"]}
    return [{"system": account.crm_system, "objects": [_object("User", key, fields, NOW)]}]


def _object(kind: str, key: str, fields: dict[str, Any], timing: str) -> Json:
    shown = [{"name": name, "value": value} for name, value in fields.items()]
    return {"objectType": kind, "objectId": key, "fields": shown, "timing": timing}


def _account_fields(account: Account, timing: str) -> dict[str, Any]:
    return {
        "Name": account.name,
        "Website": f"https://www.{account.domain}",
        "Industry": account.industry.capitalize(),
        "NumberOfEmployees": account.employees,
        "Health_Score__c": round(account.employees % 97 / 9.7, 2) if timing == NOW else None,
        "Strategic__c": account.amount > 100_000,
        "Regions__c": [account.city, "Remote"],
        "BillingAddress": {"city": account.city, "postalCode": None, "lines": [f"{account.seats} Main Street"]},
    }


def _deal_fields(account: Account, phase: float) -> dict[str, Any]:
    stage = min(int(phase * len(STAGES)), len(STAGES) - 1)
    return {
        "Name": account.deal,
        "StageName": STAGES[stage],
        "Amount": account.amount if stage > 2 else float(account.amount) * 0.85,
        "Probability": stage * 20,
        "CloseDate": f"{account.close_date:%Y-%m-%d}",
        "Type": "New Business",
        "LeadSource": None,
        "ForecastCategory": "Commit" if stage > 3 else "Pipeline",
        "IsClosed": stage == len(STAGES) - 1,
    }
