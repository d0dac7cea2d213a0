"""How an organisation answered: codes of two coders, their agreement, indices."""
