"""After a restore from backup: forgotten debits put back, states said again."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice

import orjson

from billing_debits.domain.charge import Charge
from billing_debits.domain.policies import Rules
from billing_debits.domain.recovering import ForgottenDebit, put_back
from billing_debits.publishing.charges import restated_message
from billing_debits.store.charges import ChargeStore
from payops_contracts.ids import BatchCode, DebitId
from payops_contracts.topics import CHARGES
from payops_kernel.clock import Clock
from payops_kernel.due_rows import DueRows
from payops_kernel.mongo import Collections, Document, Session
from payops_kernel.ports import OutgoingMessage
from payops_kernel.repository import MongoRepository

CHARGES_A_READ = 500
_ASKED = b"payops.charge.submitted.v1"


class RestoredCharges:
    """Satisfies ``RestoringRules``."""

    indexes = ChargeStore.indexes

    def __init__(
        self,
        db: Collections,
        charges: MongoRepository[Charge],
        due: DueRows,
        rules: Callable[[], Rules],
        clock: Clock,
    ) -> None:
        self._store = ChargeStore(db)
        self._parts = (charges, due, rules, clock)
        self.topic = CHARGES.name
        self.collection = self._store.collection

    def lesson(self) -> "AskedDebits":
        """A new reading of what was published."""
        return AskedDebits(*self._parts)

    def restated(self, document: Document, at: datetime, restoration: str) -> OutgoingMessage:
        """A charge's state, its version raised already."""
        return restated_message(self._store.from_document(document), at, restoration)


class AskedDebits:
    """Satisfies ``Lesson``: every debit that was ever asked for, by charge.

    They are kept in memory while the topic is read, some hundred bytes each.
    """

    def __init__(
        self,
        charges: MongoRepository[Charge],
        due: DueRows,
        rules: Callable[[], Rules],
        clock: Clock,
    ) -> None:
        self._charges = charges
        self._due = due
        self._rules = rules
        self._clock = clock
        self.asked: dict[str, dict[DebitId, ForgottenDebit]] = defaultdict(dict)

    def learn(self, value: bytes) -> None:
        """Of an event about a debit that was asked for: its id, number, instant and batch."""
        if _ASKED not in value:
            return
        event = orjson.loads(value)
        if event["type"].encode() != _ASKED:
            return
        data = event["data"]
        for told in data["attempts"]:
            if told["debit_id"] == data["change"]["debit_id"]:
                batch = told.get("batch_code")
                debit = ForgottenDebit(
                    DebitId(told["debit_id"]),
                    told["number"],
                    datetime.fromisoformat(told["submitted_at"]),
                    None if batch is None else BatchCode(batch),
                )
                self.asked[data["charge_id"]].setdefault(debit.debit_id, debit)

    async def settle(self, session: Session) -> Sequence[str]:
        """Put back what the database has forgotten; name the charges."""
        put, unknown = 0, 0
        ids = iter(sorted(self.asked))
        while keys := list(islice(ids, CHARGES_A_READ)):
            found = await self._charges.load_many(keys, session)
            unknown += len(keys) - len(found)
            changed = [charge for charge in found.values() if self._recovered(charge)]
            if changed:
                await self._charges.save_many(changed, session)
                rows = [row for charge in changed for row in self._charges.due(charge)]
                await self._due.schedule_many(rows, session)
            put += len(changed)
        findings = []
        if put:
            findings.append(
                f"{put} charges had debits that were asked for after the backup: they are put "
                "back, and those without a result are asked for again under their own key."
            )
        if unknown:
            findings.append(
                f"{unknown} charges with debits are not in the database, nor in what upstream "
                "published: compare the processor's records with payops.debit-commands."
            )
        return findings

    def _recovered(self, charge: Charge) -> bool:
        asked = sorted(self.asked[charge.id].values(), key=lambda each: each.number)
        now, rules = self._clock.now(), self._rules()
        put = [put_back(charge, each, rules, now) for each in asked]
        return any(put)
