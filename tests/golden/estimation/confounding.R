# Golden values for weighting, matching, sensitivity, survival, instruments and bounds.
# Run in this folder: Rscript confounding.R > confounding.json
# (packages survival, sandwich, boot, Matching; confounding.csv is simulated.)
suppressMessages({library(survival); library(sandwich); library(Matching)})
a <- read.csv("confounding.csv"); n <- nrow(a)
out <- list()
X <- cbind(a$x1, a$x2, a$x3); D <- cbind(1, X)

# Entropy balancing: the dual minimised by a general optimiser.
target <- colMeans(X[a$d == 1, ]); C <- sweep(X[a$d == 0, ], 2, target)
dual <- function(l) log(sum(exp(C %*% l)))
o <- optim(c(0, 0, 0), dual, function(l) { w <- exp(C %*% l); c(t(C) %*% (w / sum(w))) },
           method = "BFGS", control = list(reltol = 1e-16, maxit = 1000))
w <- exp(C %*% o$par); out$ebal_weights <- c(w / sum(w)) * sum(a$d)

# Its effect on the treated, as stacked estimating equations with a numeric Jacobian.
psi <- function(th) { r <- sweep(X, 2, th[1:3]); w <- c(exp(r %*% th[4:6])) / scale0
  cbind(a$d * r, (1 - a$d) * w * r, a$d * (a$y - th[7]), (1 - a$d) * w * (a$y - th[8])) }
scale0 <- sum(w) / sum(a$d)
th <- c(target, o$par, mean(a$y[a$d == 1]), weighted.mean(a$y[a$d == 0], w))
J <- sapply(1:8, function(j) { h <- 1e-5; p <- m <- th; p[j] <- p[j] + h; m[j] <- m[j] - h
  (colMeans(psi(p)) - colMeans(psi(m))) / (2 * h) })
V <- solve(J) %*% crossprod(psi(th)) %*% t(solve(J)) / n^2
out$ebal_effect <- c(th[7] - th[8], sqrt(V[7, 7] + V[8, 8] - 2 * V[7, 8]))

# Normalised inverse-probability weighting as stacked estimating equations, numeric Jacobian.
logit <- glm(d ~ x1 + x2 + x3, binomial, a, control = list(epsilon = 1e-14))
for (kind in c("ATE", "ATT", "ATO")) {
  tilt <- function(e) switch(kind, ATE = list(1 / e, 1 / (1 - e)), ATT = list(1 + 0 * e, e / (1 - e)),
                             ATO = list(1 - e, e))
  psi <- function(th) {
    e <- c(plogis(D %*% th[1:4])); w <- tilt(e)
    cbind(D * (a$d - e), a$d * w[[1]] * (a$y - th[5]), (1 - a$d) * w[[2]] * (a$y - th[6]))
  }
  w <- tilt(fitted(logit))
  th <- c(coef(logit), weighted.mean(a$y[a$d == 1], w[[1]][a$d == 1]),
          weighted.mean(a$y[a$d == 0], w[[2]][a$d == 0]))
  J <- sapply(1:6, function(j) { h <- 1e-5; p <- m <- th; p[j] <- p[j] + h; m[j] <- m[j] - h
    (colMeans(psi(p)) - colMeans(psi(m))) / (2 * h) })
  V <- solve(J) %*% crossprod(psi(th)) %*% t(solve(J)) / n^2
  k <- c(0, 0, 0, 0, 1, -1)
  out[[paste0("ipw_", kind)]] <- c(th[5] - th[6], sqrt(c(t(k) %*% V %*% k)))
}

# Augmented estimator with the folds of the column `fold`.
e <- m1 <- m0 <- numeric(n)
for (f in unique(a$fold)) {
  o <- a$fold != f; i <- !o
  e[i] <- predict(glm(d ~ x1 + x2 + x3, binomial, a[o, ], control = list(epsilon = 1e-14)), a[i, ], "response")
  m1[i] <- predict(lm(y ~ x1 + x2 + x3, a[o & a$d == 1, ]), a[i, ])
  m0[i] <- predict(lm(y ~ x1 + x2 + x3, a[o & a$d == 0, ]), a[i, ])
}
e <- pmin(pmax(e, 0.01), 0.99)
s <- m1 - m0 + a$d * (a$y - m1) / e - (1 - a$d) * (a$y - m0) / (1 - e)
out$aipw_ATE <- c(mean(s), sqrt(mean((s - mean(s))^2) / n))
out$aipw_ATE_cluster <- sqrt(sum(tapply(s - mean(s), a$firm, sum)^2)) / n

# Matching package: scaled and Mahalanobis, Abadie-Imbens error with heteroskedastic variances.
one <- function(...) { m <- Match(Y = a$y, Tr = a$d, X = X, estimand = "ATT", Var.calc = 1, ...)
  c(m$est, m$se) }
out$match_m1 <- one(M = 1, Weight = 2); out$match_m3 <- one(M = 3, Weight = 2)
out$match_scaled <- one(M = 2, Weight = 1)

# Influence.
fit <- lm(y ~ d + x1 + x2 + x3, a)
out$dfbeta_d <- unname(dfbeta(fit)[, "d"]); out$dfbetas_d <- unname(dfbetas(fit)[, "d"])
out$cooks <- unname(cooks.distance(fit)); out$rstudent <- unname(rstudent(fit))
loo <- sapply(unique(a$firm), function(f) { m <- lm(y ~ d + x1 + x2 + x3, a[a$firm != f, ])
  c(coef(m)["d"], sqrt(vcovHC(m, "HC3")["d", "d"])) })
out$loo_estimate <- unname(loo[1, ]); out$loo_se <- unname(loo[2, ])

# Accelerated failure times. The robust error of survreg (survival 3.5-3) takes scores of interval
# rows that are not the derivatives of its own likelihood, so the sandwich here is built from
# numeric derivatives of the likelihood; survreg's own stands in where no row is an interval.
lo <- ifelse(a$lo == 0, NA, a$lo); hi <- ifelse(is.infinite(a$hi), NA, a$hi)
S <- Surv(lo, hi, type = "interval2"); XA <- cbind(1, a$x1, a$d)
tight <- survreg.control(rel.tolerance = 1e-13, maxiter = 100)
gumbel <- list(p = function(z) -expm1(-exp(z)), d = function(z) z - exp(z))
law <- list(lognormal = list(p = pnorm, d = function(z) dnorm(z, log = TRUE)), weibull = gumbel,
            loglogistic = list(p = plogis, d = function(z) dlogis(z, log = TRUE)))
for (dist in names(law)) {
  m <- survreg(S ~ x1 + d, a, dist = dist, control = tight)
  th <- c(coef(m), log(m$scale)); f <- law[[dist]]
  ll <- function(th) { eta <- c(XA %*% th[1:3]); s <- exp(th[4])
    zl <- (log(a$lo) - eta) / s; zu <- (log(a$hi) - eta) / s
    ifelse(a$lo == a$hi, f$d(zl) - th[4] - log(a$lo), log(f$p(zu) - f$p(zl))) }
  score <- sapply(1:4, function(j) { h <- 1e-4; step <- function(k) { v <- th; v[j] <- v[j] + k * h; ll(v) }
    (8 * (step(1) - step(-1)) - (step(2) - step(-2))) / (12 * h) })
  influence <- score %*% m$var
  out[[paste0("aft_", dist)]] <- th; out[[paste0("aft_ll_", dist)]] <- m$loglik[2]
  out[[paste0("aft_naive_", dist)]] <- sqrt(diag(m$var))
  out[[paste0("aft_se_", dist)]] <- sqrt(diag(crossprod(influence)))
  out[[paste0("aft_cl_", dist)]] <- sqrt(diag(crossprod(rowsum(influence, a$firm))))
  out[[paste0("aft_median_", dist)]] <- unname(predict(m, data.frame(x1 = 0.5, d = 1), type = "quantile", p = 0.5))
  # Without interval rows: the middle taken as exact, right censoring kept.
  mid <- ifelse(is.infinite(a$hi), a$lo, (a$lo + a$hi) / 2)
  m <- survreg(Surv(mid, is.finite(a$hi)) ~ x1 + d + cluster(firm), a, dist = dist, control = tight)
  out[[paste0("aft_right_", dist)]] <- sqrt(diag(m$var))
}

# Survival and cumulative incidence.
km <- survfit(Surv(time, cause > 0) ~ 1, a)
ev <- km$n.event > 0
out$km_time <- km$time[ev]; out$km_surv <- km$surv[ev]
out$km_se <- (km$std.err * km$surv)[ev]; out$km_lo <- km$lower[ev]; out$km_hi <- km$upper[ev]
cr <- survfit(Surv(time, factor(cause)) ~ 1, a, influence = TRUE)
ev <- cr$time %in% out$km_time
out$incidence <- cr$pstate[ev, 2]; out$incidence_se <- cr$std.err[ev, 2]
parts <- rowsum(cr$influence.pstate[, 1 + which(ev), 2], a$firm)  # its first time is the start
out$incidence_cluster <- sqrt(colSums(parts^2))

# Instruments: HC1 from sandwich-like formulas, clustered Anderson-Rubin from the reduced form.
W <- cbind(1, a$x1); Z <- cbind(a$z1, a$z2); A <- cbind(W, Z); R <- cbind(a$dose, W)
P <- A %*% solve(crossprod(A), t(A)); RP <- P %*% R
b <- solve(crossprod(RP, R), crossprod(RP, a$yiv)); u <- c(a$yiv - R %*% b)
bread <- solve(crossprod(RP)); out$iv_beta <- b[1]
out$iv_HC1 <- sqrt((bread %*% crossprod(RP * u) %*% bread * n / (n - 3))[1, 1])
out$iv_classical <- sqrt((bread * sum(u^2) / (n - 3))[1, 1])
sc <- rowsum(RP * u, a$firm); G <- nrow(sc)
out$iv_cluster <- sqrt((bread %*% crossprod(sc) %*% bread * G / (G - 1) * (n - 1) / (n - 3))[1, 1])
fs <- lm(dose ~ x1 + z1 + z2, a); V <- vcovHC(fs, "HC1")[3:4, 3:4]; p <- coef(fs)[3:4]
out$iv_F <- c(t(p) %*% solve(V) %*% p) / 2
Zt <- resid(lm(Z ~ a$x1)); Q <- crossprod(Zt)
out$iv_effective_F <- c(t(p) %*% Q %*% p) / sum(diag(V %*% Q))
ar <- function(beta) { m <- lm(I(yiv - beta * dose) ~ x1 + z1 + z2, a)
  g <- coef(m)[3:4]; c(t(g) %*% solve(vcovHC(m, "HC1")[3:4, 3:4]) %*% g) }
out$iv_ar0 <- ar(0)
cut <- function(x) ar(x) - qchisq(0.95, 2)
out$iv_ar_set <- c(uniroot(cut, c(-2, b[1]), tol = 1e-13)$root, uniroot(cut, c(b[1], 3), tol = 1e-13)$root)

# Imbens-Manski factor.
out$imbens_manski <- uniroot(function(c) pnorm(c + 0.3 / 0.2) - pnorm(-c) - 0.95, c(0, 5), tol = 1e-13)$root

# Sensitivity: robustness values by their definition, solved numerically.
m <- summary(fit)$coefficients["d", ]; df <- fit$df.residual
adj <- function(r, ry = r) { se <- m[2] * sqrt((1 - ry) / (1 - r)) * sqrt(df / (df - 1))
  c((abs(m[1]) - m[2] * sqrt(df) * sqrt(r * ry / (1 - r))), se) }
out$rv <- uniroot(function(r) adj(r)[1], c(1e-9, 0.9), tol = 1e-14)$root
out$rv_alpha <- uniroot(function(r) { v <- adj(r); v[1] / v[2] - qt(0.975, df - 1) }, c(0, 0.9), tol = 1e-14)$root
out$partial_r2 <- 1 - sum(resid(fit)^2) / sum(resid(lm(y ~ x1 + x2 + x3, a))^2)

# SIMEX: extrapolation by lm, and a power of a misclassification matrix.
l <- c(0, 0.5, 1, 1.5, 2); v <- c(0.81, 0.66, 0.55, 0.49, 0.44)
out$simex_quadratic <- unname(predict(lm(v ~ l + I(l^2)), data.frame(l = -1)))
Pi <- matrix(c(0.85, 0.1, 0.05, 0.1, 0.8, 0.1, 0.02, 0.13, 0.85), 3)
E <- eigen(Pi); out$pi_power <- c(Re(E$vectors %*% diag(E$values^1.5) %*% solve(E$vectors)))

# Bunching: polynomial with indicators for the days of the window.
day <- 0:60; count <- round(40 * exp(-day / 25) + 5 * sin(day)^2 + ifelse(day >= 28 & day <= 30, 20, 0))
inside <- day >= 28 & day <= 30
sc <- (day - 30) / 30
fitb <- lm(count ~ poly(sc, 4, raw = TRUE) + I(day %% 7 == 0), subset = !inside)
cf <- predict(fitb, data.frame(sc = sc, day = day))
out$bunch_excess <- sum((count - cf)[inside]); out$bunch_relative <- out$bunch_excess / mean(cf[inside])
out$bunch_count <- count

# Fieller's set: the ratios that a test does not reject.
test <- function(r) (-1.2 + 2 * r)^2 - 1.96^2 * (0.04 - 0.06 * r + 0.09 * r^2)
out$fieller <- c(uniroot(test, c(-1, 0.6), tol = 1e-15)$root, uniroot(test, c(0.6, 3), tol = 1e-15)$root)

num <- function(v) paste0("[", paste(format(unname(v), digits = 15, trim = TRUE, scientific = TRUE), collapse = ", "), "]")
cat("{\n", paste0(" \"", names(out), "\": ", sapply(out, num), collapse = ",\n"), "\n}\n", sep = "")
