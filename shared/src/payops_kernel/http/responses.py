"""Answers without ceremony: JSON by orjson, instants in UTC with ``Z``."""

from typing import Any

import orjson
from starlette.responses import Response

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


class JsonResponse(Response):
    """JSON straight from dicts, lists, dataclasses, enums and aware datetimes.

    For hot routes: return it from the route and declare the model by ``response_model`` for the
    OpenAPI document alone; FastAPI then neither validates nor copies the answer.
    """

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The body's bytes; raises ``TypeError`` for what JSON cannot say."""
        return orjson.dumps(content, option=_OPTIONS)
