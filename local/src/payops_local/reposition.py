"""Tell a consumer that refuses its log where to go on.

A consumer refuses when the log is not the one that it read before: made anew, truncated, or cut
by retention behind its position. Find out what happened first; then this rewrites the stored
position, and the running service goes on from there by itself within seconds. Going back is
harmless, for what was applied is known; going on past records loses them for this service.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from aiokafka.errors import KafkaError

from payops_contracts.topics import ALL_SUBSCRIPTIONS, Subscription
from payops_local.connections import (
    Database,
    PyMongoError,
    database,
    kafka_is_silent,
    mongo_client,
)
from payops_local.errors import PlatformError
from payops_local.kafka_logs import Bounds, KafkaLogs, kafka_logs
from payops_local.platform import Platform

START, END = "start", "end"
AGREED = frozenset({"y", "yes"})


@dataclass(frozen=True, slots=True)
class Move:
    """One partition's position, before and after."""

    row_id: str
    before: int | None
    """The stored ``next``; None when there is no row."""
    after: int
    log: Bounds

    def __str__(self) -> str:
        if self.before is None:
            way = "there was no position"
        elif self.after < self.before:
            again = max(0, min(self.before, self.log.end) - self.after)
            way = f"{again:,} offsets are read (again)"
        elif self.after > self.before:
            way = f"{self.after - self.before:,} offsets are left out"
        else:
            way = "the place stays, what lay there last is forgotten"
        old = "-" if self.before is None else self.before
        return (
            f"{self.row_id}: {old} -> {self.after} (log {self.log.start} to {self.log.end}); {way}"
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", help="for example transactions")
    parser.add_argument("topic", help="for example upstream.payments")
    parser.add_argument("--partition", type=int, metavar="N", help="only this one (default: all)")
    parser.add_argument(
        "--to", default=START, metavar="start|end|OFFSET", help="default: the log's start"
    )
    parser.add_argument("--yes", action="store_true", help="without asking")


async def run(args: argparse.Namespace, platform: Platform) -> int:
    """Exit code 0 when the positions are written, 1 when the answer was no."""
    subscription = _subscription(args.service, args.topic)
    async with kafka_logs(platform.kafka) as logs, mongo_client(platform.mongo) as client:
        db = database(client, platform.database(args.service))
        try:
            moves = await _moves(args, subscription, logs, db)
        except KafkaError as error:
            raise kafka_is_silent(platform.kafka) from error
        print("\n".join(str(move) for move in moves))
        if not args.yes and not _agreed():
            print("Nothing was changed.")
            return 1
        try:
            for move in moves:
                await _write(db, move)
        except PyMongoError as error:
            raise PlatformError(
                f"MongoDB did not take the position ({str(error)[:200]}): run this again."
            ) from error
    print("Written; the running service goes on from there by itself.")
    return 0


def _subscription(service: str, topic: str) -> Subscription:
    for each in ALL_SUBSCRIPTIONS:
        if (each.service, each.topic.name) == (service, topic):
            return each
    known = "; ".join(f"{each.service} {each.topic.name}" for each in ALL_SUBSCRIPTIONS)
    raise PlatformError(f"{service} does not consume {topic}: choose one of {known}.")


async def _moves(
    args: argparse.Namespace, subscription: Subscription, logs: KafkaLogs, db: Database
) -> list[Move]:
    partitions = logs.partitions(subscription.topic.name)
    if args.partition is not None:
        partitions = [tp for tp in partitions if tp.partition == args.partition]
        if not partitions:
            raise PlatformError(f"{subscription.topic.name} has no partition {args.partition}.")
    elif args.to not in {START, END}:
        raise PlatformError("An offset belongs to one partition: name it with --partition.")
    moves: list[Move] = []
    for tp, log in (await logs.bounds(partitions)).items():
        row_id = f"{subscription.group}/{tp.topic}/{tp.partition}"
        row = await db["positions"].find_one({"_id": row_id})
        moves.append(
            Move(row_id, None if row is None else int(row["next"]), _to(args.to, log), log)
        )
    return moves


def _to(wanted: str, log: Bounds) -> int:
    if wanted in {START, END}:
        return log.start if wanted == START else log.end
    offset = int(wanted) if wanted.isascii() and wanted.isdigit() else -1
    if not log.start <= offset <= log.end:
        raise PlatformError(
            f"--to is '{wanted}': say start, end, or an offset from {log.start} to {log.end}."
        )
    return offset


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise PlatformError("Nothing was changed: say --yes to write this without being asked.")
    return input("Write this? [y/N] ").strip().lower() in AGREED


async def _write(db: Database, move: Move) -> None:
    # Only over what was shown: a consumer that moved meanwhile is not pulled from its place.
    place = (
        {"_id": move.row_id} if move.before is None else {"_id": move.row_id, "next": move.before}
    )
    written = await db["positions"].update_one(
        place, {"$set": {"next": move.after, "last": None}}, upsert=move.before is None
    )
    if written.matched_count == 0 and written.upserted_id is None:
        raise PlatformError(
            f"{move.row_id} has moved meanwhile, so its consumer reads; nothing was changed there."
        )
