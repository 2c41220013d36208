"""All operations the sandbox offers. A new group of endpoints is one module with a ``ROUTES`` tuple, added here."""

from __future__ import annotations

from gong_source.sandbox.routes import calls, extensive, library, logs, settings, transcripts, users, workspaces
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
)
