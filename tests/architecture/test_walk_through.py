"""The walk through the smallest service shows what stands in its files."""

import re

from payops_local.places import CHECKOUT

HOME = CHECKOUT / "examples/smallest-service/src/parcels"
README = (CHECKOUT / "shared/README.md").read_text(encoding="utf-8")
EXCERPT = re.compile(r"```python\n# (\S+\.py)\n(.*?)\n```", re.DOTALL)


def test_every_excerpt_of_the_walk_stands_in_the_file_that_it_names() -> None:
    excerpts = EXCERPT.findall(README)
    assert len(excerpts) > 5
    untrue = [name for name, text in excerpts if text not in (HOME / name).read_text("utf-8")]
    assert untrue == []
