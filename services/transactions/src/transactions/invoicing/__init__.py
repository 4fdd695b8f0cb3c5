"""Invoices and credit notes as PDF: data in, bytes out; nothing here touches a database."""
