# Golden values for the specification curve: every model by lm and vcovHC.
# Run: Rscript spec_curve.R > spec_curve.json   (package sandwich)
library(sandwich)
d <- data.frame(
  t = c(0.2, 1.1, -0.4, 2.3, 0.9, -1.2, 0.4, 1.7, -0.6, 0.1, 1.3, -0.9, 0.7, -0.2, 1.9, 0.5),
  a = c(1.0, 0.3, NA, 0.8, -1.1, 0.2, 1.6, -0.5, 0.9, -0.7, 0.4, 1.2, -0.3, 0.6, 0.0, -1.4),
  b = c(1, 0, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1),
  y1 = c(1.3, 2.2, 0.1, 5.9, 2.8, -1.0, 1.9, 3.1, 0.7, 0.4, 2.9, -0.2, 2.5, 0.3, 4.4, 1.0),
  y2 = c(0.4, 1.9, -0.2, 2.8, NA, -1.9, 0.5, 2.0, -0.3, 0.9, 1.1, -1.2, 0.2, 0.6, 2.7, -0.1))
subset <- seq_len(16) > 3
rows <- list()
for (y in c("y1", "y2")) for (s in c("all", "late"))
  for (k in list(character(0), "a", "b", c("a", "b"))) {
    m <- lm(reformulate(c("t", k), y), data = if (s == "all") d else d[subset, ])
    for (h in c("HC0", "HC1", "HC2", "HC3"))
      rows[[length(rows) + 1]] <- sprintf(
        '  {"outcome": "%s", "sample": "%s", "controls": "%s", "covariance": "%s", "estimate": %.15g, "std_error": %.15g, "n": %d}',
        y, s, paste(k, collapse = ";"), h, coef(m)["t"], sqrt(vcovHC(m, h)["t", "t"]), nobs(m))
  }
cat("[\n", paste(rows, collapse = ",\n"), "\n]\n", sep = "")
