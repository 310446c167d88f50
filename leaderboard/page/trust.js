"use strict";
/* How far a board's scores can be trusted: their agreement with the rankings that papers published at full scale. */

/** The sentence under a board's name. */
const trustLine = (board) => (board.trust ? el("p", { class: "trust" }, board.trust) : null);

/** One row per published ranking. */
function trustTable(board) {
  if (!board.agreement.length) return "";
  const head = (words, name) => el("th", { scope: "col", class: name }, words);
  const range = (ci, digits) => (ci[0] === null ? "" : ` (${ci.map((x) => (digits ? x.toFixed(digits) : `${Math.round(100 * x)}`).replace("-", "−")).join(" to ")})`);
  const line = (each) => el("tr", {},
    el("th", { scope: "row" }, el("a", { href: each.url, rel: "noreferrer" }, each.title)),
    el("td", {}, String(each.entrants)),
    el("td", {}, `${each.right} of ${each.decisions}, ${Math.round((100 * each.right) / each.decisions)} %`, el("span", {}, range(each.ci, 0))),
    el("td", {}, each.rho === null ? "–" : each.rho.toFixed(2).replace("-", "−"), el("span", {}, range(each.rho_ci, 2))));
  return el("section", { class: "agreement", "aria-label": "Agreement with published rankings" },
    el("h3", {}, "How far to trust this scale"),
    el("p", { class: "quiet" }, "Compared with the ranking of the same entrants in papers, at full scale. 95 % intervals over seeds and entrants."),
    el("table", {}, el("thead", {}, el("tr", {}, head("Published ranking"), head("Entrants"), head("Pairs in the same order"), head("Rank correlation"))),
      el("tbody", {}, board.agreement.map(line))));
}
