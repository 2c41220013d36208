"""Functions that write to Gong, and the reads that belong to them. The first argument of each is a client.

Modules: :mod:`~gong_source.actions.calls`, :mod:`~gong_source.actions.meetings`,
:mod:`~gong_source.actions.engagement`, :mod:`~gong_source.actions.privacy`, :mod:`~gong_source.actions.tasks`,
:mod:`~gong_source.actions.flows`, :mod:`~gong_source.actions.crm`, :mod:`~gong_source.actions.permissions` and
:mod:`~gong_source.actions.integrations`.

Arguments have the names of Gong's own fields in snake_case and are checked before anything is sent. A write is sent
once: again only after a 429, a refused connection, or where Gong recognises a repeat. When it may have been done and no
answer says so, :class:`~gong_source.errors.WriteOutcomeUnknown` is raised.
"""
