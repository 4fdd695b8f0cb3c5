"""The upstream simulator: a payment hub that talks Kafka only. `python -m payops_local.simulator`.

It has a past (`history.py`, told by `playing.py`), which the present follows at the same pace.
Beside it, at a rate, it tells timelines: each payment is a few facts with their instants, made
from a seed and a start instant alone; `hub.py` publishes a fact when its time has come. And it is
the provider behind the hub: `commands.py` reads what PayOps asks for, `refund_responder.py` owes
the answers, `refunds.py` makes them from the seed and the command's idempotency key. Another kind
of timeline is one more module with a `Scenario`, and a line in `__main__.py`.
"""
