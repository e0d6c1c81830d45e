"""Closed classes of English news prose that the rules lean on: titles, roles, head words, cues. No names of anybody."""

import re


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


TITLES = (
    r"Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Dame|Lord|Lady|Sen|Sens|Senator|Rep|Reps|Representative|Congressman"
    r"|Congresswoman|Gov|Governor|Gen|General|Lt|Lieutenant|Col|Colonel|Maj|Major|Capt|Captain|Cmdr|Commander|Sgt"
    r"|Sergeant|Cpl|Pvt|Adm|Admiral|Rev|Reverend|Fr|Father|Sister|Brother|Bishop|Archbishop|Cardinal|Pope|Rabbi|Imam"
    r"|Sheikh|Sheik|Ayatollah|President|Vice President|Premier|Chancellor|Prime Minister|Foreign Minister|Minister"
    r"|Secretary|Ambassador|Mayor|Judge|Justice|Sheriff|Inspector|Detective|Superintendent|Constable|Officer|Marshal"
    r"|King|Queen|Prince|Princess|Emperor|Sultan|Emir|Duke|Duchess|Count|Baron|Coach|Speaker|Councillor|Councilman"
    r"|Councilwoman|Alderman|Commissioner|Chairman|Chairwoman|Attorney General|Prosecutor"
)
TITLE_BEFORE = re.compile(rf"(?:^|[^\w])(?:{TITLES})\.?\s+$")
TITLE = re.compile(TITLES)
TITLE_RUN = re.compile(rf"(?:(?:{TITLES})\.?\s+)+(?=[^\W\d_])")
HONORIFIC_RUN = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sen|Rep|Gov|Gen|Lt|Col|Maj|Capt|Cmdr|Sgt|Cpl|Adm|Rev|President|Vice President"
    r"|Prime Minister|Foreign Minister|Senator|Governor|Secretary|Minister|Chancellor|Judge|Justice|Mayor|Chairman"
    r"|Coach|King|Queen|Prince|Princess|Professor)\.?\s+)+(?=[A-ZÀ-Þ])"
)

ORG_HEADS = _words(
    "Academy Administration Agency Airlines Airways Alliance Army Assembly Associates Association Authority"
    " Authorities Bancorp Bank Battalion Brigade Brigades Broadcasting Brothers Bureau Chamber Church Club"
    " Coalition College Commission Committee Communications Companies Company Conference Confederation Congress"
    " Consortium Consulting Corp Corporation Council Corps Court Department Directorate Division Enterprises"
    " Exchange Federation Fed Force Forces Foundation Front Fund Group Guard Holdings Hospital Inc Industries"
    " Institute Institution Insurance International Joint-Venture Laboratories Laboratory League Legislature Ltd"
    " Ministry Movement Museum Navy Network Newspapers Observatory Office Organisation Organization Orchestra"
    " Parliament Partners Partnership Party Pharmaceuticals Plc PLC Police Press Productions Railways School"
    " Securities Senate Service Services Society Steel Studios Symphony Syndicate Systems Technologies Telecom"
    " Television Theatre Times Tribunal Tribune Trust Union United University Watch Workers"
)
"""A name that ends in one of these is an organisation's, whatever stands before."""

FIRM_ENDS = _words("Inc Corp Co Cos Ltd Plc PLC LLC LLP AG SA NV GmbH SpA Bhd Sdn AB AS Oy Pty BV SE KG")
ORG_OF_HEADS = _words(
    "School Hospital Museum Department Ministry Academy Association Bank Board Bureau Chamber Church College"
    " Commission Committee Confederation Congress Council Court Federation House Institute League Office"
    " Organisation Organization Society Union University"
)
PLACE_HEADS = _words(
    "Airport Avenue Bay Beach Boulevard Bridge Canal Cape City Coast County Creek Desert District Forest Gulf"
    " Harbor Harbour Heights Hill Hills Island Islands Lake Mountain Mountains Ocean Park Peninsula Plateau Point"
    " Port Province River Road Sea Square Stadium Straits Strait Street Territory Town Valley Village Way"
)
PLACE_NOUNS = (
    "town|city|village|province|region|state|district|capital|suburb|county|island|port|republic|enclave|hamlet|resort"
    "|neighborhood|neighbourhood|municipality|territory"
)
NEVER_NAMES = _words(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september october november december mon tue tues wed thu thur thurs fri sat sun jan feb mar apr jun jul aug"
    " sep sept oct nov dec god internet tv dvd ceo cfo coo gdp aids hiv covid covid-19 am pm est gmt edt pst dna"
    " lord mr mrs ms dr sir christmas easter ramadan yes no okay ok north south east west"
)
GENERIC = _words(
    "Government States State Cabinet Opposition Games House MP MPs MEP MEPs PM Maj Gen Lt Col Capt Minister"
    " President Prosecutor Chairman Secretary Ambassador Church Internet Earth Cup Open Tour Olympics Finals"
    " Championship Championships League Court Police Army"
)
"""Capitalised in some houses' style, and no name by themselves."""
DROPPED_ALONE = _words(
    "Government Governments States State Cabinet Opposition Games House MP MPs Maj Gen Minister President Chairman"
)
WEEKDAY_OR_MONTH = re.compile(
    r"\s+(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|June|July|August|September|October"
    r"|November|December)s?$"
)
PARTICLES = (
    "de|da|das|do|dos|del|della|di|du|van|von|der|den|ter|ten|la|le|el|al|bin|bint|ibn|ben|abu|y|zu|af|av|ap|arap|st"
)
SPEECH = (
    "said|says|told|added|adds|asked|replied|insisted|argued|conceded|acknowledged|recalled|explained|testified"
    "|quipped|joked|wrote|writes|tweeted|noted|admitted|complained|lamented|warned|predicted|promised|vowed|thinks"
    "|believes|thought|felt|knew|wants|hopes|smiled|laughed|shrugged|nodded"
)
DEMONYMS = _words(
    "Swiss British Scottish Belgian Serb Serbian Croat Croatian Arab Kurd Kurdish African European Asian American"
    " Welsh English Israeli Iraqi Filipino Dominican Palestinian Chechen Bosnian Kosovar Soviet Tibetan Afghan"
    " Tajik Azeri Yugoslav Afrikaner Briton Spaniard Basque Catalan Uighur Tamil Sikh Zulu Maori Scot"
)
"""Nationalities and peoples that neither a country's stem nor a language's name gives."""
LEADING = _words(
    "the a an in at on by from for but and or if when while as after before with since although though so then"
    " also he she it they we i his her its their our my this that these those there here what who why how where"
    " among under over despite during according both even only no not one two three four five last next former"
    " late earlier meanwhile like unlike once until because through between against about to of"
)
"""Words that a sentence opens with and no name does."""
