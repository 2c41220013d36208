"""All operations the sandbox offers. A new group of endpoints is one module with a ``ROUTES`` tuple, added here."""

from __future__ import annotations

from gong_source.sandbox.routes import (
    answered,
    call_writes,
    calls,
    coaching,
    crm,
    engage,
    engagement,
    entities,
    extensive,
    library,
    logs,
    media,
    meetings,
    oauth,
    permissions,
    privacy,
    settings,
    stats,
    transcripts,
    users,
    workspaces,
)
from gong_source.sandbox.routes.base import Route

ROUTES: tuple[Route, ...] = (
    *calls.ROUTES,
    *extensive.ROUTES,
    *transcripts.ROUTES,
    *users.ROUTES,
    *logs.ROUTES,
    *library.ROUTES,
    *workspaces.ROUTES,
    *settings.ROUTES,
    *stats.ROUTES,
    *answered.ROUTES,
    *coaching.ROUTES,
    *entities.ROUTES,
    *call_writes.ROUTES,
    *meetings.ROUTES,
    *engagement.ROUTES,
    *privacy.ROUTES,
    *engage.ROUTES,
    *crm.ROUTES,
    *permissions.ROUTES,
)

ELSEWHERE: tuple[Route, ...] = (*oauth.ROUTES, *media.ROUTES)
"""What is on other hosts in reality."""
