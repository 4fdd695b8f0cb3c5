"""This service's settings."""

from payops_kernel.settings import ServiceSettings


class Settings(ServiceSettings):
    """What ``transactions`` reads from the environment."""

    smtp: str = "127.0.0.1:8693"
    """The mail server, ``host:port``."""
    mail_sender: str = "PayOps <payments@payops.example>"
    """Whom mails come from."""
    mail_locale: str = "en"
    """Locale of the mail templates."""
    mail_templates: str = ""
    """A folder with templates of one's own, looked at before ours."""
