"""What people say on calls, by topic: data only.

Each topic is a text of exchanges, separated by blank lines. ``R:`` opens a turn of the rep's side, ``C:`` one of the
customer's side (on internal calls: of the manager and of the team). A bar separates sentences, an indented line goes
on with the turn, and names in braces are filled in.
"""
