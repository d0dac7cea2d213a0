# Golden values for the event-study engine, from lm(), predict(), t.test(), wilcox.test(), sandwich and
# plain loops. Run: Rscript event_study.R > event_study.json
library(sandwich)
set.seed(20170907)
sessions <- 90
m <- round(rnorm(sessions, 0.0004, 0.011), 6)
smb <- round(rnorm(sessions, 0, 0.006), 6)
hml <- round(rnorm(sessions, 0, 0.005), 6)
rf <- round(runif(sessions, 0, 0.0002), 6)
common <- rnorm(sessions, 0, 0.008)
r <- sapply(1:6, function(i) round(0.0002 * i + (0.5 + 0.2 * i) * m + 0.3 * smb + 0.5 * common +
                                     rnorm(sessions, 0, 0.01 + 0.002 * i), 6))
r[20, 2] <- NA
r[31:33, 5] <- NA
day0 <- c(70, 70, 70, 71, 72, 80)            # index of day 0 (from 1)
est <- -60:-11
win <- -1:1
ew <- -5:5

num <- function(v) paste0("[", paste(ifelse(is.na(c(v)), "null", format(c(v), digits = 15, trim = TRUE)),
                                     collapse = ", "), "]")
fit <- function(i, formula) {
  d <- data.frame(y = r[, i], m = m, smb = smb, hml = hml, rf = rf)
  e <- d[day0[i] + est, ]
  w <- d[day0[i] + ew, ]
  f <- lm(formula, e)
  p <- predict(f, w, se.fit = TRUE)
  yw <- model.frame(formula, w)[[1]]
  ar <- yw - p$fit
  se <- sqrt(p$se.fit^2 + summary(f)$sigma^2)
  x <- colSums(model.matrix(formula, d[day0[i] + win, ]))
  s <- summary(f)$sigma
  list(b = coef(f), s2 = s^2, ar = ar, se = se, car = sum(ar[ew %in% win]), df = f$df.residual,
       car_se = sqrt(s^2 * length(win) + drop(t(x) %*% vcov(f) %*% x)),
       res = { out <- rep(NA, length(est)); out[!is.na(e$y)] <- residuals(f); out })
}
market <- lapply(1:6, fit, formula = y ~ m)
ff3 <- lapply(1:6, fit, formula = I(y - rf) ~ I(m - rf) + smb + hml)
car <- sapply(market, `[[`, "car")
car_se <- sapply(market, `[[`, "car_se")
df <- sapply(market, `[[`, "df")
scar <- car / car_se
n <- 6

tt <- t.test(car)
bmp <- t.test(scar)
patell <- sum(scar) / sqrt(sum(df / (df - 2)))
# Kolari-Pynnonen: correlations by date, weighted with the share of common window sessions.
total <- 0
for (i in 1:n) for (j in 1:n) if (i != j) {
  share <- max(0, length(win) - abs(day0[i] - day0[j])) / length(win)
  if (share > 0) {
    a <- b <- rep(NA, sessions)
    a[day0[i] + est] <- market[[i]]$res
    b[day0[j] + est] <- market[[j]]$res
    total <- total + share * cor(a, b, use = "complete.obs")
  }
}
rbar <- total / (n * (n - 1))
kp <- unname(bmp$statistic) * sqrt((1 - rbar) / (1 + (n - 1) * rbar))
# Corrado-Zivney ranks.
u <- t(sapply(market, function(f) {
  z <- c(f$res, f$ar); rank(z, na.last = "keep") / (1 + sum(!is.na(z))) - 0.5 }))
nt <- colSums(!is.na(u))
daily <- colSums(u, na.rm = TRUE) / sqrt(nt)
s_u <- sqrt(mean(daily^2))
at <- length(est) + which(ew %in% win)
rank_day <- daily[length(est) + which(ew == 0)] / s_u
rank_window <- sum(daily[at]) / sqrt(length(win)) / s_u
# GRANK-T.
star <- scar / sd(scar)
g <- t(sapply(1:n, function(i) {
  z <- c(market[[i]]$res / sqrt(market[[i]]$s2), star[i])
  rank(z, na.last = "keep") / (1 + sum(!is.na(z))) - 0.5 }))
gn <- colSums(!is.na(g))
gm <- colSums(g, na.rm = TRUE) / gn
T1 <- ncol(g)
z <- gm[T1] / sqrt(mean(gn / n * gm^2))
grank <- z * sqrt((T1 - 2) / (T1 - 1 - z^2))
# Cowan's generalised sign; Hall's skewness-adjusted t.
share <- mean(sapply(market, function(f) mean(f$res > 0, na.rm = TRUE)))
gsign <- (sum(car > 0) - n * share) / sqrt(n * share * (1 - share))
skew <- n / ((n - 1) * (n - 2)) * sum(((car - mean(car)) / sd(car))^3)
S <- mean(car) / sd(car)
hall <- sqrt(n) * (S + skew * S^2 / 3 + skew^2 * S^3 / 27 + skew / (6 * n))
wx <- wilcox.test(car)
# Calendar-time portfolio: each firm held for 8 sessions after its event.
held <- sapply(1:6, function(i) { h <- rep(FALSE, sessions); h[day0[i] + 1:8] <- TRUE; h })
port <- rowSums(ifelse(held, r, 0), na.rm = TRUE) / rowSums(held & !is.na(r))
ok <- rowSums(held & !is.na(r)) > 0
d <- data.frame(y = port - rf, mk = m - rf, smb = smb, count = rowSums(held & !is.na(r)))[ok, ]
ct <- lm(y ~ mk + smb, d)
ct_w <- lm(y ~ mk + smb, d, weights = d$count)
nw <- NeweyWest(ct, lag = 3, prewhite = FALSE, adjust = TRUE)
out <- c(
  mkt = num(m), smb = num(smb), hml = num(hml), rf = num(rf), returns = num(r), day0 = num(day0 - 1),
  market_params = num(t(sapply(market, `[[`, "b"))), market_s2 = num(sapply(market, `[[`, "s2")),
  market_ar = num(t(sapply(market, `[[`, "ar"))), market_ar_se = num(t(sapply(market, `[[`, "se"))),
  car = num(car), car_se = num(car_se), df = num(df),
  ff3_params = num(t(sapply(ff3, `[[`, "b"))), ff3_car = num(sapply(ff3, `[[`, "car")),
  ff3_car_se = num(sapply(ff3, `[[`, "car_se")),
  cross_sectional_t = num(c(tt$statistic, tt$p.value)), bmp = num(c(bmp$statistic, bmp$p.value)),
  patell = num(c(patell, 2 * pnorm(-abs(patell)))), mean_correlation = num(rbar),
  kolari_pynnonen = num(c(kp, 2 * pt(-abs(kp), n - 1))),
  rank = num(c(rank_window, 2 * pnorm(-abs(rank_window)))), rank_day = num(rank_day),
  grank_t = num(c(grank, 2 * pt(-abs(grank), T1 - 2))),
  generalised_sign = num(c(gsign, 2 * pnorm(-abs(gsign)))),
  skewness_adjusted_t = num(c(hall, 2 * pnorm(-abs(hall)))),
  wilcoxon = num(c(wx$statistic, wx$p.value)),
  calendar_params = num(coef(ct)), calendar_hc1 = num(sqrt(diag(vcovHC(ct, "HC1")))),
  calendar_hac = num(sqrt(diag(nw))), calendar_wls_params = num(coef(ct_w)),
  calendar_wls = num(sqrt(diag(vcov(ct_w)))))
cat("{\n", paste0(' "', names(out), '": ', out, collapse = ",\n"), "\n}\n", sep = "")
