"""Kafka in and out: batch consumers with a fence, one outbox a database, one relay at a time."""

from payops_kernel.messaging.aggregates import AggregateFold
from payops_kernel.messaging.consumer import TopicConsumer
from payops_kernel.messaging.outbox import Outbox
from payops_kernel.messaging.parking import Parking
from payops_kernel.messaging.records import Record, event_decoder
from payops_kernel.messaging.relay import Relay
from payops_kernel.messaging.slices import Decoded, SliceHandler, SliceWork
from payops_kernel.ports import OutgoingMessage

__all__ = [
    "AggregateFold",
    "Decoded",
    "Outbox",
    "OutgoingMessage",
    "Parking",
    "Record",
    "Relay",
    "SliceHandler",
    "SliceWork",
    "TopicConsumer",
    "event_decoder",
]
