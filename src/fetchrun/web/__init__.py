"""The status page, the metrics and the health, over HTTP."""
