"""The parts of stage `effect`: the matched sample, and its effects as a table."""
