"""The upstream simulator: a payment hub that talks Kafka only. `python -m payops_local.simulator`.

It is a stream of stories: each payment is a few facts with their instants, made from a seed and
a start instant alone. `hub.py` publishes a fact when its time has come. Another kind of story
(subscriptions, refunds) is one more module with a `Plot`, and a line in `__main__.py`.
"""
