"""What tests of every package use; never imported by a service.

The pytest plugin is ``payops_kernel.testing.plugin``.
"""

from payops_kernel.testing.deadlines import eventually
from payops_kernel.testing.golden import GoldenExample, golden_examples

__all__ = ["GoldenExample", "eventually", "golden_examples"]
