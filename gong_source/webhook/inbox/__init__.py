"""The webhook's inbox: where an event is durable before it is acknowledged, and stays until it is loaded."""

from __future__ import annotations

from gong_source.webhook.inbox.model import FILE_NAME, InboxError, InboxHeldError, Pending, Received, inbox_file
from gong_source.webhook.inbox.store import Inbox
from gong_source.webhook.inbox.writer import InboxWriter

__all__ = ["FILE_NAME", "Inbox", "InboxError", "InboxHeldError", "InboxWriter", "Pending", "Received", "inbox_file"]
