"""How values are shown: money, instants, shares, states, identifiers. Pure; nothing is fetched."""
