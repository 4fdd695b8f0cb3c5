// htmx.ajax chooses its target after it has written the header that names it: written again here.
document.addEventListener("htmx:before:request", (event) => {
  const { target, request } = event.detail.ctx;
  if (!(target instanceof Element)) return;
  const id = target.id ? `#${encodeURI(target.id)}` : "";
  request.headers["HX-Target"] = `${target.tagName.toLowerCase()}${id}`;
});
