"""``python -m breachstudy``."""

from breachstudy.cli import main

main()
