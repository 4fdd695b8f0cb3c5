// Lines out of a sheet, pasted into a field of one line: commas between them, so that no two ids become one.
export function pasteOnOneLine(event) {
  const text = event.clipboardData?.getData("text/plain").trim() ?? "";
  if (!/[\r\n\t]/.test(text)) return;
  event.preventDefault();
  const { target } = event;
  target.setRangeText(text.replace(/\s*[\r\n\t]\s*/g, ", "), target.selectionStart, target.selectionEnd, "end");
  target.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
