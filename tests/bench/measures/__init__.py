"""One file a measurement; ``bench.registry`` lists them in their order."""
