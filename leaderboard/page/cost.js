"use strict";
/* Score against a cost or a property of the images: one dot per row, with a vertical 95 % interval. */

const COSTS = { // name, whether its axis is logarithmic
  minutes: ["Minutes to render and pretrain, per seed", true],
  gpu_hours: ["GPU hours per seed", true],
  render_rate: ["Images rendered per second", true],
  lpips_intra: ["LPIPS within an image (how much its parts differ)", false],
  lpips_inter: ["LPIPS between images (how much they differ)", false],
  jpeg_kb: ["JPEG kilobytes per image", true],
  gzip_kb: ["gzip kilobytes per image", true],
  colourfulness: ["Colourfulness", false],
};

/** The axes that any scored row has. */
const costAxes = (board) => Object.keys(COSTS).filter((key) => boardRows(board).some((r) => r.value !== null && has(r, key)));
const has = (row, key) => (COSTS[key][1] ? row.costs[key] > 0 : row.costs[key] !== undefined);

function evenTicks(low, high) {
  const raw = (high - low) / 5, scale = 10 ** Math.floor(Math.log10(raw)), step = scale * (raw / scale > 5 ? 10 : raw / scale > 2 ? 5 : 2);
  return Array.from({ length: Math.floor(high / step) - Math.ceil(low / step) + 1 }, (_, i) => step * (Math.ceil(low / step) + i));
}

function logTicks(low, high) {
  const found = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) for (const m of [1, 2, 5]) found.push(m * 10 ** e);
  const inside = found.filter((t) => t >= low && t <= high);
  if (inside.length < 3) return evenTicks(low, high); // a narrow range
  return inside.length > 7 ? inside.filter((t) => Math.abs(Math.log10(t) % 1) < 1e-9) : inside;
}

function costPlot(board, rows) {
  const axes = costAxes(board);
  if (!axes.includes(state.cost)) state.cost = axes[0];
  const [label, logarithmic] = COSTS[state.cost];
  const cost = (row) => row.costs[state.cost];
  const shown = rows.filter((r) => r.value !== null && has(r, state.cost));
  const choice = el("label", { class: "axis-choice" }, el("span", {}, "Against"), el("select", { "aria-label": "Score against", change: (event) => {
    state.cost = event.target.value;
    remember();
    event.target.closest(".costs").replaceChildren(costPlot(board, rows));
    document.querySelector(".axis-choice select").focus();
  } }, axes.map((key) => el("option", { value: key, selected: key === state.cost }, COSTS[key][0]))));
  if (!shown.length) return el("div", {}, choice, el("p", { class: "quiet" }, "None of these rows has this value."));
  const W = Math.max(300, $("main").clientWidth), [H, left, bottom, top] = [W < 600 ? 380 : 470, W < 600 ? 44 : 64, 52, 26]; // text keeps its size
  const values = shown.map(cost);
  const [least, most] = [Math.min(...values), Math.max(...values)], room = (most - least) * 0.08 || Math.abs(most) * 0.1 || 1;
  const [low, high] = logarithmic ? [least / 1.15, most * 1.15] : [least - room, most + room];
  const part = logarithmic ? (v) => Math.log(v / low) / Math.log(high / low) : (v) => (v - low) / (high - low);
  const x = (v) => left + (W - left - 16) * part(v);
  const y = (v) => H - bottom - ((H - bottom - top) * (v - board.axis[0])) / (board.axis[1] - board.axis[0]);
  const clamp = (v) => Math.min(board.axis[1], Math.max(board.axis[0], v));
  const art = svg("svg", { class: "scatter", viewBox: `0 0 ${W} ${H}`, role: "group", "aria-label": `Score against ${label.toLowerCase()}` },
    ticks(board.axis).flatMap((t) => [svg("line", { x1: left, x2: W - 16, y1: y(t), y2: y(t), class: "tick" }), svg("text", { x: left - 10, y: y(t) + 4, class: "end" }, pct(t, 0))]),
    svg("line", { x1: left, x2: W - 16, y1: y(board.chance), y2: y(board.chance), class: "chance" }),
    (logarithmic ? logTicks : evenTicks)(low, high).flatMap((t) => [svg("line", { x1: x(t), x2: x(t), y1: H - bottom, y2: H - bottom + 5, class: "mark" }), svg("text", { x: x(t), y: H - bottom + 20 }, String(Number(t.toPrecision(3))))]),
    svg("text", { x: (W + left) / 2, y: H - 10, class: "heading" }, label), svg("text", { x: 0, y: 4, class: "heading start" }, "score, %"));
  // a name that would overlap a dot or another name is only in the tooltip
  const taken = shown.map((row) => ({ row, left: x(cost(row)) - 8, right: x(cost(row)) + 8, y: y(row.value) }));
  const free = (box) => taken.every((b) => b.row === box.row || box.right < b.left || box.left > b.right || Math.abs(box.y - b.y) > 14) && taken.push({ ...box, row: null });
  for (const row of shown) {
    const [cx, cy] = [x(cost(row)), y(row.value)];
    const bar = row.ci ? svg("line", { x1: cx, x2: cx, y1: y(clamp(row.ci[0])), y2: y(clamp(row.ci[1])), class: "whisker" }) : null;
    const name = clip(row.title, 26), length = 7.2 * name.length + 11, near = cx + length > W - 10 && cx > length;
    const title = `${row.title}: ${pct(row.value)} %, ${label.toLowerCase()} ${Number(cost(row).toPrecision(3))}`;
    art.append(svg("a", { href: hash(board, row), "aria-label": title }, svg("title", {}, title),
      fill(mark(row, null), {}, [bar, svg("g", { transform: `translate(${cx} ${cy})` }, shapeOf(row))]),
      free({ row, left: near ? cx - length : cx, right: near ? cx : cx + length, y: cy })
        ? svg("text", { x: cx + (near ? -11 : 11), y: cy + 4, class: near ? "end label" : "label" }, name) : null));
  }
  const missing = rows.length - shown.length;
  return el("div", {}, choice, art, missing ? el("p", { class: "quiet" }, `${missing} ${missing === 1 ? "row has" : "rows have"} no value for this axis and ${missing === 1 ? "is" : "are"} not drawn.`) : null);
}
