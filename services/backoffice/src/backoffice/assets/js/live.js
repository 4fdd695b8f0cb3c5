// What is shown stays true while somebody looks at it.
import "./live/mark.js";
import "./live/parts.js";
import "./live/rows.js";
