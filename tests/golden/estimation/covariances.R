# Golden values for robust covariances. Run: Rscript covariances.R > covariances.json
library(sandwich)
x1 <- c(0.2, 1.1, -0.4, 2.3, 0.9, -1.2, 0.4, 1.7, -0.6, 0.1, 1.3, -0.9)
x2 <- c(1, 0, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1)
y <- c(1.3, 2.2, 0.1, 5.9, 2.8, -1.0, 1.9, 3.1, 0.7, 0.4, 2.9, -0.2)
firm <- rep(1:4, each = 3)
date <- c(1, 2, 3, 1, 2, 3, 3, 1, 2, 1, 2, 2)
m <- lm(y ~ x1 + x2)
num <- function(v) paste0("[", paste(format(unname(c(v)), digits = 15), collapse = ", "), "]")
out <- c(
  sapply(c("HC0", "HC1", "HC2", "HC3"), function(k) num(vcovHC(m, k))),
  firm = num(vcovCL(m, firm, type = "HC1")),
  date = num(vcovCL(m, date, type = "HC1")),
  firm_date = num(vcovCL(m, cbind(firm, date), type = "HC1", fix = TRUE)))
cat("{\n", paste0(' "', names(out), '": ', out, collapse = ",\n"), "\n}\n", sep = "")
