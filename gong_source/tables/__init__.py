"""Every table and column that users see, as data: types, keys, where each value stands in Gong's answer.

Field names and meanings are from Gong's specification; ``docs/tables.md`` is generated from here. Which stream fills
which table stands in ``gong_source/streams/all.py``.
"""
