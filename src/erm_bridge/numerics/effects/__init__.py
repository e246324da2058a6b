"""The effect of a treatment in a matched sample and its standard errors, a family of errors a file."""
