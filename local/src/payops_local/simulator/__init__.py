"""The upstream simulator: a hub, a settlement and a debit processor that talk Kafka only.
`python -m payops_local.simulator`.

They have a past (`history.py`, told by `playing.py`), which the present follows at the same pace.
Beside it, at a rate, they tell timelines: each payment (`payments.py`) or charge (`charges.py`) is
a few facts with their instants, made from a seed and a start instant alone; `hub.py` publishes a
fact when its time has come. A subscription (`subscriptions.py`) has a course
(`subscription_courses.py`) until PayOps has it end (`ends.py`). And they answer: `commands.py`
reads what PayOps asks for, `responder.py` owes the answers, `refunds.py`,
`subscription_requests.py` and `debits.py` make them from the seed and the command's idempotency
key. Another kind of timeline is one more module with a `Scenario`, and a line
in `__main__.py`.
"""
