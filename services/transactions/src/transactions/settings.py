"""This service's settings."""

from typing import Annotated, Literal

from pydantic import SecretStr

from payops_kernel.settings import OwnValue, ServiceSettings
from transactions.invoicing.style import Issuer, Style
from transactions.mail.sending import MailAccess, Security


class Settings(ServiceSettings):
    """What ``transactions`` reads from the environment beside the shared settings."""

    smtp: str = "127.0.0.1:8693"
    """The mail server, ``host:port``."""
    smtp_security: Security = Security.AUTO
    """``starttls``, ``tls``, ``none``; ``auto`` is none on loopback, else STARTTLS."""
    smtp_user: str = ""
    """Whom to sign in as; empty for no login."""
    smtp_password: SecretStr = SecretStr("")
    smtp_ca_file: str = ""
    """PEM file of who signs the server's certificate; empty takes the system's."""
    mail_sender: Annotated[str, OwnValue("set whom your customers know")] = (
        "PayOps <payments@payops.example>"
    )
    """Whom mails come from."""
    mail_locale: str = "en"
    """Locale of the mail templates."""
    mail_templates: str = ""
    """A folder with templates of one's own, looked at before ours."""
    invoice_company: Annotated[str, OwnValue("set who issues the invoices")] = (
        "Your company (PAYOPS_INVOICE_COMPANY)"
    )
    """Who issues invoices."""
    invoice_address: str = ""
    """Lines separated by ``|``."""
    invoice_tax_id: str = ""
    invoice_email: str = ""
    invoice_phone: str = ""
    invoice_logo: str = ""
    """Path of a PNG; empty shows the company's name."""
    invoice_locale: str = "en"
    """How invoices write words, money and dates, such as ``it-IT``."""
    invoice_paper: Literal["a4", "us-letter"] = "a4"

    def mail_access(self) -> MailAccess:
        """How mail is handed over."""
        return MailAccess(
            address=self.smtp,
            security=self.smtp_security,
            user=self.smtp_user,
            password=self.smtp_password.get_secret_value(),
            ca_file=self.smtp_ca_file,
        )

    def invoice_style(self) -> Style:
        """How every invoice is shown."""
        issuer = Issuer(
            company=self.invoice_company,
            address=tuple(p.strip() for p in self.invoice_address.split("|") if p.strip()),
            tax_id=self.invoice_tax_id,
            email=self.invoice_email,
            phone=self.invoice_phone,
            logo=self.invoice_logo,
        )
        return Style(issuer, self.invoice_locale, self.zone, self.invoice_paper)
