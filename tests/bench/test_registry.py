"""Every measurement that is named is there."""

from __future__ import annotations

from importlib import import_module
from inspect import iscoroutinefunction

import pytest

from bench.registry import MEASUREMENTS, Measurement


@pytest.mark.parametrize("each", MEASUREMENTS, ids=lambda each: each.name)
def test_a_measurement_that_is_named_can_be_taken(each: Measurement) -> None:
    assert iscoroutinefunction(import_module(f"bench.measures.{each.module}").measure)
