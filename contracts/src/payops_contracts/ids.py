"""What identifies things of the platform. To mypy no id is another, nor any text; at run time each
is a plain ``str``.
"""

from typing import NewType

TransactionId = NewType("TransactionId", str)
"""Of a payment: the merchant's, as people see it."""
RefundId = NewType("RefundId", str)
"""Ours when we requested it, else whoever made the refund."""
DisputeId = NewType("DisputeId", str)
InvoiceNumber = NewType("InvoiceNumber", str)
"""Of an invoice or a credit note, such as ``INV-2026-000123``."""
ChargeId = NewType("ChargeId", str)
"""Of an amount that a member owes: settlement's."""
DebitId = NewType("DebitId", str)
"""Of one attempt to collect a charge: the "TXN ID" that people see, and what its results name."""
BatchCode = NewType("BatchCode", str)
"""Of a debit batch, such as ``MB-251030-0636``."""
MpassNumber = NewType("MpassNumber", str)
"""Of a member of the organisation."""
SubscriptionId = NewType("SubscriptionId", str)
"""Of a subscription: the merchant's, as people see it."""
PaymentRequestId = NewType("PaymentRequestId", str)
"""Of one payment of a subscription that we asked for; its facts name it."""
RuleId = NewType("RuleId", str)
"""Of a checkout rule; ``default`` is the one that answers when no other does."""
