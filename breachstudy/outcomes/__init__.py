"""What a breach cost: outcomes of investors and of consumers."""
