"""Import a CSV file of payments, subscriptions or charges: each row becomes upstream events, sent
through Kafka as a hub would; a subscription brings its payments.

Which column is what stands in a mapping, a small TOML file; the shipped ones and how to write
your own: local/src/payops_local/importing/mappings/README.md. Importing a file twice changes
nothing. Rows that cannot be read go to a reject file with line number and reason, and the rest is
imported: exit code 0, and 1 only when every row was rejected or nothing could be sent.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from payops_local.amounts import decimal
from payops_local.errors import PlatformError
from payops_local.event_publisher import EventPublisher
from payops_local.importing.kind import Kind
from payops_local.importing.kinds import KINDS
from payops_local.importing.pipeline import ImportTotals, import_file
from payops_local.platform import Platform

BROKER_PATIENCE_S = 120.0
REJECTED_ENDING = ".rejected.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", metavar="|".join(KINDS), required=True)
    for kind in KINDS.values():
        one = kinds.add_parser(kind.name, help=f"{kind.noun} into {' and '.join(kind.topics)}")
        one.add_argument("file", type=Path, metavar="FILE.csv")
        one.add_argument(
            "--mapping", required=True, metavar="NAME_OR_FILE", help="a shipped mapping, or a file"
        )
        one.add_argument(
            "--rejects",
            type=Path,
            metavar="PATH",
            help=f"where bad rows go (default: FILE{REJECTED_ENDING} in the current folder)",
        )


async def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0 when anything was imported; raises PlatformError as `import_file` does."""
    kind = KINDS[args.kind]
    rejects = args.rejects or Path(args.file.name + REJECTED_ENDING)
    if rejects.absolute() == args.file.absolute():
        raise PlatformError("--rejects names the file itself: name another one.")
    publisher = EventPublisher(platform.kafka, BROKER_PATIENCE_S)
    try:
        totals = await import_file(args.file, rejects, kind, kind.open(args.mapping), publisher)
    finally:
        await publisher.close()
    print("\n".join(_summary(totals, kind, args.file, rejects)))
    return 1 if totals.rejected and totals.rejected == totals.rows else 0


def _summary(totals: ImportTotals, kind: Kind, file: Path, rejects: Path) -> list[str]:
    lines = [
        f"{file.name}: {totals.rows:,} rows, {totals.subjects:,} {kind.noun}, "
        f"{totals.events:,} events sent to {' and '.join(kind.topics)} in {totals.seconds:.1f} s "
        f"({totals.rows / totals.seconds:,.0f} rows/s)."
    ]
    for currency, (count, amount) in sorted(totals.sums.items()):
        lines.append(f"  {currency} {decimal(amount, currency)} in {count:,} {kind.noun}")
    if totals.repeated:
        lines.append(f"  {totals.repeated:,} rows repeat an earlier one and were not sent again.")
    if totals.rejected:
        lines.append(f"  {totals.rejected:,} rows were rejected: {rejects} says why.")
    return lines
