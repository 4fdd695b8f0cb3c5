// What every page has: dialog slot, session's end, problems, keys, toasts, copy buttons, loading bar.
import "./copy-button.js";
import "./dialogs.js";
import "./keys.js";
import "./loading.js";
import "./problems.js";
import "./session-over.js";
import "./targets.js";
import "./toasts.js";
