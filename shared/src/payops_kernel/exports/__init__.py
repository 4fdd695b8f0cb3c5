"""Exports: exactly the list that is seen, as CSV, XLSX or Parquet, with a manifest.

Columns (:mod:`~payops_kernel.exports.columns`) and how rows are found come from the list's
declaration (:mod:`payops_kernel.lists`); everything else is here.
"""
