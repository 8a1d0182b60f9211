"""Learning a mapping from your own tracked data: gather, fit, report, at any size (docs/fit.md).

gather   tracked files of any kind -> shards (Parquet), one per clip
summary  shards -> sums that add: X'X, X'Y, quantile sketches; one pass, constant memory
fit      sums -> a mapping file, with its strength chosen by cross-validation by subject
report   shards -> one page of distributions, coverage, outliers and residuals
"""
