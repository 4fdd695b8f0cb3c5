"""What tests leave on mongod."""

from uuid import uuid4

from payops_kernel.mongo import connect
from payops_testing.kernel.dropping import drop_database


async def test_a_database_goes_though_a_transaction_in_it_was_left_open(mongo_uri: str) -> None:
    mongo = connect(mongo_uri, f"test_{uuid4().hex[:12]}")
    await mongo.db["rows"].insert_one({"_id": 1})
    async with await mongo.client.start_session() as session:
        session.start_transaction()
        await mongo.db["rows"].insert_one({"_id": 2}, session=session)
        await drop_database(mongo)
    assert mongo.db.name not in await mongo.client.list_database_names()
    mongo.close()
