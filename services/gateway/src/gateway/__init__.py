"""The one API of PayOps: who calls, which service answers, and what happens when it does not."""
