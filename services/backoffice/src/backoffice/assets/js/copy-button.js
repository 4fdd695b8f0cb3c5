// <copy-button data-text data-copied>: puts the text on the clipboard and says so in a toast.
import { toast } from "./toasts.js";

class CopyButton extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this);
  }

  async handleEvent(event) {
    event.preventDefault();
    event.stopPropagation(); // the row below is a link
    await navigator.clipboard.writeText(this.dataset.text);
    toast({ text: `${this.dataset.copied}: ${this.dataset.text}` });
  }
}

customElements.define("copy-button", CopyButton);
