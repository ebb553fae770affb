"""What a time, a place, a reason, a means, a name and a subject look like in English.

A pattern only tells where words of that shape stand; whether they answer anything is left to
the reader (`glance`, `examples`).
"""

import re

from qa.types import Span

__all__ = [
    "BARE",
    "DECIDED",
    "HOW",
    "LONG_AGO",
    "NAME",
    "NO_NAME",
    "WHEN",
    "WHERE",
    "WHY",
    "subject",
]

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DATE = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:1\d|20)\d\d"
_WHICH = "(?:last|next|this|every|early|late)"
_TIME = "|".join(
    (
        rf"(?:{_DATE} ?(?:to|and|[-–]) ?)?{_DATE} {_MONTH}(?:,? {_YEAR})?",
        rf"{_MONTH} {_DATE}(?:(?: to | and | ?[-–] ?)(?:{_MONTH} )?{_DATE})?(?:,? {_YEAR})?",
        rf"(?:{_WHICH} )?{_DAY}(?: (?:night|morning|evening|afternoon)s?)?",
        rf"{_WHICH} {_MONTH}",
        rf"{_MONTH},? {_YEAR}",
        rf"{_WHICH} (?:week(?:end)?|month|year|spring|summer|autumn|fall|winter)",
        rf"(?:spring|summer|autumn|fall|winter|end|start|beginning) of (?:the year|{_YEAR})",
        r"(?:the )?weekend|today|tonight|tomorrow|yesterday",
        r"(?:\d{1,2}(?:st|nd|rd|th)|[a-z]+(?:th|first|second|third)) centur(?:y|ies)",
        # What is won "in 14:32" is not won at that hour.
        r"\d{1,2}(?:[:.]\d\d)? ?[ap]\.m\.|(?<!\bin )\d{1,2}:\d\d",
        # A bare month or year tells a time only after such a word.
        *(
            rf"(?<=\b{word} )(?:{_MONTH}|{_YEAR}s?)"
            for word in "in In since Since by By until before between".split()
        ),
        # "From 1200 to 1500" are as often jobs as years.
        rf"(?<=\b[Ff]rom )(?:{_MONTH}|(?:1[5-9]|20)\d\ds?)",
    )
)
WHEN = re.compile(
    r"(?:\b(?:from|between|on|in|at|by|until|since|before|after|during) )?"
    r"(?:the )?(?:(?:early hours|night|evening|morning) of )?"
    rf"(?<![\w.,])(?:{_TIME})(?! per ?cent|\w|['’]s)"
    rf"(?: ?(?:to|and|until|[-–]) ?(?:{_TIME}|(?:{_YEAR}|(?-i:{_MONTH}))\b))?",
    re.IGNORECASE,
)

LONG_AGO = re.compile(
    r"\b(?:since|before|after) |\b(?:last|ago)\b|^(?:in |by |from |the )*(?:1\d|20)\d\ds?$",
    re.IGNORECASE,
)
"""Times that mostly tell what went before: a bare year, "since ...", "last ..."."""

NAME = r"[A-Z](?:\.[A-Z]\.|[\w’'-]*\w\b)"
_PLACE_KIND = (
    "(?:town|city|village|capital|lake|islands?|port|harbour|meadows|valley|state|province|county"
    "|district|region|coast|bay|gulf|quay)"
)
_BODY = (
    "University|Institute|Bank|Foundation|Society|Ministry|Council|Commission|Agency|Party|Union"
    "|League|Alliance|Department|Company|Association|Federation|Group|Board|Fund"
)
"""Bodies of people, which act and are no places."""
_PLACE_NAME = rf"(?!(?:{_MONTH}|{_DAY}|{_BODY})\b){NAME}"
_PLACES = (
    rf"{_PLACE_NAME}(?: (?:of (?:the )?)?{_PLACE_NAME})*(?<!ian)(?<!ese)(?<!ish)"
    rf"(?! (?:{_BODY})\b)(?! [A-Z]\w)(?: {_PLACE_KIND})?(?:, D\.C\.)?"
    rf"(?:(?:, {_PLACE_NAME}(?: {_PLACE_NAME})*)* and {_PLACE_NAME}(?: {_PLACE_NAME})*)?"
)
_NO_PERSON = r"(?!-|, (?:who|his|her|their)\b)"
WHERE = re.compile(
    r"\b(?:in|at|to|from|near|into|across|outside|around|over|on|off|throughout|under) "
    rf"(?:(?:the|a|an|its|their) )?(?:(?!and\b|that\b|behalf\b)[a-z-]+ ){{0,2}}?(?:of )?{_PLACES}"
    f"{_NO_PERSON}"
    rf"|\b(?:[Tt]he )?(?:[a-z]+ )?{_PLACE_KIND} of {_PLACES}"
    rf"|\bbetween {_PLACES}(?: and the capital)?"
    rf"|\b(?:[Tt]he )?(?:{NAME} )?capital, {_PLACES}"
)

_CLAUSE = r"(?:[^.,;:!?—()]|,(?=\d{3})|\.(?=[\s\w])|:(?=\d))*"
"""The rest of a clause: up to a mark that is not part of a number or an abbreviation."""
# After these "to" says what is to be, not what it is for.
_TAKING_TO = (
    "agree/agreed decide/decided expect/expects fail/failed intend/intended/intends manage/managed "
    "need/needed/needs offer/offered/offers plan/plans pledge/pledged/pledges "
    "promise/promised/promises refuse/refused/refuses seek/seeks/sought threaten/threatened "
    "tried/try vote/voted/votes vow/vowed want/wants "
    "able asked began due expected from going had has have is likely not ordered required set up "
    "used was were are"
)
_NOT_PURPOSE = "".join(rf"(?<!\b{word} )" for word in re.split("[ /]", _TAKING_TO))
DECIDED = re.compile(r"\b(?:voted?|votes|the (?:first|last|next|only)) [^,;:]*$")
"""What makes a "to" further on say what was voted, or who did it first, not what it is for."""
WHY = re.compile(
    r"\b(?i:because|due to|owing to|thanks to|in order to|so that|so as to|in response to|amid"
    rf"|in protest (?:at|against)) {_CLAUSE}"
    # What comes after a time, or a vote, does not come of it.
    rf"|\b(?i:after|since) (?!\d|{_DAY}|{_MONTH}|midnight|[^.,;]*\bvote){_CLAUSE}"
    rf"|{_NOT_PURPOSE}\bto (?!(?:the|an?|its|their|be|door)\b)[a-z]+ {_CLAUSE}"
    r"|\b(?i:the|his|her|its|their) (?:main |chief )?(?:aim|goal|purpose|objective|reason)"
    rf"(?: of {_CLAUSE}?)? (?:is|are|was|were) {_CLAUSE}"
    rf"|\b(?:aims?|hopes?) to {_CLAUSE}"
)
HOW = re.compile(
    r"\b(?:by [a-z]+ing|by means of|using|through an?|via|with the help of|on board|aboard)"
    r" (?:(?! and )(?:[^.,;:!?—()]|\.(?=[\s\w])|:(?=\d)))*"
    r"|\bfrom (?P<to>[a-z]+) to (?P=to)\b"
    r"|\b(?:voted|in a (?:vote|decision) of) [\w-]+ to [\w-]+|\bby [\w-]+ votes to [\w-]+"
    rf"|\bwith (?!the\b|his\b|her\b|its\b|their\b|no\b)[a-z]+ {_CLAUSE}"
    rf"|\bby (?:half|\d+|a (?:quarter|third|fifth)) {_CLAUSE}"
    rf"|\bin an? (?:[a-z]+ )?(?:deal|letter|operation|vote|ceremony|raid|campaign)\b{_CLAUSE}",
    re.IGNORECASE,
)

BARE = {
    form: forms[0]
    for forms in (
        entry.split("/")
        for entry in "open/opens/opened begin/begins/began start/starts/started "
        "close/closes/closed end/ends/ended cost/costs carry/carries/carried pay/pays/paid "
        "weigh/weighs/weighed "
        "employ/employs/employed serve/serves/served vote/votes/voted win/wins/won "
        "hold/holds/held have/had lose/loses/lost follow/follows/followed reach/reaches/reached "
        "join/joins/joined run/runs/ran build/builds/built raise/raises/raised use/uses/used "
        "need/needs/needed sign/signs/signed receive/receives/received drop/drops/dropped "
        "fall/falls/fell rise/rises/rose launch/launches/launched meet/meets/met "
        "leave/leaves/left arrive/arrives/arrived die/dies/died move/moves/moved".split()
    )
    for form in forms[1:]
}
"""What a verb becomes after "does" and "did"."""

NO_NAME = (
    "It|They|He|She|We|I|You|This|That|These|Those|There|Here|One|Two|Three|Some|Many|Most|Few|All"
    "|Both|Each|Every|No|Not|Nor|Nobody|What|Who|How|Why|When|Where|While|After|Before|During|Since"
    "|Until|If|As|Although|Because|But|And|Or|So|Yet|In|On|At|By|For|From|With|Without|Of|To|Under"
    "|Over|Between|Among|Last|Next|Later|Then|Now|Also|However|Usually|Nearby|Early|Its|Their|His"
    rf"|Her|Our|My|Your|{_MONTH}|{_DAY}"
)
"""What begins a sentence with a capital and is no name."""

_IRREGULAR = (
    "beat became began bought broke brought built came caught chose cut drew drove fell flew "
    "found fought gave got grew heard held hit kept knew laid led left lost made met opens paid "
    "put quit ran rose said sank sat saw sent set shot shut sold spent spoke stole struck sued "
    "swept swore took taught threw told went won wrote"
)
_VERB = re.compile(
    r"[,;:—(]"
    r"|\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|shall|should|do|does"
    r"|did|not|who|which|that|expects?|plans?|wants?|hopes?|says?|seeks?"
    rf"|flies|heads|opens|runs|leads|{'|'.join(_IRREGULAR.split())}|(?<!-)[a-z]{{2,}}ed)\b"
)

_ADVERBIAL = re.compile(rf"(?:{WHEN.pattern}),? ", re.IGNORECASE)
_PEOPLE = re.compile(
    r"\b(?:man|woman|boy|girl|child|couple|family|team|group|court|judge|jury|crowd|company|firm"
    r"|teacher|doctor|driver|student|farmer|scientist|study)\b"
)
_NO_SUBJECT = re.compile(r"(?:in|at|on|from|for|with|after|as|when|it|there|this)\b", re.IGNORECASE)


def subject(sentence: str) -> Span | None:
    """Return the subject of a sentence, None if unclear: what stands before its first verb.

    >>> sentence = "On Friday the council of Varn voted."
    >>> subject(sentence).of(sentence)
    'the council of Varn'
    """
    opening = _ADVERBIAL.match(sentence)
    start = opening.end() if opening else 0
    found = _VERB.search(sentence, start)
    if not found or _NO_SUBJECT.match(sentence, start):
        return None
    words = sentence[start : found.start()].rstrip()
    if not 1 <= len(words.split()) <= 10 or words.endswith(" and") or WHEN.search(words):
        return None
    # A river, a bell; and before a mark without a verb, anything but a name.
    doubtful = words.startswith(("A ", "An ")) or not found[0].isalpha()
    if doubtful and not re.search(rf" {NAME}|{_PEOPLE.pattern}", words):
        return None
    if not words[0].isupper() and not words[0].isdigit() and start == 0:
        return None
    return Span(start, start + len(words))
