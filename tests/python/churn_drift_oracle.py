"""Two-sample Kolmogorov-Smirnov of pairs of samples by scipy: [[a, b], ...] as JSON on stdin, [{d, p}, ...] on stdout."""

import json
import sys

from scipy import stats

found = [stats.ks_2samp(a, b, method="auto") for a, b in json.load(sys.stdin)]
json.dump([{"d": float(one.statistic), "p": float(one.pvalue)} for one in found], sys.stdout)
