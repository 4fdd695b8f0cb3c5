"""What people read of what goes on behind the pages: jobs, dead letters, the audit log."""

from payops_contracts.dead_letters import DeadLetterState

JOB_KIND: dict[str, str] = {
    "bulk-refund": "Bulk refund",
    "bulk-invoice": "Bulk invoice download",
    "export": "Export",
    "checkout-simulation": "Simulation of checkout rules",
}
DEAD_LETTER_STATE: dict[str, str] = {
    DeadLetterState.OPEN: "Open",
    DeadLetterState.REPLAYED: "Replayed",
    DeadLetterState.DISCARDED: "Discarded",
}
DEAD_LETTER_REASON: dict[str, str] = {
    "unparsable": "Cannot be read",
    "unknown_type": "Unknown type of event",
    "wrong_schema": "Field missing or wrong",
    "identity_contradiction": "Contradicts what is known",
    "history_full": "History is full",
    "subject_unknown": "Subject never appeared",
    "parking_full": "Too many wait for the subject",
    "outside_the_calendar": "Outside the calendar",
    "refused": "Refused when stored",
    "decoder_failed": "Defect in the reader",
}
AUDIT_ACTION: dict[str, str] = {
    "refund.request": "Refund requested",
    "refund.bulk-request": "Bulk refund requested",
    "invoice.issue": "Invoice generated",
    "invoice.bulk-request": "Bulk invoices requested",
    "credit_note.issue": "Credit note generated",
    "subscription.cancel": "Subscription cancelled",
    "subscription.keep": "Cancellation withdrawn",
    "notification.send": "Notification sent",
    "debit-exception.resolve": "Debit exception resolved",
    "debit-exception.own": "Debit exception taken",
    "retry-policy.change": "Retry policy changed",
    "retry-policy.activate": "Retry policy activated",
    "billing-cycle.close": "Billing cycle closed",
    "billing-cycle.reopen": "Billing cycle reopened",
    "member.block": "Member blocked",
    "member.unblock": "Member unblocked",
    "checkout-rule.create": "Checkout rule created",
    "checkout-rule.change": "Checkout rule changed",
    "checkout-rule.activate": "Checkout rule activated",
    "checkout-rule.move": "Priority of checkout rule changed",
    "checkout-rule.archive": "Checkout rule removed",
    "checkout-rule.restore": "Version of checkout rule restored",
    "provider-catalogue.change": "Provider catalogue changed",
    "job.cancel": "Job cancelled",
    "export.request": "Export requested",
    "export.start": "Export started",
    "export.end": "Export ended",
    "dead-letter.replay": "Dead letter replayed",
    "dead-letter.discard": "Dead letter discarded",
    "preferences.set": "Preferences changed",
    "saved-view.add": "View saved",
    "saved-view.replace": "View changed",
    "saved-view.remove": "View removed",
    "page-action.ask": "Page action requested",
    "page-action.answer": "Page action answered",
}
AUDIT_TARGET: dict[str, str] = {
    "transaction": "Transaction",
    "subscription": "Subscription",
    "debit-exception": "Debit exception",
    "retry-policy": "Retry policy",
    "billing-cycle": "Billing cycle",
    "member": "Member",
    "checkout-rule": "Checkout rule",
    "provider-catalogue": "Provider catalogue",
    "job": "Job",
    "export": "Exported list",
    "dead-letter": "Dead letter",
    "preferences": "Preferences",
    "saved-view": "Saved view",
    "row": "Row",
}
JOB_STATE: dict[str, str] = {
    "QUEUED": "Queued",
    "RUNNING": "Running",
    "DONE": "Done",
    "FAILED": "Failed",
    "CANCELLED": "Cancelled",
}
JOB_ROW_STATE: dict[str, str] = {
    "WAITING": "Waiting",
    "SUCCEEDED": "Succeeded",
    "REFUSED": "Refused",
    "FAILED": "Failed",
    "CANCELLED": "Cancelled",
}
