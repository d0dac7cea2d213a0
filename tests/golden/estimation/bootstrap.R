# Golden values for the wild cluster bootstrap: every sign vector, refitted with lm and vcovCL.
# Run: Rscript bootstrap.R > bootstrap.json   (package sandwich)
library(sandwich)
x <- c(0.3, -1.2, 0.8, 1.9, -0.7, 0.1, 1.4, -0.2, -1.6, 0.6, 2.2, -0.9, 0.5, -0.4, 1.1, -1.8, 0.9, 0.0)
z <- c(1, 2, 0, 1, 3, 2, 2, 0, 1, 1, 3, 0, 2, 1, 0, 3, 1, 2)
y <- c(0.9, -0.8, 0.4, 2.6, 0.3, 1.2, 2.9, -1.1, -0.6, 1.7, 2.4, -1.9, 1.8, 0.2, 0.7, -0.3, 1.6, -0.5)
g <- c(1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 5, 5, 6, 6)
clustered_t <- function(y, b) {
  m <- lm(y ~ x + z)
  (coef(m)["x"] - b) / sqrt(vcovCL(m, g, type = "HC1")["x", "x"])
}
signs <- as.matrix(expand.grid(rep(list(c(-1, 1)), 6)))
run <- function(b) {
  r <- lm(I(y - b * x) ~ z)
  fitted <- fitted(r) + b * x
  t <- abs(clustered_t(y, b))
  draws <- abs(apply(signs, 1, function(v) clustered_t(fitted + resid(r) * v[g], b)))
  list(t = t, at_least = mean(draws >= t * (1 - 1e-9)), strict = mean(draws > t * (1 + 1e-9)),
       draws = sort(draws))
}
num <- function(v) paste0("[", paste(format(unname(v), digits = 15), collapse = ", "), "]")
part <- function(name, r) paste0(' "', name, '": {"t": ', num(r$t), ', "at_least": ', num(r$at_least),
                                 ', "strict": ', num(r$strict), ', "draws": ', num(r$draws), "}")
cat("{\n", part("0", run(0)), ",\n", part("0.5", run(0.5)), "\n}\n", sep = "")
