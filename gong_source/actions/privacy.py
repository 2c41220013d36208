"""Privacy: find all that refers to a person, and erase it for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gong_source.actions.model import Id, action, checked
from gong_source.api import GongClient, JsonDict
from gong_source.api import endpoints as at
from gong_source.errors import GongArgumentError
from gong_source.tables.asking import dialled, is_address, is_number
from gong_source.tables.identity import alone

FEWEST_DIGITS = 7
"""Of a number with its country code."""


@action(at.FIND_EMAIL)
def find_email_references(client: GongClient, email_address: Id) -> JsonDict:
    """Everything in Gong that refers to an e-mail address of somebody outside of the company.

    GET /v2/data-privacy/data-for-email-address, scope api:data-privacy:read. Only reads: a repeat is safe.

    Args:
        client: A client.
        email_address: The address; Gong refuses those of its own users.

    Returns:
        ``emails``, ``calls``, ``meetings``, ``customerData`` and ``customerEngagement``.

    Raises:
        GongArgumentError: It is no address; nothing was sent.
        GongRequestError: Gong did not answer, or refused.
    """
    return client.request(at.FIND_EMAIL, params={"emailAddress": _address(find_email_references, email_address)})


@action(at.FIND_PHONE)
def find_phone_references(client: GongClient, phone_number: Id) -> JsonDict:
    """Everything in Gong that refers to a phone number.

    GET /v2/data-privacy/data-for-phone-number, scope api:data-privacy:read. Only reads: a repeat is safe.

    Args:
        client: A client.
        phone_number: With + and country code; only the digits are sent, without an extension and a zero in parentheses.

    Returns:
        ``emails``, ``calls``, ``meetings``, ``customerData``, ``matchingPhoneNumbers`` and ``emailAddresses``.

    Raises:
        GongArgumentError: It is no number with a country code; nothing was sent.
        GongRequestError: Gong did not answer, or refused.
    """
    return client.request(at.FIND_PHONE, params={"phoneNumber": _number(find_phone_references, phone_number)})


@action(at.ERASE_EMAIL, confirm="email_address")
def erase_email_address(client: GongClient, email_address: Id) -> JsonDict:
    """Erase an e-mail address with all calls, e-mails, leads and contacts that refer to it. This can't be undone.

    POST /v2/data-privacy/erase-data-for-email-address, scope api:data-privacy:delete. Sent once; a repeat of
    yours erases nothing more. Gong takes hours, and does nothing where an abnormal number of objects would go. Erase it
    in your CRM and mail system first, or Gong imports it again.

    Args:
        client: A client.
        email_address: The address.

    Returns:
        ``requestId``. Gong works on it from then on.

    Raises:
        GongArgumentError: It is no address; nothing was sent.
        WriteOutcomeUnknown: Gong may be erasing. See find_email_references in some hours.
        GongRequestError: Gong refused; nothing is erased.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(
        at.ERASE_EMAIL,
        params={"emailAddress": _address(erase_email_address, email_address)},
        check="See in some hours with find_email_references what is left; erasing again erases nothing else.",
    )


@action(at.ERASE_PHONE, confirm="phone_number")
def erase_phone_number(client: GongClient, phone_number: Id) -> JsonDict:
    """Erase the leads and contacts of a phone number, with their e-mails and calls. This can't be undone.

    POST /v2/data-privacy/erase-data-for-phone-number, scope api:data-privacy:delete. Sent once; a repeat of
    yours erases nothing more. Gong takes hours, and does nothing where an abnormal number of objects would go. Erase it
    in your CRM and mail system first, or Gong imports it again.

    Args:
        client: A client.
        phone_number: With + and country code; only the digits are sent, without an extension and a zero in parentheses.

    Returns:
        ``requestId``. Gong works on it from then on.

    Raises:
        GongArgumentError: It is no number with a country code; nothing was sent.
        WriteOutcomeUnknown: Gong may be erasing. See find_phone_references in some hours.
        GongRequestError: Gong refused; nothing is erased.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(
        at.ERASE_PHONE,
        params={"phoneNumber": _number(erase_phone_number, phone_number)},
        check="See in some hours with find_phone_references what is left; erasing again erases nothing else.",
    )


def _address(function: Callable[..., Any], value: str) -> str:
    text = str(checked(function, "email_address", value))
    if not is_address(text):
        raise GongArgumentError("email_address is no e-mail address.")
    return alone(text)  # what stands beside it would make it another one


def _number(function: Callable[..., Any], value: str) -> str:
    text = str(checked(function, "phone_number", value))
    number = dialled(text)  # an extension and a zero that is not dialled would make it another number for Gong
    if not is_number(text) or len(number) < FEWEST_DIGITS + 1:
        raise GongArgumentError("phone_number must begin with + and the country code.")
    return number
