"""Who is signed in, and that a form is one of ours.

The session is an encrypted cookie: there is no store, any process can answer any request. It keeps
the gateway's bearer token, which the browser's scripts never see.
"""
