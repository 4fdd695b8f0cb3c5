"""Exports: exactly the list that is seen, as CSV, XLSX or Parquet, with a manifest.

A service declares its columns once (:mod:`~payops_kernel.exports.columns`) and how its rows are
found (:mod:`~payops_kernel.exports.rows`); everything else is here.
"""
