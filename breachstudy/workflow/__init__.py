"""Build, analyze, report, reproduce, check: read, call, write."""
