"""Puts one toy service into the platform's table, in every Python that has this on its path."""

import payops_local.services as table

toy = table.Service("toy", "toy_service", 11)
vars(table).update(SERVICES=(toy,), GATEWAY=toy.name)
