"""Charts over KPIs: a declaration (``payops_contracts.pages.Chart``) and an answer make a card.

``asked`` is what the address says, ``kpis`` what the gateway answers, ``cards`` what a template
shows, ``boards`` a page of them. The picture is drawn from the card's table in the browser.
"""
