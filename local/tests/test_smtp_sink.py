"""The mail sink keeps every mail as a file."""

from __future__ import annotations

import smtplib
import subprocess
import sys
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

from payops_local.ports import LOOPBACK, free_ports, is_free
from payops_testing.platforms import eventually


def test_every_mail_becomes_one_file_with_its_envelope(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "payops_local.smtp_sink", str(port), str(tmp_path / "mail")]
    with subprocess.Popen(command) as sink:
        try:
            eventually(lambda: not is_free(port))
            for number in (1, 2):
                mail = EmailMessage()
                mail["Subject"] = f"Rückerstattung {number}"
                mail.set_content("3,23 €")
                with smtplib.SMTP(LOOPBACK, port, timeout=60) as client:
                    client.send_message(mail, "payops@example.com", ["member@example.com"])
            with smtplib.SMTP(LOOPBACK, port, timeout=60) as client:
                options = ["SMTPUTF8", "BODY=8BITMIME"]
                client.sendmail("payops@example.com", ["jörg@example.com"], b"\r\nx", options)
        finally:
            sink.terminate()
    assert sink.returncode == 0
    stored = [message_from_bytes(each.read_bytes()) for each in sorted(tmp_path.glob("mail/*.eml"))]
    assert len(stored) == 3
    assert all(each["X-Envelope-To"] == "member@example.com" for each in stored[:2])
    assert "X-Envelope-To: jörg@example.com" in sorted(tmp_path.glob("mail/*.eml"))[2].read_text()
    assert b"3,23" in (stored[0].get_payload(decode=True) or b"")
