"""The README's `bash` blocks, run as they stand but for the port; others are not run."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from payops_local.places import CHECKOUT
from payops_testing.e2e.whole_platform import WholePlatform

README = CHECKOUT / "README.md"
BLOCK_LIMIT_S = 360
pytestmark = pytest.mark.timeout(1_800)
"""Behind the start of the platform, and a block."""
DEFAULT_BASE = "8600"
# An answer that is no success fails the block.
STRICT = 'set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; echo; }\n'


def blocks() -> list[str]:
    """Every bash block, in order."""
    return re.findall(r"^```bash\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S)


def run_block(platform: WholePlatform, block: str) -> str:
    """What a block prints on this platform."""
    mine = block.replace(f":{DEFAULT_BASE}", f":{platform.base}")
    done = subprocess.run(
        ["bash", "-c", STRICT + mine],
        cwd=CHECKOUT,
        env=platform.env | {"PAYOPS_KAFKA": platform.kafka},
        capture_output=True,
        text=True,
        timeout=BLOCK_LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, f"{mine}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.servers
@pytest.mark.parametrize("block", blocks(), ids=lambda block: block.split("\n")[0][:40])
def test_a_block_of_the_readme_runs_as_it_stands(platform: WholePlatform, block: str) -> None:
    said = run_block(platform, block)
    assert said.strip()
    answers = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert len(answers) == len(re.findall(r"^curl (?!-o)", block, re.M))


@pytest.mark.servers
def test_the_import_says_what_the_readme_shows(platform: WholePlatform) -> None:
    (block,) = (block for block in blocks() if "./payops import" in block)
    said, text = run_block(platform, block), README.read_text(encoding="utf-8")
    for line in ("  USD 18,420.76 in 500 payments", "Everything agrees to the minor unit."):
        assert line in text
        assert line in said


def test_the_benchmark_has_its_place() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.index("<!-- benchmark:begin -->") < text.index("<!-- benchmark:end -->")
