"""Mapping files: one matrix or a small network from 52 channels to FLAME parameters."""
