"""Who calls, and how far they may reach: principals, key sets, bearer tokens, the local issuer.

Nothing is imported here: ``principals`` stays free of FastAPI, so that use cases may name an actor.
"""
