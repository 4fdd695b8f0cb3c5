"""Jinja, once a language: escaping always on, unknown names an error, words by gettext.

A template is rendered whole or one block of it: ``base.html`` writes nothing but the block that
``fragment`` names, so that a page and its parts are one template.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.bccache import Bucket

from backoffice.assets import Assets
from backoffice.components.icons import icon
from backoffice.formatting.identifiers import for_bar, shortened
from backoffice.formatting.joined import dotted
from backoffice.words import LANGUAGES, translations

FOLDER = Path(__file__).parents[1] / "templates"


class Compiled(BytecodeCache):
    """Compiled templates by their key: every language of a process runs the same ones."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Jinja asks for what it compiled before."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Jinja hands over what it has compiled."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


class Templates:
    """The templates in one language, ready before the first page is asked for."""

    def __init__(self, language: str, assets: Assets) -> None:
        self._loader = FileSystemLoader(FOLDER)
        self._environment = Environment(
            loader=self._loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=COMPILED,
            extensions=["jinja2.ext.i18n"],
        )
        with_words: Any = self._environment  # the extension adds to it what no stub knows
        with_words.install_gettext_translations(translations(language), newstyle=True)
        self._environment.globals |= {"asset": assets.url, "icon": icon}
        self._environment.filters |= {
            "shortened": shortened,
            "for_bar": for_bar,
            "dotted": dotted,
        }
        self._blocks = cache(self._blocks_of)
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    def render(self, template: str, values: Mapping[str, Any], block: str | None = None) -> str:
        """The page, or one block of it; raises ``KeyError`` for a block that it has not."""
        if block is not None and not self.has(template, block):
            raise KeyError(f"{template} has no block '{block}'")
        return self._environment.get_template(template).render(values, fragment=block)

    def has(self, template: str, block: str) -> bool:
        """Whether the template, or one that it extends, has the block."""
        return block in self._blocks(template)

    def _blocks_of(self, template: str) -> frozenset[str]:
        source, _, _ = self._loader.get_source(self._environment, template)
        tree = self._environment.parse(source)
        found = {block.name for block in tree.find_all(nodes.Block)}
        for parent in tree.find_all(nodes.Extends):
            if isinstance(parent.template, nodes.Const):
                found |= self._blocks(parent.template.value)
        return frozenset(found)


def in_every_language(assets: Assets) -> dict[str, Templates]:
    """The templates, by language."""
    return {language: Templates(language, assets) for language in LANGUAGES}
