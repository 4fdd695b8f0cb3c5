// A part of a page by its address: the document, and whether it is what was asked for or a failure's
// words. Null when somebody has to sign in first: sign-in opens over the page, as it does everywhere.
export async function readPart(address, signal) {
  const answer = await fetch(address, { signal, headers: { "HX-Request": "true" } });
  if (answer.status === 401) {
    if (!document.getElementById("sign-in-again").open) htmx.ajax("GET", address, { target: "#problem", swap: "none" });
    return null;
  }
  return { page: new DOMParser().parseFromString(await answer.text(), "text/html"), isOk: answer.ok };
}
