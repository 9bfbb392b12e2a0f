"""Estimators and tests on numpy and scipy: arrays in, small frozen records out."""
