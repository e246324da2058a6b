library(testthat)
library(ermbridge)

test_check("ermbridge")
