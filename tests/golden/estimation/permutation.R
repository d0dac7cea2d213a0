# Golden values: exact permutation within strata by lm, and Westfall-Young/Romano-Wolf step-down
# over complete enumeration by multtest. Run: Rscript permutation.R > permutation.json
suppressMessages({library(sandwich); library(multtest)})
d <- c(1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0)
s <- rep(1:2, each = 6)
z <- c(0.5, 1.2, -0.3, 0.8, 2.1, -1.1, 0.4, 1.6, -0.7, 0.2, 1.0, -1.4)
y <- c(2.3, 1.0, 0.2, 3.1, 1.9, 1.2, 2.8, 1.1, -0.4, 2.2, 0.7, -0.9)
orders <- function(v) apply(combn(6, sum(v)), 2, function(i) replace(numeric(6), i, 1))
a <- orders(d[s == 1]); b <- orders(d[s == 2])
coefs <- c(); ts <- c()
for (i in seq_len(ncol(a))) for (j in seq_len(ncol(b))) {
  m <- lm(y ~ c(a[, i], b[, j]) + z)
  coefs <- c(coefs, coef(m)[2]); ts <- c(ts, coef(m)[2] / sqrt(vcovHC(m, "HC3")[2, 2]))
}
m <- lm(y ~ d + z); b0 <- coef(m)[2]; t0 <- b0 / sqrt(vcovHC(m, "HC3")[2, 2])
p <- c(0.01, 0.04, 0.03, 0.005, 0.6, 0.04)
# Welch t of four outcomes in two groups of four, all 70 arrangements.
Y <- rbind(c(1.1, 2.3, 0.4, 1.9, 3.2, 4.1, 2.8, 3.9), c(0.2, -1.1, 0.9, 0.3, 1.0, 1.8, -0.2, 1.5),
           c(5.0, 4.1, 6.2, 5.5, 5.1, 4.7, 6.0, 5.9), c(-0.5, 0.7, 0.1, -0.2, 1.4, 0.9, 2.2, 0.4))
invisible(capture.output(mt <- mt.maxT(Y, rep(0:1, each = 4), test = "t", side = "abs", B = 0)))
mt <- mt[order(mt$index), ]
num <- function(v) paste0("[", paste(format(unname(v), digits = 15), collapse = ", "), "]")
cat("{\n", paste0(' "', c("coef", "t", "p_coef", "p_t", "n", "holm", "bh", "mt_t", "mt_raw", "mt_adj"), '": ',
  c(num(b0), num(t0), num(mean(abs(coefs) >= abs(b0) * (1 - 1e-9))),
    num(mean(abs(ts) >= abs(t0) * (1 - 1e-9))), num(length(ts)), num(p.adjust(p, "holm")),
    num(p.adjust(p, "BH")), num(mt$teststat), num(mt$rawp), num(mt$adjp)), collapse = ",\n"), "\n}\n", sep = "")
