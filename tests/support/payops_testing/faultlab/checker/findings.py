"""What the checker found: sentences, and the counts that tests compare."""

from collections import Counter
from dataclasses import dataclass, field

SHOWN_MAX = 20


@dataclass(slots=True)
class Findings:
    """Violations are sentences; none means that the promise holds."""

    violations: list[str] = field(default_factory=list)
    payments: int = 0
    history_rows: int = 0
    events: int = 0
    dead_letters: int = 0
    refunded_minor: int = 0
    """What went back over all payments, whatever their currencies."""
    sums_minor: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Amounts by currency and status, in minor units, as MongoDB has them."""

    def require(self, holds: bool, sentence: str) -> bool:
        """Note a sentence unless it holds."""
        if not holds:
            self.violations.append(sentence)
        return holds

    def raise_if_any(self) -> None:
        """Fail with the first violations."""
        if self.violations:
            shown = "\n  ".join(self.violations[:SHOWN_MAX])
            raise AssertionError(f"{len(self.violations)} violations:\n  {shown}")
