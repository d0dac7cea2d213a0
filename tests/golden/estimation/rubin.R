# Golden values: Rubin's rules by mice, and power and equivalence by base R.
# Run: Rscript rubin.R > rubin.json
suppressMessages(library(mice))
q <- c(0.42, 0.51, 0.38, 0.47, 0.55)
u <- c(0.031, 0.028, 0.035, 0.030, 0.033)
a <- pool.scalar(q, u, n = 43, k = 3)
b <- pool.scalar(q, u)
num <- function(v) paste0("[", paste(format(unname(v), digits = 15), collapse = ", "), "]")
# Equivalence: power by integrating over the scaled chi distribution of the standard error.
eq <- function(theta, se, df, delta, alpha = 0.05) {
  tc <- qt(1 - alpha, df)
  f <- function(s) {
    r <- delta / se - tc * s
    pmax(0, pnorm(r - theta / se) - pnorm(-r - theta / se)) * 2 * df * s * dchisq(df * s^2, df)
  }
  integrate(f, 0, delta / se / tc, rel.tol = 1e-11, abs.tol = 1e-13, subdivisions = 1000)$value
}
out <- c(
  qbar = num(a$qbar), total = num(a$t), df = num(a$df), r = num(a$r), fmi = num(a$fmi),
  df_large = num(b$df),
  # One-sample t test with n = 25 and sd 1: standard error 0.2, 24 degrees of freedom.
  power = num(sapply(c(0.1, 0.4, 0.6), function(d) power.t.test(25, d, 1, type = "one.sample", strict = TRUE)$power)),
  mde = num(power.t.test(25, NULL, 1, power = 0.8, type = "one.sample", strict = TRUE, tol = 1e-12)$delta),
  tost = num(c(pt((0.1 + 0.5) / 0.2, 24, lower.tail = FALSE), pt((0.1 - 0.5) / 0.2, 24))),
  eq_power = num(c(eq(0, 0.2, 24, 0.7), eq(0.3, 0.2, 24, 0.7), eq(0, 0.2, 4, 0.5))))
cat("{\n", paste0(' "', names(out), '": ', out, collapse = ",\n"), "\n}\n", sep = "")
