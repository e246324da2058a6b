"""The study file: its models, its reader, the data it names and the cohort made of them."""
