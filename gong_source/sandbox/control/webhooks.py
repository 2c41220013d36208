"""Controls for webhooks."""

from __future__ import annotations

from collections.abc import Iterable

from gong_source.sandbox.control.base import ControlBase
from gong_source.sandbox.messages import Json


class WebhookControl(ControlBase):
    """Makes automation rules and fires them."""

    def add_webhook(
        self,
        url: str,
        signed: bool = True,
        bearer: bool = True,
        leave_out: Iterable[str] = (),
        in_background: bool = True,
    ) -> str:
        """Post an event to a URL for each call that becomes visible from now on, once and without a repeat.

        Args:
            url: Where to.
            signed: Whether events carry a signed token; otherwise the URL should carry a secret.
            bearer: Whether the token comes with the word ``Bearer``.
            leave_out: Groups of a call that the rule does not send, such as ``interaction``.
            in_background: Fire as calls become visible; otherwise only with ``fire_webhooks``.

        Returns:
            The public key as a rule shows it; empty where events are not signed.
        """
        rule = self._app.webhooks.add(url, signed, bearer, leave_out, in_background)
        return rule.signer.public_key if rule.signer else ""

    def fire_webhooks(self, ids: Iterable[str] | None = None, is_test: bool = False) -> list[Json]:
        """Fire now: for the calls that became visible, or for certain calls.

        Args:
            ids: Calls to fire for, however often that was done.
            is_test: Whether the events say that they are tests.

        Returns:
            What was sent where, with the status of the answer; 0 where there was none.
        """
        return self._app.webhooks.fire_due() if ids is None else self._app.webhooks.fire(ids, is_test)

    def sent_webhooks(self) -> list[Json]:
        """What was sent where so far, with the status of the answer."""
        return list(self._app.webhooks.sent)
