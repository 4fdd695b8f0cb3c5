"""Documents inside documents: conditions, whose names begin with $, as stored bytes."""

from collections.abc import Mapping
from typing import Any

import bson
from bson.codec_options import CodecOptions

from payops_kernel.mongo.client import Document

_OPTIONS: CodecOptions[Document] = CodecOptions(tz_aware=True)


def packed(document: Mapping[str, Any]) -> bson.Binary:
    """The document as BSON."""
    return bson.Binary(bson.encode(dict(document)))


def unpacked(data: bytes) -> Document:
    """The document that was packed."""
    return bson.decode(data, _OPTIONS)
