"""Rules, conditions, catalogue, evaluator, checks, simulation: pure, without clock or I/O."""
