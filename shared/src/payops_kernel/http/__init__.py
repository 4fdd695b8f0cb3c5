"""HTTP as every service speaks it: the app, health, problems, keyset lists, orderly stop.

Nothing is imported here: ``lists``, ``cursors`` and ``filters`` stay free of FastAPI, so that a
store may use them.
"""
