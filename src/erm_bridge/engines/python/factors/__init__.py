"""The parts of stage `index`: each computes its own results and lists its own rows."""

ALL = "all"
