"""Events, notices and letters from facts; their clocks, severity and covariates; load."""
