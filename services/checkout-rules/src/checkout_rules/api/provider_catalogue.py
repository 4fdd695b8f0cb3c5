"""``GET`` and ``PUT /v1/provider-catalogue``."""

from fastapi import APIRouter, Response

from checkout_rules.api.asking import (
    OVERTAKEN,
    Admin,
    IfMatch,
    Viewer,
    seen_in,
    tagged,
    without_key,
)
from checkout_rules.api.catalogue_schemas import CatalogueAnswer, CatalogueIn, CatalogueOut
from checkout_rules.domain.errors import CatalogueNotValid, Wrong
from checkout_rules.domain.kept_catalogue import KeptCatalogue
from checkout_rules.domain.writing import catalogue_pairs
from checkout_rules.use_cases.provider_catalogue import ChangeCatalogue, catalogue_answer
from payops_contracts.provider_catalogue import CATALOGUE_ID
from payops_kernel.ports import CommandAnswer, Repository, RunsCommands


def catalogue_routes(
    commands: RunsCommands, catalogues: Repository[KeptCatalogue], change: ChangeCatalogue
) -> APIRouter:
    """Viewers read the catalogue, admins change it."""
    router = APIRouter(prefix="/v1", tags=["provider-catalogue"])

    @router.get("/provider-catalogue", response_model=CatalogueOut, dependencies=[Viewer])
    async def get_provider_catalogue() -> Response:
        """Every provider-payment method pair and what it can do; the ETag is its version."""
        kept = await catalogues.find(CATALOGUE_ID)
        if kept is None:
            raise catalogues.missing(CATALOGUE_ID)
        return _tagged(CommandAnswer(200, catalogue_answer(kept)))

    @router.put("/provider-catalogue", response_model=CatalogueAnswer, responses=OVERTAKEN)
    async def put_provider_catalogue(
        body: CatalogueIn, actor: Admin, if_match: IfMatch
    ) -> Response:
        """Change what pairs there are and what they can do.

        Rules keep the pairs that are lost, and answer without them; the answer names them.
        """
        said = [each.model_dump(mode="json") for each in body.pairs]
        pairs = catalogue_pairs(said)
        _refuse_twice([pair for pair, _ in pairs])
        answer = await commands.run(
            without_key(actor, body.reason), lambda work: change(work, seen_in(if_match), pairs)
        )
        return _tagged(answer)

    return router


def _refuse_twice(pairs: list[tuple[str, str]]) -> None:
    wrong = [
        Wrong(f"/body/pairs/{number}", "twice", "The pair is there already.")
        for number, pair in enumerate(pairs)
        if pair in pairs[:number]
    ]
    if wrong:
        raise CatalogueNotValid.of(wrong)


def _tagged(answer: CommandAnswer) -> Response:
    return tagged(answer, answer.body["version"])
