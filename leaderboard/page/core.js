"use strict";
/* Data, state, elements and plots. Strings reach the page as text nodes and attributes only, never as markup. */

const DATA = JSON.parse(document.getElementById("data").textContent);

/* The details of all rows come last in the page, after this script, so that the table is drawn before they are loaded. */
let whole = false;

/** Call a function that needs the details once they are loaded. */
function withDetails(act) {
  if (document.readyState === "loading") { addEventListener("DOMContentLoaded", () => withDetails(act), { once: true }); return; }
  if (!whole) {
    const details = JSON.parse($("details").textContent);
    DATA.boards.flatMap(boardRows).forEach((row, i) => Object.assign(row, details[i]));
    whole = true;
  }
  act();
}

const SCALES = { pocket: "two CPU cores, minutes", mini: "half an hour on a laptop", small: "one GPU, under an hour", paper: "as published" };
const TIERS = {
  "self-reported": "as reported by the submitter; not checked",
  checked: "the record is consistent and within the rules, and its first images were rendered again",
  "weights-verified": "its pinned weights were evaluated again, with the same scores",
  reproduced: "pretrained again with new seeds, with the same result",
};
const NO_FILTER = { q: "", origin: "", tier: "", family: "", license: "", real: "" };
const state = { board: null, sort: { key: "rank", down: false }, filter: { ...NO_FILTER }, view: "table", cost: "minutes", picked: new Set() };
const $ = (id) => document.getElementById(id);

/** An element: el("td", {class: "x"}, "text", child, ...). Null children are left out; a function is an event listener. */
function el(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

const unseen = (words) => el("span", { class: "unseen" }, words); // for screen readers

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
  const [low, high] = row.interval, text = low === high ? String(low) : `${low}–${high}`;
  return again(row) ? `(${text})` : text;
};
const again = (row) => row.versus && !row.versus.changed.length; // a local run of an entrant that the board has: shown under that row, not counted in the ranks
const signed = (value) => (value < 0 ? "−" : "+") + pct(Math.abs(value));
const difference = (row) => `${signed(row.versus.difference)} (${signed(row.versus.ci[0])} to ${signed(row.versus.ci[1])})`;
const inNoise = (row) => row.versus.ci[0] <= 0 && row.versus.ci[1] >= 0;
const link = (url, text) => (/^https:\/\//.test(url ?? "") ? el("a", { href: url, rel: "noopener noreferrer" }, text) : text);
const boardRows = (board) => board.groups.flatMap((group) => group.rows);
const unbroken = (label) => label.replaceAll("-", "\u2011");
const hollow = (row) => row.kind === "published";
const clip = (text, n) => (text.length > n ? text.slice(0, n - 2) + "…" : text);
const minutes = (row) => (row.costs.minutes === undefined ? "" : row.costs.minutes.toFixed(row.costs.minutes < 100 ? 1 : 0));

/** The link to a board, or to a row of it. */
const hash = (board, row) => "#" + [board.id, ...(row ? [row.key] : [])].map(encodeURIComponent).join("/");

/** The link to the current view: board, filters, order, view, comparison. */
function permalink() {
  const wanted = new URLSearchParams();
  for (const [key, value] of Object.entries(state.filter)) if (value) wanted.set(key, value);
  if (state.sort.key !== "rank" || state.sort.down) wanted.set("sort", (state.sort.down ? "-" : "") + state.sort.key);
  if (state.view !== "table") wanted.set("view", state.cost);
  if (state.picked.size) wanted.set("compare", [...state.picked].join(" "));
  return hash(state.board) + (wanted.size ? `?${wanted}` : "");
}

const remember = () => history.replaceState(null, "", permalink());

/** The rows of the board that pass the filters, in the order of the groups. */
function passes(row) {
  const { q, origin, tier, family, license, real } = state.filter;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  row.words ??= [row.title, row.entrant, row.family, row.license, row.submitter].join(" ").toLowerCase();
  return words.every((word) => row.words.includes(word)) && (!origin || row.origin === origin) && (!tier || row.tier === tier) && (!family || row.family === family)
    && (!license || row.license === license) && (!real || (real === "only" ? row.real : !row.real && (real === "without" || !row.pretrained)));
}

/* ---------- the plot: dot and whiskers on the board's axis ---------- */

function ticks([low, high]) {
  const step = high - low > 0.5 ? 0.2 : high - low > 0.2 ? 0.1 : 0.05;
  const found = [];
  for (let t = Math.ceil(low / step - 1e-9); t * step <= high + 1e-9; t++) found.push(t * step);
  return found;
}

function mark(row, shape) {
  return svg("g", { class: `dot ${row.real ? "real" : ""} ${hollow(row) ? "hollow" : ""}` }, shape);
}

const shapeOf = (row) => (row.real ? svg("path", { d: "M0-6.5L6.5 0L0 6.5L-6.5 0Z" }) : svg("circle", { r: 5 }));

function plot(axis, chance, row) {
  const at = (value) => `${Math.min(98, Math.max(2, 2 + (96 * (value - axis[0])) / (axis[1] - axis[0])))}%`;
  const rule = (x, name) => svg("line", { x1: at(x), x2: at(x), y1: "0", y2: "100%", class: name });
  const art = svg("svg", { class: "plot", role: "img" }, ticks(axis).map((t) => rule(t, "tick")), rule(chance, "chance"));
  art.setAttribute("aria-label", row.value === null ? "no score"
    : `${pct(row.value)} %${row.ci ? `, 95 % interval ${span(row.ci)} %` : ""}, chance ${pct(chance)} %`);
  if (row.value === null) return art;
  const group = mark(row, null);
  if (row.ci) {
    group.append(svg("line", { x1: at(row.ci[0]), x2: at(row.ci[1]), y1: "50%", y2: "50%", class: "whisker" }));
    for (const end of row.ci) group.append(svg("svg", { x: at(end), y: "50%", overflow: "visible" }, svg("line", { y1: -4, y2: 4, class: "whisker" })));
  }
  group.append(svg("svg", { x: at(row.value), y: "50%", overflow: "visible" }, shapeOf(row)));
  art.append(group);
  return art;
}

function axisLabels(axis, chance) {
  const at = (value) => `${2 + (96 * (value - axis[0])) / (axis[1] - axis[0])}%`;
  const text = (x, words, name) => svg("text", { x: at(x), y: "50%", dy: name === "chance" ? -4 : 12, class: name }, words);
  return svg("svg", { class: "plot axis", "aria-hidden": "true" },
    ticks(axis).map((t) => text(t, pct(t, 0), "tick")), text(chance, "chance", "chance"));
}

const mixed = (rows) => new Set(rows.filter((r) => r.kind !== "published").map((r) => r.origin)).size > 1;
/** The common tier of all rows of a group, without own runs; "" if they differ. */
const sharedTier = (group) => {
  const tiers = new Set(group.rows.filter((r) => r.origin !== "local").map((r) => r.tier));
  return tiers.size === 1 && group.kind === "measured" ? [...tiers][0] : "";
};
const tags = (row, board) => [
  row.real && ["real", "real images"], row.pretrained && ["real", "pretrained parts"], row.elsewhere && ["real", "trained elsewhere"], row.kind === "published" && ["", "published"],
  row.unranked && ["", "not ranked"], row.origin === "local" && (!board || mixed(boardRows(board))) && ["own", "local run"],
  row.versus && ["own", `${again(row) ? "" : `${row.versus.changed.join(", ")}: `}${difference(row)} from ${row.versus.origin}`],
  row.tier && row.kind !== "published" && row.origin !== "local" && !(board && board.groups.some((g) => sharedTier(g) && g.rows.includes(row))) && [`tier ${row.tier}`, row.tier],
].filter(Boolean).map(([name, text]) => el("span", { class: `tag ${name}`, title: TIERS[text] ?? null }, text));
