"""Rules of the house, held against every tracked file; what a change costs, counted."""
