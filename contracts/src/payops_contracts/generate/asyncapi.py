"""An AsyncAPI 3.0 document a service: what it receives, what it sends, and how it lies in Kafka."""

from payops_contracts.envelope import (
    BINARY_PREFIX,
    CONTENT_TYPE,
    CONTENT_TYPE_HEADER,
    STRUCTURED_CONTENT_TYPE,
)
from payops_contracts.generate.schemas import Json
from payops_contracts.registry import models_of, type_of
from payops_contracts.topics import (
    ALL_SUBSCRIPTIONS,
    TOPICS,
    Subscription,
    Topic,
    dead_letter_topic,
)

BINDING_VERSION = "0.5.0"


def services() -> list[str]:
    """Every service that publishes to a ``payops.*`` topic or consumes any topic."""
    publishers = {name for topic in TOPICS if topic.ours for name in topic.publishers}
    return sorted(publishers | {subscription.service for subscription in ALL_SUBSCRIPTIONS})


def document(service: str) -> Json:
    """The AsyncAPI document of one service; payloads refer to ``../schemas``."""
    received = [it for it in ALL_SUBSCRIPTIONS if it.service == service]
    sent = [topic for topic in TOPICS if service in topic.publishers]
    dead = [dead_letter_topic(subscription) for subscription in received]
    channels = [it.topic for it in received] + sent + dead
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:payops:service:{service}",
        "info": {
            "title": f"PayOps {service}",
            "version": "1.0.0",
            "description": (
                "Events are CloudEvents 1.0. Inbound topics take structured and binary mode, "
                "PayOps sends structured mode, "
                f"with the header `{CONTENT_TYPE_HEADER}: {STRUCTURED_CONTENT_TYPE}`. "
                "Kafka's key is always the event's `subject`."
            ),
        },
        "servers": {"kafka": _server()},
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic.name: _channel(topic) for topic in channels},
        "operations": {f"receive.{it.topic.name}": _receive(it) for it in received}
        | {f"send.{topic.name}": _send(topic) for topic in sent + dead},
        "components": {
            "messages": {
                name: message for topic in channels for name, message in _messages(topic).items()
            }
        },
    }


def _server() -> Json:
    return {
        "host": "{bootstrap}",
        "protocol": "kafka",
        "description": "The platform's Kafka; the default is the local platform's.",
        "variables": {"bootstrap": {"default": "127.0.0.1:8690"}},
    }


def _channel(topic: Topic) -> Json:
    return {
        "address": topic.name,
        "title": topic.name,
        "description": (
            f"{topic.says}; key = {topic.subject}; published by {', '.join(topic.publishers)}"
        ),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _messages(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": topic.retention_ms,
                    "max.message.bytes": topic.message_bytes_max,
                },
                "bindingVersion": BINDING_VERSION,
            }
        },
    }


def _messages(topic: Topic) -> Json:
    if topic.events is None:
        return {topic.name: _dead_letter(topic)}
    return {
        type_of(model): {
            "name": type_of(model),
            "title": type_of(model),
            "summary": (model.__doc__ or "").replace("``", "`"),
            "contentType": STRUCTURED_CONTENT_TYPE if topic.ours else CONTENT_TYPE,
            "headers": _sent_headers() if topic.ours else _taken_headers(),
            "payload": {"$ref": f"../schemas/{type_of(model)}.json"},
            "bindings": {"kafka": _key(topic)},
        }
        for model in models_of(topic.events)
    }


def _sent_headers() -> Json:
    return {
        "type": "object",
        "required": [CONTENT_TYPE_HEADER],
        "properties": {CONTENT_TYPE_HEADER: {"type": "string", "const": STRUCTURED_CONTENT_TYPE}},
    }


def _taken_headers() -> Json:
    return {
        "type": "object",
        "properties": {
            CONTENT_TYPE_HEADER: {
                "type": "string",
                "description": (
                    f"Structured mode: `{CONTENT_TYPE}`, with or without parameters. Binary mode, "
                    f"with the attributes in `{BINARY_PREFIX}*` headers: that of `data`. "
                    "Without it and without such headers: structured mode."
                ),
                "examples": [STRUCTURED_CONTENT_TYPE],
            }
        },
    }


def _dead_letter(topic: Topic) -> Json:
    return {
        "name": topic.name,
        "title": topic.name,
        "summary": f"{topic.says}; headers say where it lay, why and when it first failed",
        "contentType": "application/octet-stream",
        "payload": {},
        "bindings": {"kafka": _key(topic)},
    }


def _key(topic: Topic) -> Json:
    return {
        "key": {"type": "string", "description": topic.subject},
        "bindingVersion": BINDING_VERSION,
    }


def _receive(subscription: Subscription) -> Json:
    group = {"type": "string", "enum": [subscription.group]}
    operation = _operation("receive", subscription.topic)
    operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": BINDING_VERSION}}
    return operation


def _send(topic: Topic) -> Json:
    return _operation("send", topic)


def _operation(action: str, topic: Topic) -> Json:
    channel = f"#/channels/{topic.name}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "summary": topic.says,
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in _messages(topic)],
    }
