"""Compare to the minor unit: every transaction with analytics' fact of it, every KPI bucket with a
recount of the facts, and the gateway's KPIs with that recount. Charges, debits and
subscriptions in the same way.

Exit code 0 when all agree; 1 on any difference (the first 20 are named), or when something could
not be compared. --wait first waits until nothing is on its way: every log read to its end, every
outbox empty, no slice in flight, in two successive looks. Payments that arrive meanwhile do not
disturb the comparison of what is stored: it reads one snapshot.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from aiokafka.errors import KafkaError

from payops_local.amounts import decimal
from payops_local.connections import BSONError, PyMongoError, mongo_client
from payops_local.console import complain
from payops_local.errors import PlatformError
from payops_local.kafka_logs import kafka_logs
from payops_local.platform import Platform
from payops_local.verifying.answers import ask_each
from payops_local.verifying.draining import Pipeline
from payops_local.verifying.kpis import TODAY
from payops_local.verifying.recount import NOTHING
from payops_local.verifying.verification import Seen, Verification
from payops_local.verifying.zones import compare_zones

DEADLINE_DEFAULT_S = 600.0
GATEWAY_LIMIT_S = 60.0
"""How long --wait waits for a gateway, or what answers it, that is being restarted."""
GATEWAY_EVERY_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wait", action="store_true", help="wait until nothing is on its way")
    parser.add_argument(
        "--deadline",
        type=float,
        default=DEADLINE_DEFAULT_S,
        metavar="SECONDS",
        help=f"how long --wait waits (default {DEADLINE_DEFAULT_S:.0f})",
    )


async def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0 when everything agrees; raises PlatformError without servers."""
    async with kafka_logs(platform.kafka) as logs, mongo_client(platform.mongo) as client:
        pipeline = Pipeline(platform, logs, client)
        if args.wait:
            began = time.monotonic()
            left = await pipeline.drained(args.deadline)
            if left is not None:
                raise PlatformError(
                    f"Not drained after {time.monotonic() - began:.0f} s: {left}. "
                    "Nothing was compared; `./payops status` tells more."
                )
            await _until_it_answers(platform, min(args.deadline, GATEWAY_LIMIT_S))
        verification = Verification(platform, client)
        try:
            await compare_zones(platform, verification.findings)
            seen = await verification.stored()
            await verification.latecomers(seen, pipeline)
            silent = await _ask_gateway(verification, seen)
        except BSONError as error:
            raise PlatformError(
                f"A document cannot be read ({str(error)[:200]}): nothing behind it was compared. "
                "mongod's log and `validate` of the collections tell more."
            ) from error
        except (PyMongoError, KafkaError) as error:
            raise PlatformError(
                f"A server stopped answering while it was read ({str(error)[:200]}): "
                "run this again."
            ) from error
    findings = verification.findings
    print("\n".join(_totals(seen)))
    if findings.count:
        print(f"{findings.count:,} differences:")
    print("\n".join(findings.lines()), end="\n" if findings.lines() else "")
    if silent is not None:
        complain(silent)
    if findings.count or silent is not None:
        return 1
    print("Everything agrees to the minor unit.")
    return 0


async def _ask_gateway(verification: Verification, seen: Seen) -> str | None:
    try:
        compared = await verification.answers(seen) + await verification.debit_answers(seen)
        compared += await verification.subscription_answers(seen)
    except PlatformError as error:
        return str(error)
    print(f"gateway: {compared} KPI answers compared")
    return None


async def _until_it_answers(platform: Platform, patience: float) -> None:
    """Wait until the gateway answers for a KPI; who asks it next says so when it does not."""
    end = time.monotonic() + patience
    while True:
        try:
            await ask_each(platform, [(TODAY.path, {})])
        except PlatformError:
            if time.monotonic() > end:
                return
            await asyncio.sleep(GATEWAY_EVERY_S)
        else:
            return


def _totals(seen: Seen) -> list[str]:
    rows = seen.rows
    lines = [
        f"transactions {rows.transactions:,}, facts {rows.facts:,}, KPI buckets {seen.buckets:,}"
    ]
    for currency, every in sorted(rows.by_currency.items()):
        paid = rows.paid.get(currency, NOTHING)
        lines.append(
            f"  {currency} {decimal(every.amount_minor, currency)} in {every.payments:,} payments, "
            f"of it paid {decimal(paid.amount_minor, currency)} in {paid.payments:,}"
        )
    debits = seen.debits
    if debits.charges or debits.facts:
        lines.append(
            f"charges {debits.charges:,}, debits {debits.attempts:,}, facts {debits.facts:,}, "
            f"KPI buckets {seen.debit_buckets:,}"
        )
        counted = seen.counted
        lines.append(
            f"debit batches {counted.compared_batches:,}, "
            f"closed billing cycles {counted.compared_cycles:,}"
        )
    ours = seen.subscriptions
    if ours.subscriptions or ours.facts:
        lines.append(
            f"subscriptions {ours.subscriptions:,}, facts {ours.facts:,}, "
            f"KPI buckets {seen.subscription_buckets:,}"
        )
    return lines
