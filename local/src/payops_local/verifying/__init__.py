"""Is every amount the same everywhere? Shares no code with the services: it reads what they stored.

`draining.py` waits until nothing is on its way, `rows.py` compares transactions with analytics'
facts, `buckets.py` recounts the KPIs from the facts, `answers.py` asks the gateway.
"""
