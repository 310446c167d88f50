"use strict";
/* Comparison of two to four rows, side by side. */

const MOST = 4;

function pickBox(row) {
  return el("input", { type: "checkbox", "aria-label": `Compare ${row.title}`, "data-pick": row.key, checked: state.picked.has(row.key), change: (event) => {
    if (event.target.checked) state.picked.add(row.key);
    else state.picked.delete(row.key);
    showPicked();
    remember();
  } });
}

const pickedRows = () => [...state.picked].map((key) => boardRows(state.board).find((row) => row.key === key)).filter(Boolean);

function compareBar(board) {
  return el("div", { class: "compare-bar", id: "compare-bar", hidden: !state.picked.size, role: "region", "aria-label": "Comparison" }, el("output", {}),
    el("button", { type: "button", class: "go", click: () => withDetails(() => openCompare(board)) }, "Compare"),
    el("button", { type: "button", click: () => { state.picked.clear(); showPicked(); remember(); } }, "Clear"));
}

/** Update the boxes and the bar to the picked rows. */
function showPicked() {
  const rows = pickedRows();
  for (const box of document.querySelectorAll("[data-pick]")) {
    box.checked = state.picked.has(box.dataset.pick);
    box.disabled = !box.checked && rows.length >= MOST;
  }
  const bar = $("compare-bar");
  bar.hidden = !rows.length;
  bar.querySelector("output").textContent = rows.length < 2 ? "Pick one to three more rows" : `${rows.length} rows${rows.length === MOST ? " (the maximum)" : ""}`;
  bar.querySelector(".go").disabled = rows.length < 2;
}

function openCompare(board) {
  const rows = pickedRows();
  if (rows.length < 2) return;
  const line = (head, draw) => el("tr", {}, el("th", { scope: "row" }, head), rows.map((row) => el("td", {}, draw(row))));
  const best = (get) => Math.max(...rows.map((row) => get(row) ?? -1));
  const number = (get) => (row) => el(get(row) === best(get) ? "b" : "span", {}, pct(get(row)));
  const score = (label) => (row) => row.scores.find((s) => s.label === label)?.value;
  const params = [...new Set(rows.flatMap((row) => Object.keys(row.params ?? {})))].filter((key) => new Set(rows.map((r) => JSON.stringify(r.params?.[key]))).size > 1);
  const table = el("table", { class: "side-by-side", "data-rows": rows.length },
    el("thead", {}, el("tr", {}, el("td", {}), rows.map((row) => el("th", { scope: "col" }, el("a", { href: hash(board, row) }, row.title), el("span", { class: "tags" }, tags(row)))))),
    el("tbody", {},
      rows.some((r) => r.sheet) ? line("Images", (r) => (r.sheet ? el("img", { src: r.sheet.thumb, alt: `Images from ${r.title}` }) : "–")) : null,
      line("Rank", rankText),
      line("Score", (r) => [number((x) => x.value)(r), r.std === null ? "" : ` ± ${pct(r.std)}`]),
      el("tr", { class: "plots" }, el("th", { scope: "row" }, "95 % interval"), rows.map((r) => el("td", { class: "dots" }, plot(board.axis, board.chance, r)))),
      board.tasks.map((task) => line(task.label.replace("k-NN", "k\u2011NN"), number(score(task.label)))),
      line("Seeds", (r) => String(r.seeds.length || "–")),
      line("Minutes", (r) => minutes(r) || "–"),
      rows.some((r) => r.versus) ? line("From the board's row", (r) => (r.versus ? difference(r) : "–")) : null,
      line("Checked", (r) => r.tier || "–"),
      line("Real images", (r) => (r.real ? (r.real_data_sources ?? []).join(", ") || "yes" : "none")),
      line("Licence", (r) => r.license || "–"),
      params.map((key) => line(key, (r) => show(r.params?.[key] ?? "–")))));
  const told = rows.length === 2 && rows.every((r) => r.tie !== null) ? el("p", { class: "quiet" }, rows[0].tie === rows[1].tie
    ? "These two tie: they cannot be told apart with 95 % certainty." : "These two are in different groups: the difference is more than noise.") : null;
  openDialog(`Compare ${rows.length} rows`, el("div", {}, told, el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "Comparison" }, table)));
  remember();
}
