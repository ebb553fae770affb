"""Draft questions from sentences: patterns of English that turn what is said into what is asked.

A draft is a question and the words of the sentence that should answer it. Patterns misread a
sentence now and then; whether a draft is any good is left to `examples`, which asks it.
"""

import re
from collections.abc import Callable

from qa.abbreviations import pairs
from qa.chat.shapes import BARE, NAME, NO_NAME, WHEN, WHERE
from qa.types import Span

__all__ = ["RULES", "Draft", "Rule"]

Draft = tuple[str, Span]
"""A question, and where in its sentence the answer should stand."""

Rule = Callable[[str], Draft | None]
"""A sentence to a draft, or None when it does not fit."""

_AUX = "(?:will|would|is|are|was|were|can|must|may|should)"
_VERB = rf"(?P<verb>{_AUX}|{'|'.join(BARE)})"
_FIRST = rf"(?:(?:[Tt]he|[Aa]n?)\b|(?!(?:{NO_NAME})\b){NAME})"
# Neither a pronoun, which would point nowhere, nor more than one clause.
_SUBJECT = (
    rf"(?P<subject>{_FIRST}"
    rf"(?: (?!{_AUX}\b|(?:that|which|who|whose|said|and|but|not|also)\b)[\w’'&-]+){{0,6}}?)"
    r"(?: \([A-Z]\w+\))?"
)
_NO_CLAUSE = r"(?!(?:and|but|because|after|that|which|who|if|when|said)\b)"
_DEED = rf"(?P<deed>(?:{_NO_CLAUSE}[\w’'$-]+ ){{0,6}}?)"
_NUMBER = r"\d[\d,.]*(?: (?:hundred|thousand|million|billion|trillion))?"

_TIMED = re.compile(rf"{_SUBJECT} {_VERB} {_DEED}(?P<answer>{WHEN.pattern})")
_DATED = re.compile(
    rf"(?P<answer>(?:In|On|At|By) (?:{WHEN.pattern})), {_SUBJECT} {_VERB} "
    r"(?P<deed>(?:(?!and\b|but\b)[\w’'$-]+ ?){1,8})(?=[,.;]| and\b| after\b| because\b| but\b)"
)
_SCHEDULED = re.compile(
    r"(?P<subject>The (?:[\w’'-]+ ){0,2}[\w’'-]+), (?:which (?:lasts|runs|opens|begins|starts)|"
    rf"scheduled|planned|due|set)\b[^,]*?(?P<answer>{WHEN.pattern})"
)
_PLACED = re.compile(rf"{_SUBJECT} {_VERB} {_DEED}(?P<answer>{WHERE.pattern})")
_LOCATED = re.compile(r"(?:\bbe|ed|held|built|found|kept|born|made) $")
_DANGLING = re.compile(
    r"\b(?:for|of|from|to|in|with|by|than|at|on|the|a|an) $|\b(?:them|it|they|these|those)\b"
)
_REASONED = re.compile(
    rf"{_SUBJECT} {_VERB} (?P<deed>(?:{_NO_CLAUSE}[\w’'$-]+ ?){{1,7}})"
    r"(?:, [^,]{3,40} said, )?(?P<answer>because (?!of\b)[^,;]+|so that [^,;]+|in order to [^,;]+)"
)
_PRICED = re.compile(
    rf"{_SUBJECT} (?P<aux>(?:will|would|may|could) )?(?P<verb>cost|costs) "
    rf"(?:about |some |around |nearly )?(?P<answer>[$£€]?{_NUMBER} ?\w+)"
)
_COUNTED = re.compile(
    rf"{_SUBJECT} (?:(?P<aux>will|would|can|must) (?P<plain>[a-z]+)|{_VERB}) "
    r"(?:about |some |around |nearly |only )?"
    rf"(?P<answer>(?:{_NUMBER}|two|three|four|five|six|seven|eight|nine|ten|twelve)) "
    r"(?P<noun>(?!percent\b|per\b|to\b|of\b|and\b|or\b|million\b)[a-z]{3,}s)\b"
)
_UNITS = frozenset(
    "times years months weeks days hours minutes seconds dollars euros pounds".split()
)
_PEOPLE = re.compile(
    rf"(?P<name>(?!(?:{NO_NAME})\b){NAME}(?: (?:[A-Z]\.|{NAME})){{1,3}}), "
    r"(?P<answer>(?:(?:the|a|an) (?:[\w’'-]+ ){0,3}"
    r"(?:\w+(?:er|or|ist|ian|ary|ent|man)|[Cc]hief|[Hh]ead)\b(?! [A-Z])"
    r"|who (?:heads|leads|runs|owns|wrote)\b)"
    r"[^,.]*)[,.]"
)
_WORD = rf"(?!(?:{_AUX}|has|have|had|made|took)\b)[a-z0-9][a-z0-9,’'-]*"
_DEFINED = re.compile(
    r"(?P<term>\b(?:[Tt]he|[Aa]n?) (?:(?!and\b|of\b|to\b|in\b)[a-z-]+ ){0,2}[a-z-]{3,}"
    rf"|\b(?:(?:[Tt]he|[Aa]n?) )?(?!(?:{NO_NAME})\b){NAME}(?: (?:of |for )?{NAME})*(?: \d+)?)"
    r"(?: \([A-Z]\w+\))?, "
    r"(?P<answer>"
    rf"(?:an? (?:{_WORD} ){{1,4}}?(?:that|which|of|used|run|owed|drawn|made|meant|in|to|linked)"
    rf"|the (?:{_WORD} ){{1,2}}?(?:that|which|of))\b[^,;.]*)[,;.]"
)
_PERSON_ROLE = re.compile(r"(?:an?|the) (?:[\w-]+ ){0,2}\w+(?:er|or|ist|ian|man|ent) ")
_OF = r"(?:(?!that\b|which\b|who\b)[^\s,.;:()]+ )"
_COPULA = re.compile(
    rf"(?P<subject>The {_OF}+?of {_OF}+?)(?P<verb>is|was|are|were) "
    r"(?P<answer>(?:an?|the|that|to|\W?\d)\b[^,;.]*)"
)
_IS_A = re.compile(
    rf"{_SUBJECT} (?P<verb>is|was|are|were) (?P<answer>(?:an?|one of the) [a-z][^,;.]*)"
)
_DONE_BY = re.compile(
    rf"{_SUBJECT} (?:was|were) (?P<done>[a-z]+ed|built|led|won|found|held|bought|sold) by "
    rf"(?P<answer>(?:the |an? )?(?:[a-z]+ ){{0,2}}?{NAME}(?: (?:of )?{NAME})*)"
)
_SPOKEN = re.compile(
    rf"(?P<name>(?:[A-Z][a-z]+ ){{0,2}}{NAME} {NAME})"
    r"(?:, [^,]{5,60},)? (?:said|warned|added|argued) "
    r"(?:that )?(?P<answer>(?:the|a|an|her|his|its|it|they|there|[a-z]+s)\b[^.]{15,})"
)


def _subject(found: re.Match[str]) -> str:
    subject = found["subject"].strip()
    return re.sub(r"^(?:The|An?)\b", lambda article: article[0].lower(), subject)


def _ask(how: str, found: re.Match[str], deed: str) -> str:
    """Return a question with its verb before the subject: does, did, or its own."""
    verb, subject = found["verb"], _subject(found)
    if verb in BARE:
        helper = "does" if verb.endswith("s") else "did"
        return f"{how} {helper} {subject} {BARE[verb]} {deed.strip()}".strip() + "?"
    return f"{how} {verb} {subject} {deed.strip()}".strip() + "?"


def _when(sentence: str) -> Draft | None:
    """When will the minutes be published, from: The minutes will be published on 3 July."""
    if scheduled := _SCHEDULED.match(sentence):
        return f"When is {_subject(scheduled)}?", Span(*scheduled.span("answer"))
    found = _TIMED.match(sentence) or _DATED.match(sentence)
    if not found or _DANGLING.search(found["deed"]):
        return None
    return _ask("When", found, found["deed"]), Span(*found.span("answer"))


def _where(sentence: str) -> Draft | None:
    """Where will the head office be, from: The head office will be in Port Hallam."""
    found = _PLACED.match(sentence)
    if not found or not _LOCATED.search(found["deed"]):
        return None
    return _ask("Where", found, found["deed"]), Span(*found.span("answer"))


def _why(sentence: str) -> Draft | None:
    """Why will the delegation not meet them, from: The delegation will not meet them because …."""
    found = _REASONED.match(sentence)
    return (_ask("Why", found, found["deed"]), Span(*found.span("answer"))) if found else None


def _how_much(sentence: str) -> Draft | None:
    """How much did the mission cost, from: The mission cost 385 million dollars."""
    found = _PRICED.match(sentence)
    if not found:
        return None
    helper = found["aux"] or ("does" if found["verb"] == "costs" else "did")
    question = f"How much {helper.strip()} {_subject(found)} cost?"
    return question, Span(*found.span("answer"))


def _how_many(sentence: str) -> Draft | None:
    """How many ships will the group have, from: The group will have 286 ships."""
    found = _COUNTED.match(sentence)
    if not found or found["noun"] in _UNITS or found["verb"] in ("cost", "costs"):
        return None
    how = f"How many {found['noun']}"
    answer = Span(*found.span("answer"))
    if found["aux"]:
        return f"{how} {found['aux']} {_subject(found)} {found['plain']}?", answer
    return (_ask(how, found, ""), answer) if found["verb"] in BARE else None


def _who(sentence: str) -> Draft | None:
    """Who is Jane Doe, from: Jane Doe, the head of the museum, …."""
    found = _PEOPLE.search(sentence)
    return (f"Who is {found['name']}?", Span(*found.span("answer"))) if found else None


def _what_is(sentence: str) -> Draft | None:
    """What is a break fee, from: … a break fee, a sum owed if the deal collapses, …."""
    found = _DEFINED.search(sentence)
    if not found or _PERSON_ROLE.match(found["answer"]):
        return None
    term = found["term"]
    article, _, rest = term.partition(" ")
    if article in ("The", "A", "An"):
        if not rest:  # a name, or the word itself: "The, an article, ..."
            return None
        term = f"{'the' if rest[0].isupper() else article.lower()} {rest}"
    elif term[0].isupper() and found["answer"].startswith("the "):
        return None  # mostly a person, or one of a list
    return f"What is {term}?", Span(*found.span("answer"))


def _what(sentence: str) -> Draft | None:
    """What is the aim of the talks, from: The aim of the talks is …."""
    found = _COPULA.match(sentence) or _IS_A.match(sentence)
    if not found:
        return None
    how = "Who" if _PERSON_ROLE.match(found["answer"]) else "What"
    return f"{how} {found['verb']} {_subject(found)}?", Span(*found.span("answer"))


def _by_whom(sentence: str) -> Draft | None:
    """Who built the radar, from: The radar was built by Tannis Aerospace."""
    found = _DONE_BY.match(sentence)
    if not found:
        return None
    return f"Who {found['done']} {_subject(found)}?", Span(*found.span("answer"))


def _said(sentence: str) -> Draft | None:
    """What did Jane Doe say, from: Jane Doe said the work was late."""
    found = _SPOKEN.match(sentence)
    return (f"What did {found['name']} say?", Span(*found.span("answer"))) if found else None


def _stands_for(sentence: str) -> Draft | None:
    """What does ESA stand for, from: … European Space Agency (ESA)."""
    spelt = next(pairs(sentence), None)
    return (f"What does {spelt[1].of(sentence)} stand for?", spelt[0]) if spelt else None


RULES: tuple[Rule, ...] = (
    _when,
    _who,
    _how_many,
    _why,
    _what_is,
    _how_much,
    _by_whom,
    _where,
    _what,
    _said,
    _stands_for,
)
"""The liveliest first."""
