"""What services say in sentences of their own: reasons of refusals, notes of a history.

Pages show such a sentence as it is, in the reader's language where it is listed here.
"""

from backoffice.words import word

REASONS_AND_NOTES = (
    word("Only paid and partially refunded transactions can be refunded."),
    word("The payment is disputed; its outcome decides about the money."),
    word("Nothing is left to refund."),
    word("Only paid transactions, refunded or not, have an invoice."),
    word("A payment that is only created is not notified."),
    word("The customer has no e-mail address."),
    word("The customer's e-mail address is not one that can be mailed."),
    word("E-mail is not among the customer's notification channels."),
    word("Not part of a subscription."),
    word("the text holds what looks like a card number; leave it out"),
    word("The filter is too broad"),
    word("Too many rows would have to be looked at; narrow the date."),
    word("ignored: another amount was told of later"),
    word("ignored: the dispute had ended already"),
    word("ignored: the dispute was open already"),
    word("ignored: the payment had failed already"),
    word("ignored: the payment was paid already"),
    word("ignored: the transaction was known already"),
    word("ignored: the refund had succeeded already"),
    word("ignored: the refund had failed already"),
    word("ignored: the refund succeeded then or later"),
    word("ignored: the refund failed then or later"),
    word("ignored: the charge was known already"),
    word("ignored: it had ended already"),
    word("kept: it was collected already"),
    word("ignored: no debit of this id was asked for"),
    word("ignored: the debit had succeeded already"),
    word("ignored: the debit had failed already"),
    word("ignored: the debit had reversed already"),
    word("ignored: it was opened already"),
    word("ignored: later totals are known"),
    word("It is closed already."),
    word("It is not closed."),
    word("It was closed and reopened too often."),
    word("Settlement has not ended it yet."),
    word("Debits of its charges are open: Pending, Submitted or Temp rejected."),
)
