"use strict";
/* The table of a board, with sorting, filters and views. */

const FIRST = 40, MORE = 120; // rows of a group drawn at first, and at each step when its end comes into view; search and filters use all rows

function columns(board) {
  const rows = boardRows(board);
  const score = (row, label) => row.scores.find((s) => s.label === label);
  const any = (test) => rows.some(test);
  return [
    { key: "rank", head: "Rank", name: "rank", get: (r) => r.rank, cell: rankCell },
    any((r) => r.sheet) && { key: null, head: unseen("Images"), name: "sheet", cell: (r) => (r.sheet ? el("a", { href: hash(board, r), tabindex: -1, "aria-hidden": "true" },
      el("img", { src: r.sheet.thumb, alt: "", width: 96, height: 64, loading: "lazy" })) : null) },
    { key: "title", head: "Entrant", name: "entrant", get: (r) => r.title.toLowerCase(), cell: (r) => nameCell(board, r) },
    { key: "score", head: "Score", name: "score num", down: true, get: (r) => r.value, cell: (r) => [el("b", {}, pct(r.value)), el("span", {}, r.std === null ? "" : `± ${pct(r.std)}`)] },
    { key: null, head: [unseen("Score, interval and chance as a plot"), axisLabels(board.axis, board.chance)], name: "dots", cell: (r) => plot(board.axis, board.chance, r) },
    ...(board.tasks.length < 2 || board.tasks.length > 5 ? [] : board.tasks).map((task) => ({ key: task.label, head: unbroken(task.label), name: "num task", down: true,
      get: (r) => score(r, task.label)?.value, cell: (r) => pct(score(r, task.label)?.value) })),
    any((r) => r.seeds.length) && { key: "seeds", head: "Seeds", name: "num seeds", down: true, get: (r) => r.seeds.length, cell: (r) => String(r.seeds.length || "") },
    any((r) => r.costs.minutes !== undefined) && { key: "cost", head: "Minutes", name: "num cost", get: (r) => r.costs.minutes ?? null, cell: (r) => minutes(r) },
    any((r) => r.license) && { key: "license", head: "Licence", name: "licence", get: (r) => r.license.toLowerCase(), cell: (r) => clip(r.license, 18) },
    rows.length > 1 && { key: null, head: unseen("Compare"), name: "pick", cell: (r) => pickBox(r) },
  ].filter(Boolean);
}

const rankCell = (row) => el("span", { title: row.rank === null ? row.unranked : "rank in 95 % of the bootstrap draws" + (again(row) ? "; not counted in the ranks" : "") }, rankText(row));
const nameCell = (board, row) => [el("a", { href: hash(board, row), class: "name" }, row.title), el("span", { class: "tags" }, tags(row, board))];

function groupHead(group) {
  if (group.kind === "published") return ["Published by the authors, not re-run here: one run each, so the intervals only cover noise of the test set; their scripts report the best epoch, not the last."];
  if (group.kind === "overridden") return ["Run with changed rules, or trained elsewhere and only evaluated here: shown, not ranked."];
  const tier = sharedTier(group);
  return ["Measured under ", el("b", {}, group.protocol), " ", el("code", { title: group.sha256 }, group.sha256.slice(0, 10)), tier && el("span", { title: TIERS[tier] }, `, ${tier}`)];
}

function drawLine(board, group, i, cols) {
  const row = group.rows[i];
  const beside = (step) => { let j = i + step; while (group.rows[j] && again(group.rows[j])) j += step; return group.rows[j]; };
  const above = beside(-1), below = beside(1), tied = (a, b) => a && b && a.tie !== null && a.tie === b.tie;
  const through = again(row) && tied(above, below); // the bracket continues past this row
  const tie = (through || tied(row, above) ? "tied-up " : "") + (through || tied(row, below) ? "tied-down" : "");
  return el("tr", { role: "row", class: `${tie} ${row.unranked ? "muted" : ""} ${again(row) ? "again" : ""}` }, cols.map((col) =>
    el("td", { role: col.name === "entrant" ? "rowheader" : "cell", class: col.name, "data-label": typeof col.head === "string" ? col.head : null }, col.cell(row))));
}

const ends = new IntersectionObserver((seen) => {
  for (const each of seen) if (each.isIntersecting && each.target.isConnected) each.target.go();
}, { rootMargin: "1200px" });

let resized = () => {};
addEventListener("resize", () => resized());

function drawBoard(board) {
  ends.disconnect();
  const cols = columns(board);
  const head = cols.map((col) => el("th", { scope: "col", role: "columnheader", class: col.name, "data-key": col.key },
    col.key === null ? col.head : el("button", { type: "button", click: () => sortBy(col) }, col.head)));
  const bodies = board.groups.map((group) => {
    const label = el("tr", { role: "row", class: "group" }, el("th", { role: "rowheader", colspan: cols.length, scope: "rowgroup" }, groupHead(group)));
    const drawn = new Map(); // a row is drawn when it is first shown
    const place = new Map(group.rows.map((row, i) => [row, i]));
    const line = (row) => drawn.get(row) ?? drawn.set(row, drawLine(board, group, place.get(row), cols)).get(row);
    return Object.assign(el("tbody", { role: "rowgroup" }), { group, label, line });
  });
  const table = el("table", { role: "table", "aria-label": `Standings of ${board.track} at ${board.scale} scale` },
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, head)), bodies);
  const count = el("output", { class: "count" });
  const cost = el("section", { class: "costs", "aria-label": "Score against cost" });
  const images = strip(board);
  const none = el("p", { class: "empty", hidden: true }, "No rows match these filters.");
  $("main").replaceChildren(
    el("section", { class: "about" }, boardHead(board), viewTools(board, () => arrange())),
    filterTools(board, count, () => arrange()), images, table, cost, none, legend(board), trustTable(board), exports(board), otherVersions(board), compareBar(board));

  /** Draw the rows `from` to `to` of a body and, if rows are left, a row that draws more when it comes into view or is pressed. */
  function extend(body, rows, from, to) {
    const rest = rows.length - to, lines = rows.slice(from, to).map(body.line), old = body.querySelector(".more");
    const held = old?.contains(document.activeElement);
    old?.remove();
    body.append(...lines);
    if (held) lines[0].querySelector(".name").focus(); // keyboard focus moves to the first new row
    if (rest <= 0) return;
    const more = el("tr", { role: "row", class: "more" }, el("td", { role: "cell", colspan: cols.length },
      el("button", { type: "button", click: () => extend(body, rows, to, rows.length) }, `Show the other ${rest.toLocaleString("en")} rows`)));
    more.go = () => extend(body, rows, to, to + MORE);
    body.append(more);
    ends.observe(more);
  }

  function arrange() {
    const col = cols.find((c) => c.key === state.sort.key) ?? cols[0];
    const order = (a, b) => { // missing values come last in both orders
      const x = col.get(a) ?? null, y = col.get(b) ?? null;
      if (x === null || y === null) return (x === null) - (y === null);
      return (x < y ? -1 : x > y ? 1 : 0) * (state.sort.down ? -1 : 1);
    };
    let shown = 0;
    for (const body of bodies) {
      const rows = body.group.rows.filter(passes);
      if (col.key !== "rank" || state.sort.down) rows.sort(order);
      body.replaceChildren(body.label);
      extend(body, rows, 0, FIRST);
      body.hidden = !rows.length;
      shown += rows.length;
    }
    const plain = col.key === "rank" && !state.sort.down && shown === boardRows(board).length;
    table.classList.toggle("in-order", plain);
    for (const th of head) th.setAttribute("aria-sort", th.dataset.key === col.key ? (state.sort.down ? "descending" : "ascending") : "none");
    count.textContent = `${shown} of ${boardRows(board).length}`;
    table.hidden = state.view !== "table" || !shown;
    cost.hidden = state.view !== "cost" || !shown;
    images.hidden = state.view === "cost";
    none.hidden = shown > 0;
    drawCost();
    showPicked();
    remember();
  }

  function drawCost() {
    if (state.view === "cost") cost.replaceChildren(costPlot(board, boardRows(board).filter(passes)));
  }
  resized = drawCost;

  function sortBy(col) {
    state.sort = { key: col.key, down: state.sort.key === col.key ? !state.sort.down : Boolean(col.down) };
    arrange();
  }
  arrange();
}

const goTo = (board, words) => el("a", { href: hash(board) }, words);
const rulesOf = (board) => board.groups[0].protocol;

function boardHead(board) {
  const newest = DATA.boards.find((b) => !b.superseded_by && b.track === board.track && b.scale === board.scale);
  return el("div", {}, el("h2", {}, board.track, " ", el("span", {}, `${board.scale} scale`)),
    el("p", { class: "quiet" }, board.superseded_by ? ["These are the older rules, ", el("b", {}, rulesOf(board)), "; the newest are ", newest ? goTo(newest, board.superseded_by) : board.superseded_by, "."]
      : SCALES[board.scale] ? `${SCALES[board.scale][0].toUpperCase()}${SCALES[board.scale].slice(1)}.` : null), trustLine(board));
}

/** The boards of older versions of these rules. */
function otherVersions(board) {
  const older = board.superseded_by ? [] : DATA.boards.filter((b) => b.superseded_by && b.track === board.track && b.scale === board.scale);
  return older.length ? el("p", { class: "exports" }, "Older versions of these rules: ", older.flatMap((b, i) => [i ? ", " : "", goTo(b, rulesOf(b)), ` (${boardRows(b).length} rows)`])) : "";
}

function viewTools(board, arrange) {
  if (!costAxes(board).length) return "";
  const button = (view, words) => el("button", { type: "button", "aria-pressed": String(state.view === view), click: (event) => {
    state.view = view;
    for (const each of event.target.parentNode.children) each.setAttribute("aria-pressed", String(each === event.target));
    arrange();
  } }, words);
  return el("div", { class: "views", role: "group", "aria-label": "View" }, button("table", "Table"), button("cost", "Score against cost"));
}

function filterTools(board, count, arrange) {
  const rows = boardRows(board);
  const distinct = (key) => [...new Set(rows.map((r) => r[key]).filter(Boolean))].sort();
  const set = (key) => (event) => { state.filter[key] = event.target.value; arrange(); };
  const choice = (key, label, options) => (options.length < 2 ? null : el("label", {}, el("span", {}, label),
    el("select", { change: set(key) }, el("option", { value: "" }, "all"),
      options.map(([value, text]) => el("option", { value, selected: state.filter[key] === value }, text)))));
  return el("div", { class: "tools", role: "search" },
    el("input", { type: "search", placeholder: "Search", "aria-label": "Search rows", value: state.filter.q, input: set("q") }),
    mixed(rows) ? choice("origin", "Source", [["shipped", "shipped"], ["submitted", "submitted"], ["local", "your runs"], ["published", "published"]].filter(([o]) => rows.some((r) => r.origin === o))) : null,
    choice("tier", "Checked", Object.keys(TIERS).filter((t) => rows.some((r) => r.tier === t)).map((t) => [t, t])),
    choice("family", "Family", distinct("family").map((f) => [f, clip(f, 24)])),
    choice("license", "Licence", distinct("license").map((f) => [f, clip(f, 24)])),
    new Set(rows.map((r) => r.real)).size > 1 ? choice("real", "Real images", [["without", "not used"], ["only", "used"],
      ...(rows.some((r) => r.pretrained) ? [["neither", "no real images or pretrained parts"]] : [])]) : null, count);
}

function strip(board) {
  const rows = boardRows(board).filter((row) => row.sheet && !row.unranked && !again(row)).slice(0, 10);
  return el("div", { class: rows.length < 3 ? "" : "strip", "aria-hidden": "true" }, (rows.length < 3 ? [] : rows).map((row) =>
    el("a", { href: hash(board, row), tabindex: -1, title: row.title }, el("img", { src: row.sheet.thumb, alt: "" }), el("span", {}, rankText(row)))));
}

function legend(board) {
  const key = (row) => svg("svg", { class: "plot key" }, plot([0, 1], 2, row).querySelector(".dot"));
  const item = (extra, words) => el("li", {}, key({ value: 0.5, ci: [0.1, 0.9], kind: "measured", ...extra }), words);
  const rows = boardRows(board);
  return el("ul", { class: "legend" },
    item({}, "synthetic images, with the 95 % interval"),
    rows.some((r) => r.real) ? item({ real: true }, "real images used") : null,
    rows.some(hollow) ? item({ kind: "published" }, "published, not re-run") : null,
    el("li", {}, svg("svg", { class: "plot key" }, svg("line", { x1: "50%", x2: "50%", y1: "0", y2: "100%", class: "chance" })), `chance, ${pct(board.chance)} %`),
    el("li", {}, el("i", { class: "bracket" }), "tied: cannot be told apart with 95 % certainty"));
}
