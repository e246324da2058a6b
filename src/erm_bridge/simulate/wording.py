"""What the lines of the questions with several lines ask, by letter."""

SCHEMES = {
    "A": "rural cooperative scheme",
    "B": "merged urban and rural resident scheme",
    "C": "urban resident scheme",
    "D": "urban employee scheme",
    "E": "public medical care",
}
GROUPS = {
    "A": "trade union",
    "B": "volunteer association",
    "C": "alumni association",
    "D": "association of fellow townsmen",
    "E": "hometown chamber of commerce",
    "F": "other group",
}
ACTIONS = {
    "A": "made suggestions to or oversaw unit, community or village",
    "B": "reported or proposed something to the government",
    "C": "commented on public affairs online",
    "D": "donated, gave blood or volunteered",
    "E": "took part in party or youth league meetings",
}
STATEMENTS = {
    "A": "I like the place I live in",
    "B": "I care about changes of the place I live in",
    "C": "I am willing to become one of the locals",
    "D": "the locals accept me as one of them",
    "E": "the locals look down on outsiders",
    "F": "doing things by hometown customs matters to me",
    "G": "my hygiene habits differ from those of the locals",
    "H": "I feel I am already a local",
}
TOPICS = (
    "occupational disease",
    "sexually transmitted disease and AIDS",
    "reproduction and contraception",
    "tuberculosis",
    "smoking",
    "mental health",
    "chronic disease",
    "maternal and child health",
    "public emergencies",
)
