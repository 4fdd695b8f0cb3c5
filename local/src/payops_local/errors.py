"""What can stop the local platform, said in one sentence that names the mend."""


class PlatformError(Exception):
    """A condition that a person must mend; the text is one sentence and says how."""


class PortTaken(PlatformError):
    """Another program listens on a port that the platform needs."""


class DiskFull(PlatformError):
    """The disk that holds the platform's data has no room left."""


class StartFailed(PlatformError):
    """A process ended, or did not become ready, before its start limit."""
