"use strict";
/* Links and start-up: the address determines what is shown. */

function decode(part) {
  try { return decodeURIComponent(part); } catch { return ""; }
}

/** Read filters, order, view and comparison from the address; an address without them keeps the current ones. */
function adopt(query, fresh) {
  const wanted = new URLSearchParams(query);
  if (!query && !fresh) return;
  for (const key of Object.keys(NO_FILTER)) state.filter[key] = wanted.get(key) ?? "";
  const sort = wanted.get("sort") ?? "rank";
  state.sort = { key: sort.replace(/^-/, ""), down: sort.startsWith("-") };
  state.view = wanted.has("view") ? "cost" : "table";
  state.cost = Object.hasOwn(COSTS, wanted.get("view") ?? "") ? wanted.get("view") : "minutes";
  state.picked = new Set((wanted.get("compare") ?? "").split(" ").filter(Boolean).slice(0, MOST));
}

function route() {
  const [path, query = ""] = location.hash.slice(1).split("?");
  const [id, key] = path.split("/").map(decode);
  const board = DATA.boards.find((b) => b.id === id) ?? DATA.boards[0];
  if (!board) { $("main").replaceChildren(el("p", { class: "empty" }, "No results yet. Create the first one: ", el("code", {}, "synthbench run shaders"))); return; }
  const fresh = state.board !== board;
  const row = boardRows(board).find((r) => r.key === key);
  if (fresh || query) {
    state.board = board;
    adopt(query, fresh);
    for (const a of $("boards").querySelectorAll("a")) {
      if (a.dataset.id === board.id) a.setAttribute("aria-current", "page");
      else a.removeAttribute("aria-current");
    }
    $("boards").querySelector("select").value = board.id;
    if (board.superseded_by) showOlder(true);
    drawBoard(board);
  }
  if (row) {
    history.replaceState(null, "", hash(board, row));
    withDetails(() => openDetail(board, row));
  } else if (query && pickedRows().length > 1) withDetails(() => openCompare(board));
  else if ($("detail").open) $("detail").close();
}

/* The boards as tabs, those of older protocol versions behind a button; on a phone, as one list. */
const [newest, older] = [DATA.boards.filter((b) => !b.superseded_by), DATA.boards.filter((b) => b.superseded_by)];
const scaleOf = (board) => (board.superseded_by ? rulesOf(board) : `${board.scale} scale`);
const tab = (board) => el("a", { href: hash(board), "data-id": board.id, class: board.superseded_by ? "older" : "" }, el("b", {}, board.track), el("span", {}, scaleOf(board)));
const option = (board) => el("option", { value: board.id }, `${board.track}, ${scaleOf(board)}`);
const moreTabs = el("button", { type: "button", "aria-expanded": "false", click: () => showOlder(moreTabs.getAttribute("aria-expanded") === "false") }, "Older rules");

function showOlder(open) {
  $("boards").classList.toggle("with-older", open);
  moreTabs.setAttribute("aria-expanded", String(open));
}

$("boards").append(...newest.map(tab), ...older.map(tab), older.length ? moreTabs : "",
  el("label", {}, el("span", {}, `Protocol, one of ${DATA.boards.length}`), el("select", { change: (event) => { location.hash = hash(DATA.boards.find((b) => b.id === event.target.value)); } },
    older.length ? [el("optgroup", { label: "Newest rules" }, newest.map(option)), el("optgroup", { label: "Older rules" }, older.map(option))] : newest.map(option))));
$("sortkey").textContent = DATA.sort_key;
$("newest").textContent = DATA.newest ? `Newest result: ${DATA.newest}.` : "";
$("detail").addEventListener("close", () => { if (state.board) remember(); });
$("detail").addEventListener("click", (event) => { if (event.target === $("detail")) $("detail").close(); });
addEventListener("hashchange", route);
route();
