"""The pages of jobs: the list by its declaration, the tray, and a page for each."""

from fastapi import APIRouter

from backoffice.pages import jobs
from backoffice.pages.lists import list_routes
from backoffice.pages.page import Area

routes = APIRouter()
routes.include_router(list_routes(jobs.JOBS))
routes.include_router(jobs.routes)

JOBS_AREA = Area(
    pages=(jobs.JOBS, jobs.TRAY, jobs.JOB),
    routes=routes,
    scripts=("job-tray.js",),
    topbar=("components/job_tray.html",),
)
