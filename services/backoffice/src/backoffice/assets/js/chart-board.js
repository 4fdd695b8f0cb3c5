// Charts on a page of ours: the session suffices, the address is the page's.

import { ChartBoard } from "./chart/board.js";

customElements.define("chart-board", ChartBoard);
