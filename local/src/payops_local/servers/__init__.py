"""Real servers as children of this process: the platform's, and every test's.

    server = MongoServer(port=27117, data_dir=folder, test_commands=True)
    server.start()                  # blocks until it is primary; `await server.astart()` as well
    server.kill(); server.start()   # recovers from its journal
    server.pause(); server.resume() # a server that hangs
    server.stop()

`KafkaServer` is used in the same way. Both raise `payops_local.errors.PlatformError`.
"""

from payops_local.servers.kafka import KafkaServer
from payops_local.servers.kafka_probe import kafka_answers
from payops_local.servers.maven import kafka_libraries
from payops_local.servers.mongo import MongoServer

__all__ = ["KafkaServer", "MongoServer", "kafka_answers", "kafka_libraries"]
