"use strict";
/* Draws the boards from the JSON block. Strings reach the page as text nodes and attributes only, never as markup. */

const DATA = JSON.parse(document.getElementById("data").textContent);
const SCALES = { pocket: "two CPU cores, minutes", small: "one GPU, under an hour", paper: "as published" };
const state = { board: null, sort: { key: "rank", down: false }, filter: "", real: true };
const $ = (id) => document.getElementById(id);

/** An element: el("td", {class: "x"}, "text", child, ...). Null children are left out. */
function el(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

const pct = (value, digits = 1) => (value === null || value === undefined ? "–" : (100 * value).toFixed(digits));
const span = (ci) => `${pct(ci[0])} to ${pct(ci[1])}`;
const rankText = (row) => {
  if (row.rank === null) return "–";
  const [low, high] = row.interval;
  return low === high ? String(low) : `${low}–${high}`;
};
const link = (url, text) => (/^https:\/\//.test(url ?? "") ? el("a", { href: url, rel: "noopener noreferrer" }, text) : text);
const hash = (board, row) => "#" + [board.id, ...(row ? [row.key] : [])].map(encodeURIComponent).join("/");
const boardRows = (board) => board.groups.flatMap((group) => group.rows);
const unbroken = (label) => label.replaceAll("-", "\u2011");
const hollow = (row) => row.kind === "published";

/* ---------- the plot: dot and whiskers on the board's axis ---------- */

function ticks([low, high]) {
  const step = high - low > 0.5 ? 0.2 : high - low > 0.2 ? 0.1 : 0.05;
  const found = [];
  for (let t = Math.ceil(low / step - 1e-9); t * step <= high + 1e-9; t++) found.push(t * step);
  return found;
}

function plot(axis, chance, row) {
  const at = (value) => `${Math.min(98, Math.max(2, 2 + (96 * (value - axis[0])) / (axis[1] - axis[0])))}%`;
  const rule = (x, name) => svg("line", { x1: at(x), x2: at(x), y1: "0", y2: "100%", class: name });
  const art = svg("svg", { class: "plot", role: "img" }, ticks(axis).map((t) => rule(t, "tick")), rule(chance, "chance"));
  if (row === null) return art;
  art.setAttribute("aria-label", row.value === null ? "no score"
    : `${pct(row.value)} %${row.ci ? `, 95 % interval ${span(row.ci)} %` : ""}, chance ${pct(chance)} %`);
  if (row.value === null) return art;
  const mark = svg("g", { class: `dot ${row.real ? "real" : ""} ${hollow(row) ? "hollow" : ""}` });
  if (row.ci) {
    mark.append(svg("line", { x1: at(row.ci[0]), x2: at(row.ci[1]), y1: "50%", y2: "50%", class: "whisker" }));
    for (const end of row.ci) mark.append(svg("svg", { x: at(end), y: "50%", overflow: "visible" }, svg("line", { y1: -4, y2: 4, class: "whisker" })));
  }
  const shape = row.real ? svg("path", { d: "M0-6.5L6.5 0L0 6.5L-6.5 0Z" }) : svg("circle", { r: 5 });
  mark.append(svg("svg", { x: at(row.value), y: "50%", overflow: "visible" }, shape));
  art.append(mark);
  return art;
}

function axisLabels(axis, chance) {
  const at = (value) => `${2 + (96 * (value - axis[0])) / (axis[1] - axis[0])}%`;
  const text = (x, words, name) => svg("text", { x: at(x), y: "50%", dy: name === "chance" ? -4 : 12, class: name }, words);
  return svg("svg", { class: "plot axis", "aria-hidden": "true" },
    ticks(axis).map((t) => text(t, pct(t, 0), "tick")), text(chance, "chance", "chance"));
}

/* ---------- the table ---------- */

function columns(board) {
  const rows = boardRows(board);
  const score = (row, label) => row.scores.find((s) => s.label === label);
  const any = (test) => rows.some(test);
  return [
    { key: "rank", head: "Rank", name: "rank", get: (r) => r.rank, cell: rankCell },
    any((r) => r.sheet) && { key: null, head: "", name: "sheet", cell: (r) => (r.sheet ? el("a", { href: hash(board, r), tabindex: -1, "aria-hidden": "true" },
      el("img", { src: r.sheet.thumb, alt: "", width: 96, height: 64, loading: "lazy" })) : null) },
    { key: "title", head: "Entrant", name: "entrant", get: (r) => r.title.toLowerCase(), cell: (r) => nameCell(board, r) },
    { key: "score", head: "Score", name: "score num", down: true, get: (r) => r.value, cell: (r) => [el("b", {}, pct(r.value)), el("span", {}, r.std === null ? "" : `± ${pct(r.std)}`)] },
    { key: null, head: axisLabels(board.axis, board.chance), name: "dots", cell: (r) => plot(board.axis, board.chance, r) },
    ...(board.tasks.length < 2 || board.tasks.length > 5 ? [] : board.tasks).map((task) => ({ key: task.label, head: unbroken(task.label), name: "num task", down: true,
      get: (r) => score(r, task.label)?.value, cell: (r) => pct(score(r, task.label)?.value) })),
    any((r) => r.seeds.length) && { key: "seeds", head: "Seeds", name: "num seeds", down: true, get: (r) => r.seeds.length, cell: (r) => String(r.seeds.length || "") },
    any((r) => r.minutes !== null) && { key: "cost", head: "Minutes", name: "num cost", get: (r) => r.minutes, cell: (r) => (r.minutes === null ? "" : r.minutes.toFixed(r.minutes < 100 ? 1 : 0)) },
    any((r) => r.license) && { key: "license", head: "Licence", name: "licence", get: (r) => r.license.toLowerCase(), cell: (r) => (r.license.length > 24 ? r.license.slice(0, 22) + "…" : r.license) },
  ].filter(Boolean);
}

const rankCell = (row) => el("span", { title: row.rank === null ? row.unranked : "95 % of the draws place it here" }, rankText(row));

const mixed = (rows) => new Set(rows.filter((r) => r.kind !== "published").map((r) => r.origin)).size > 1;
const tags = (row, board) => [
  row.real && ["real", "real images"], row.pretrained && ["real", "pretrained parts"], row.kind === "published" && ["", "published"],
  row.unranked && ["", "not ranked"], row.origin.includes("local") && (!board || mixed(boardRows(board))) && ["", "local run"],
].filter(Boolean).map(([name, text]) => el("span", { class: `tag ${name}` }, text));

const nameCell = (board, row) => [el("a", { href: hash(board, row), class: "name" }, row.title), el("span", { class: "tags" }, tags(row, board))];

function groupHead(group) {
  if (group.kind === "published") return ["Published by the authors, not re-run here: one run each, so the intervals hold test noise only; their scripts report the best epoch, not the last."];
  if (group.kind === "overridden") return ["Run with changed rules: shown, not ranked."];
  return ["Measured under ", el("b", {}, group.protocol), " ", el("code", { title: group.sha256 }, group.sha256.slice(0, 10))];
}

function drawBoard(board) {
  const cols = columns(board);
  const head = cols.map((col) => el("th", { scope: "col", role: "columnheader", class: col.name, "data-key": col.key },
    col.key === null ? col.head : el("button", { type: "button", click: () => sortBy(col) }, col.head)));
  const bodies = board.groups.map((group) => {
    const lines = group.rows.map((row) => {
      const tied = (other) => other && row.tie !== null && other.tie === row.tie;
      const i = group.rows.indexOf(row);
      const tie = (tied(group.rows[i - 1]) ? "tied-up " : "") + (tied(group.rows[i + 1]) ? "tied-down" : "");
      const line = el("tr", { role: "row", class: `${tie} ${row.unranked ? "muted" : ""}` },
        cols.map((col) => el("td", { role: "cell", class: col.name, "data-label": typeof col.head === "string" ? col.head : null }, col.cell(row))));
      return Object.assign(line, { row, words: [row.title, row.entrant, row.family, row.license].join(" ").toLowerCase() });
    });
    const label = el("tr", { role: "row", class: "group" }, el("th", { role: "rowheader", colspan: cols.length, scope: "rowgroup" }, groupHead(group)));
    return Object.assign(el("tbody", { role: "rowgroup" }, label, lines), { lines });
  });
  const table = el("table", { role: "table", "aria-label": `Standings of ${board.track} at ${board.scale} scale` },
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, head)), bodies);
  const filter = el("input", { type: "search", placeholder: "Filter by name, family, licence", "aria-label": "Filter rows", value: state.filter,
    input: (event) => { state.filter = event.target.value; arrange(); } });
  const real = el("input", { type: "checkbox", checked: state.real, change: (event) => { state.real = event.target.checked; arrange(); } });
  const count = el("output", { class: "count" });
  $("main").replaceChildren(
    el("section", { class: "about" },
      el("h2", {}, board.track, " ", el("span", {}, `${board.scale} scale`)),
      el("div", { class: "tools" }, filter, el("label", {}, real, "real images"), count)),
    strip(board), table, legend(board));

  function arrange() {
    const col = cols.find((c) => c.key === state.sort.key) ?? cols[0];
    const words = state.filter.toLowerCase().split(/\s+/).filter(Boolean);
    const order = (a, b) => { // what is missing comes last either way
      const x = col.get(a.row) ?? null, y = col.get(b.row) ?? null;
      if (x === null || y === null) return (x === null) - (y === null);
      return (x < y ? -1 : x > y ? 1 : 0) * (state.sort.down ? -1 : 1);
    };
    let shown = 0;
    for (const body of bodies) {
      const lines = col.key === "rank" && !state.sort.down ? body.lines : [...body.lines].sort(order);
      for (const line of lines) {
        line.hidden = (!state.real && line.row.real) || !words.every((word) => line.words.includes(word));
        shown += line.hidden ? 0 : 1;
      }
      body.append(...lines);
      body.hidden = lines.every((line) => line.hidden);
    }
    const plain = col.key === "rank" && !state.sort.down && !words.length && state.real;
    table.classList.toggle("in-order", plain);
    for (const th of head) th.setAttribute("aria-sort", th.dataset.key === col.key ? (state.sort.down ? "descending" : "ascending") : "none");
    count.textContent = `${shown} of ${boardRows(board).length}`;
  }

  function sortBy(col) {
    state.sort = { key: col.key, down: state.sort.key === col.key ? !state.sort.down : Boolean(col.down) };
    arrange();
  }
  arrange();
}

function strip(board) {
  const rows = boardRows(board).filter((row) => row.sheet && !row.unranked).slice(0, 10);
  if (rows.length < 3) return "";
  return el("div", { class: "strip", "aria-hidden": "true" }, rows.map((row) =>
    el("a", { href: hash(board, row), tabindex: -1, title: row.title }, el("img", { src: row.sheet.thumb, alt: "" }), el("span", {}, rankText(row)))));
}

function legend(board) {
  const key = (row) => svg("svg", { class: "plot key" }, plot([0, 1], 2, row).querySelector(".dot"));
  const item = (extra, words) => el("li", {}, key({ value: 0.5, ci: [0.1, 0.9], kind: "measured", ...extra }), words);
  const rows = boardRows(board);
  return el("ul", { class: "legend" },
    item({}, "synthetic images, with the 95 % interval"),
    rows.some((r) => r.real) ? item({ real: true }, "real images went in") : null,
    rows.some(hollow) ? item({ kind: "published" }, "published, not re-run") : null,
    el("li", {}, svg("svg", { class: "plot key" }, svg("line", { x1: "50%", x2: "50%", y1: "0", y2: "100%", class: "chance" })), `chance, ${pct(board.chance)} %`),
    el("li", {}, el("i", { class: "bracket" }), "tied: not told apart with 95 % certainty"));
}

/* ---------- one entrant ---------- */

const show = (value) => (typeof value === "object" && value !== null ? JSON.stringify(value)
  : typeof value === "number" && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : String(value));

function facts(title, values) {
  const entries = Object.entries(values ?? {}).filter(([, value]) => (value ?? "") !== "" && !(Array.isArray(value) && !value.length));
  if (!entries.length) return null;
  return el("section", {}, el("h3", {}, title), el("dl", {}, entries.map(([key, value]) => el("div", {}, el("dt", {}, key),
    el("dd", {}, value instanceof Node ? value : show(value))))));
}

function scoreTable(board, row) {
  const axis = [0, Math.min(1, Math.ceil(Math.max(...row.scores.map((s) => Math.max(s.ci[1], s.chance))) * 10) / 10)];
  const lines = row.scores.map((s) => el("tr", {}, el("th", { scope: "row" }, unbroken(s.label)), el("td", { class: "num" }, el("b", {}, pct(s.value)), s.std === null ? null : ` ± ${pct(s.std)}`),
    el("td", { class: "dots" }, plot(axis, s.chance, { ...row, value: s.value, ci: s.ci })), el("td", { class: "num quiet" }, span(s.ci)), el("td", { class: "num quiet" }, pct(s.chance)),
    el("td", { class: "num quiet each" }, s.per_seed.length > 1 ? s.per_seed.map((v) => pct(v)).join("  ") : "")));
  const heads = ["Task", "Score", "", "95 % interval", "Chance", row.seeds.length > 1 ? `Seeds ${row.seeds.join(", ")}` : ""];
  return el("table", { class: "scores" }, el("thead", {}, el("tr", {}, heads.map((h) => el("th", { scope: "col" }, h)))), el("tbody", {}, lines));
}

function openDetail(board, row) {
  const flags = { "real images": row.real ? (row.real_data_sources ?? []).join(", ") || "yes" : "none", "pretrained parts": row.pretrained ? "yes" : "none" };
  const place = row.rank === null ? `Not ranked: ${row.unranked}.` : `Rank ${rankText(row)} of ${board.groups.find((g) => g.rows.includes(row)).rows.filter((r) => r.rank).length}`;
  const shell = el("article", {},
    el("header", {}, el("div", {}, el("h2", { id: "detail-title", tabindex: -1, autofocus: true }, row.title), el("p", {}, el("code", {}, row.entrant), " ", tags(row))),
      el("button", { type: "button", class: "close", "aria-label": "Close", click: () => $("detail").close() }, "×")),
    row.sheet ? el("img", { class: "sheet", src: row.sheet.full, width: row.sheet.width, height: row.sheet.height, alt: `Images from ${row.title}` }) : null,
    el("p", { class: "verdict" }, el("b", {}, pct(row.value)), row.std === null ? null : ` ± ${pct(row.std)} over ${row.seeds.length} seeds`, el("span", {}, place,
      row.ci ? `; 95 % interval ${span(row.ci)}; chance ${pct(row.chance)}` : "")),
    scoreTable(board, row),
    row.command ? el("section", {}, el("h3", {}, "Run it yourself"), el("pre", { tabindex: 0 }, row.command)) : null,
    el("div", { class: "facts" },
      facts("Entrant", { licence: row.license, citation: row.citation, source: row.source && link(row.source_url, row.source), family: row.family, ...flags,
        code: row.code?.url && link(row.code.url, row.code.url), commit: row.code?.commit, submitter: row.submitter }),
      facts("Recipe", row.params), facts("Images", row.data), facts("Cost per seed", row.cost), facts("Environment", row.env),
      facts("Record", row.record && { id: row.record, source: row.code.sha256 })));
  $("detail").replaceChildren(shell);
  if (!$("detail").open) $("detail").showModal();
  $("detail").scrollTop = 0;
}

/* ---------- links ---------- */

function route() {
  const [id, key] = location.hash.slice(1).split("/").map((part) => { try { return decodeURIComponent(part); } catch { return ""; } });
  const board = DATA.boards.find((b) => b.id === id) ?? DATA.boards[0];
  if (!board) { $("main").replaceChildren(el("p", { class: "empty" }, "No results yet. Make the first one: ", el("code", {}, "synthbench run shaders"))); return; }
  if (state.board !== board) {
    Object.assign(state, { board, sort: { key: "rank", down: false } });
    for (const a of $("boards").children) {
      a.toggleAttribute("aria-current", a.dataset.id === board.id);
      if (a.dataset.id === board.id) { a.setAttribute("aria-current", "page"); $("boards").scrollLeft = a.offsetLeft - $("boards").offsetLeft - 40; }
    }
    drawBoard(board);
  }
  const row = boardRows(board).find((r) => r.key === key);
  if (row) openDetail(board, row);
  else if ($("detail").open) $("detail").close();
}

$("boards").append(...DATA.boards.map((board) => el("a", { href: hash(board), "data-id": board.id }, el("b", {}, board.track),
  el("span", {}, `${board.scale}: ${SCALES[board.scale] ?? "own rules"}`))));
$("sortkey").textContent = DATA.sort_key;
$("newest").textContent = DATA.newest ? `Newest result: ${DATA.newest}.` : "";
$("detail").addEventListener("close", () => { if (state.board) history.replaceState(null, "", hash(state.board)); });
$("detail").addEventListener("click", (event) => { if (event.target === $("detail")) $("detail").close(); });
addEventListener("hashchange", route);
route();
