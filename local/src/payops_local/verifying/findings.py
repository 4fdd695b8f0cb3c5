"""What a verification finds: every difference counted, the first ones named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

NAMED_MAX = 20
NAMED_LENGTH = 300

UNREADABLE = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError)
"""What reading a document raises that is not as the services write it, or in no calendar."""


@dataclass(slots=True)
class Findings:
    """Differences and remarks of one verification."""

    count: int = 0
    """Differences in all."""
    named: list[str] = field(default_factory=list)
    """The first :data:`NAMED_MAX` of them."""
    remarks: list[str] = field(default_factory=list)
    """What could not be compared, and why; a remark is no difference."""

    def differ(self, what: str) -> None:
        """Note a difference."""
        self.count += 1
        if len(self.named) < NAMED_MAX:
            self.named.append(what)

    @contextmanager
    def comparing(self, what: str) -> Iterator[None]:
        """Within: something that cannot be read is named as ``what``, and the rest goes on."""
        try:
            yield
        except UNREADABLE as error:
            self.differ(
                f"{what} cannot be compared: {type(error).__name__}: {error}"[:NAMED_LENGTH]
            )

    def lines(self) -> list[str]:
        """The report's lines."""
        lines = [f"  {what}" for what in self.named]
        if self.count > len(self.named):
            lines.append(f"  and {self.count - len(self.named):,} more")
        return lines + [f"  Note: {remark}" for remark in self.remarks]
