"""Rendering off the event loop, with a time limit."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from payops_kernel.logging import get_logger
from transactions.domain.documents import InvoiceDocument, MissingGlyphs
from transactions.invoicing.rendering import render
from transactions.invoicing.style import Style
from transactions.use_cases.issue_invoice import DocumentNotRendered

RENDERERS_MAX = 2
"""Documents that are laid out at once; the layout runs outside Python's lock."""

PRINT_SECONDS_MAX = 20.0
"""Twice what 500 items of 500 characters, the most there is, take on a busy machine."""

PDF_BYTES_MAX = 12 * 1024 * 1024
"""What fits a MongoDB document with room to spare; the largest payment's has a third."""

log = get_logger(__name__)


class PdfRenderer:
    """Satisfies ``RendersPdf`` in threads of its own.

    A thread past its time ends by itself, unheard.
    """

    def __init__(
        self,
        style: Style,
        rendering: Callable[[InvoiceDocument, Style], bytes] = render,
        seconds_max: float = PRINT_SECONDS_MAX,
    ) -> None:
        self._style = style
        self._rendering = rendering
        self._seconds_max = seconds_max
        self._threads = ThreadPoolExecutor(RENDERERS_MAX, thread_name_prefix="printer")

    async def __call__(self, document: InvoiceDocument) -> bytes:
        """The PDF's bytes."""
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._threads, self._rendering, document, self._style)
        try:
            async with asyncio.timeout(self._seconds_max):
                pdf = await work
        except MissingGlyphs as error:
            log.warning("invoice.not_printable", number=document.number, reason=str(error))
            raise
        except Exception as error:
            log.exception("invoice.not_printed", number=document.number)
            raise DocumentNotRendered("The PDF could not be made; try again later.") from error
        if len(pdf) > PDF_BYTES_MAX:
            log.error("invoice.too_large", number=document.number, bytes=len(pdf))
            raise DocumentNotRendered("The PDF is larger than one may be.")
        return pdf
