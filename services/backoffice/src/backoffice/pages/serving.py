"""``/assets/…``: from memory, kept by browsers for ever."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from backoffice.errors import NoSuchPage
from backoffice.pages.answers import takes_gzip
from backoffice.pages.site import Site

FOR_EVER = "public, max-age=31536000, immutable"

routes = APIRouter()


@routes.get("/assets/{digest}/{name:path}")
async def asset(digest: str, name: str, request: Request) -> Response:
    """One file of the version that pages name."""
    site: Site = request.app.state.site
    found = site.assets.find(digest, name)
    if found is None:
        raise NoSuchPage("No file of this version has this name.")
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    if found.compressed is not None and takes_gzip(request):
        headers["Content-Encoding"] = "gzip"
        return Response(found.compressed, headers=headers, media_type=found.media_type)
    return Response(found.content, headers=headers, media_type=found.media_type)
