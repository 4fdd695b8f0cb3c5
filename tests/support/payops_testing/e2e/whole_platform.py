"""The whole platform as a user starts it: the real command, ports and a data folder of its own.

Everything here goes through `./payops`, HTTP, Kafka and MongoDB, and shares no code with the
services.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer
from pymongo import MongoClient

from payops_local.places import CHECKOUT
from payops_testing.platforms import eventually, free_base, kill_all, living

UP_LIMIT_S = 300.0
CALL_LIMIT_S = 300.0
VERIFY_LIMIT_S = 700.0
"""Behind its deadline for what is on its way it compares every answer, some hundred of them."""
ANSWER_LIMIT_S = 30.0
PAGE = 200
BASES = range(21_000, 31_900, 100)
OFFSETS = (0, 1, 11, 12, 13, 14, 15, 90, 91, 92, 93)


class WholePlatform:
    """One platform in a folder; it runs between :meth:`up` and :meth:`down`."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.base = free_base(BASES, OFFSETS)
        foreign = ("PAYOPS_", "PYTHON")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
        self.env = kept | {"PAYOPS_PORT_BASE": str(self.base), "PAYOPS_DATA": str(data)}
        self.gateway = f"http://127.0.0.1:{self.base}"
        self.kafka = f"127.0.0.1:{self.base + 90}"
        self._mongo = f"mongodb://127.0.0.1:{self.base + 92}/?replicaSet=rs0"
        self._tokens: dict[str, str] = {}

    # The one command.

    def begin(self, *call: str) -> subprocess.Popen[str]:
        """Start ``./payops CALL``."""
        return subprocess.Popen(
            [str(CHECKOUT / "payops"), *call],
            cwd=self.data.parent,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def call(self, *call: str, limit_s: float = CALL_LIMIT_S, code: int = 0) -> str:
        """All that ``./payops CALL`` says; fails when its exit code is another one."""
        process = self.begin(*call)
        try:
            said, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
            raise AssertionError(f"{call} went on for over {limit_s:g} s: {said}") from None
        assert process.returncode == code, f"{call} ended with {process.returncode}: {said}"
        return said

    def up(self) -> str:
        """Start it without demo traffic; what it says."""
        return self.call(
            "up", "--detach", "--no-demo", "--data", str(self.data), limit_s=UP_LIMIT_S
        )

    def verify(self) -> str:
        """Wait until all is counted and compare everything; what it says."""
        return self.call("verify", "--wait", "--deadline", "240", limit_s=VERIFY_LIMIT_S)

    def status(self) -> dict[str, Any]:
        """``status --json``, whatever its exit code."""
        said, _ = self.begin("status", "--json").communicate(timeout=CALL_LIMIT_S)
        answer: dict[str, Any] = json.loads(said)
        return answer

    # Its processes.

    def pids(self) -> dict[str, int]:
        """Every process of the platform that lives, by the name in its record."""
        return living(self.data)

    def kill(self, name: str) -> int:
        """``kill -9`` one process; its id."""
        pid = self.pids()[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_everything(self) -> None:
        """``kill -9`` of all at once, the supervisor first so that it restarts nothing."""
        kill_all(self.data)
        eventually(lambda: not self.pids(), why="killed processes are gone")

    # Its answers.

    def get(self, path: str, **query: str | int) -> dict[str, Any]:
        """What the gateway answers a viewer."""
        if not self._tokens:
            self._tokens["viewer"] = self.call("token", "viewer").strip()
        answer = httpx.get(
            self.gateway + path,
            params=query,
            headers={"authorization": f"Bearer {self._tokens['viewer']}"},
            timeout=ANSWER_LIMIT_S,
        )
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def payments(self, prefix: str) -> Iterator[dict[str, Any]]:
        """Every payment whose id begins so, by the list, page after page."""
        query: dict[str, str | int] = {"q": prefix, "limit": PAGE}
        while True:
            page = self.get("/v1/transactions", **query)
            yield from page["items"]
            if page["next"] is None:
                return
            query["cursor"] = page["next"]

    def stored(self, prefix: str) -> int:
        """How many payments with this beginning the list has; 0 while nobody answers."""
        try:
            return int(self.get("/v1/transactions", q=prefix, limit=1)["total"])
        except (httpx.HTTPError, AssertionError):
            return 0

    def paid(self, prefix: str) -> list[dict[str, Any]]:
        """Those of them that are paid; a payment may be there before it is."""
        return [row for row in self.payments(prefix) if row["status"] == "PAID"]

    def paid_in(self, year: int) -> dict[str, int]:
        """Count and minor units in US dollars of the daily payments of a year."""
        answer = self.get(
            "/v1/kpis/daily-payments",
            **{"from": f"{year}-01-01", "to": f"{year}-12-31", "currency": "USD"},
        )
        total: dict[str, int] = answer["currencies"][0]["total"]
        assert total["count"] == sum(day["count"] for day in answer["currencies"][0]["days"])
        return total

    # Its stores.

    def documents(self, service: str, collection: str, prefix: str = "") -> list[dict[str, Any]]:
        """Documents whose ``_id`` begins so, in its order."""
        with MongoClient[dict[str, Any]](self._mongo) as client:
            rows = client[f"payops_{service}"][collection]
            return list(rows.find({"_id": {"$regex": f"^{prefix}"}}).sort("_id", 1))

    async def log_ends(self, topic: str) -> int:
        """How many records were ever published to a topic."""
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=self.kafka, group_id=None, isolation_level="read_committed"
        )
        await consumer.start()
        try:
            ends = await consumer.end_offsets(consumer.assignment())
            return sum(int(end) for end in ends.values())
        finally:
            await consumer.stop()
