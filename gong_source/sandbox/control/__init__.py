"""What tests can do to the sandbox while it runs, in process or through the admin route."""

from __future__ import annotations

from typing import Any

from gong_source.sandbox.control.calls import CallControl
from gong_source.sandbox.control.company import CompanyControl
from gong_source.sandbox.control.tokens import TokenControl
from gong_source.sandbox.control.webhooks import WebhookControl
from gong_source.sandbox.control.wire import WireControl

__all__ = ["Control"]


class Control(CallControl, CompanyControl, WebhookControl, WireControl, TokenControl):
    """All controls. Every public method is also an action of ``POST /_sandbox/control``."""

    def call(self, action: str, args: dict[str, Any]) -> Any:
        """Perform an action by name.

        Args:
            action: The name of a public method.
            args: Its arguments by name; times are ISO-8601 texts.

        Raises:
            ValueError: When there is no such action.
        """
        return self._action(action)(**args)
