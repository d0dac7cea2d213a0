"""The report: results and exhibits in, one self-contained page and its Markdown out."""
