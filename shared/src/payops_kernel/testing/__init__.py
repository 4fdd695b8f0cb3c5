"""What tests of every package use; never imported by a service.

The pytest plugin is ``payops_kernel.testing.plugin``.
"""

from payops_kernel.testing.deadlines import SLOW_MACHINE, eventually
from payops_kernel.testing.golden import GoldenExample, golden_examples

__all__ = ["SLOW_MACHINE", "GoldenExample", "eventually", "golden_examples"]
