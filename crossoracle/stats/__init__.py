"""Clustered resampling, intervals and tests: arrays in, arrays out; no table is read here."""
