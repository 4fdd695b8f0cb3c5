"""Charts: the Analytics page, and the same inside a page of another site."""

from backoffice.pages.analytics import embedding, page
from backoffice.pages.page import Area

ANALYTICS = Area(pages=(page.ANALYTICS, embedding.EMBEDDING))
ANALYTICS.routes.include_router(page.routes)
ANALYTICS.routes.include_router(embedding.routes)
