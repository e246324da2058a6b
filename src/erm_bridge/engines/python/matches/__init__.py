"""The parts of stage `matching`: from a frame and options to a match with row labels."""

ENGINE = "python"
