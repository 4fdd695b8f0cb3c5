"""How a rule is found: by its id or its name."""

from checkout_rules.domain.rule import Rule
from payops_kernel.search_text import searchable, words_of


def search_words(rule: Rule) -> list[str]:
    """What a search may name, each matched from its beginning.

    The id, and the names of what answers and of what was saved last, from each of their words on.
    """
    names = {rule.latest.terms.name} | ({rule.active.terms.name} if rule.active else set())
    found = [searchable(rule.id)]
    for name in sorted(names):
        words = words_of(name)
        found += [searchable(name), *(" ".join(words[first:]) for first in range(len(words)))]
    return list(filter(None, dict.fromkeys(found)))


def typed(text: str) -> list[str]:
    """What somebody typed, in the forms in which words are kept."""
    forms = (searchable(text), " ".join(words_of(text)))
    return [form for form in dict.fromkeys(forms) if form]
