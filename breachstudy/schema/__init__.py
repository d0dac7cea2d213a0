"""Every published column once: type, unit, levels, description; the coding book; stored numbers."""
