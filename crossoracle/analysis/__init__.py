"""PREDICTIONS into ACCURACIES and DIFFERENCES: what seeing other frames changes, and how sure that is."""
