"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const make = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
};

// -- light and dark
const root = document.documentElement;
const theme = (dark) => {
  root.dataset.theme = dark ? "dark" : "light";
  at("theme").setAttribute("aria-pressed", dark);
  at("theme").textContent = dark ? "Light" : "Dark";
};
theme(matchMedia("(prefers-color-scheme: dark)").matches);
at("theme").addEventListener("click", () => theme(root.dataset.theme !== "dark"));

// -- tables: sort by a column, filter by words
const number = (text) => (text.startsWith("[") ? parseFloat(text.slice(1)) : Number(text.replaceAll(",", "")));
const key = (cell) => (cell.className === "number" ? number(cell.textContent) : cell.textContent);
for (const table of document.querySelectorAll("details.table table")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.firstElementChild.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows].map((row) => [key(row.cells[column]), row]);
    rows.sort(([a], [b]) => {
      if (a === "" || b === "") return (a === "") - (b === "");  // empty cells last
      const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
      return up ? order : -order;
    });
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }));
}
for (const input of document.querySelectorAll("input[data-filters]")) {
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of at(input.dataset.filters).tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    at(`${input.dataset.filters}-count`).textContent = words.length ? `${shown} rows` : "";
  });
}

// -- videos
const PAGE = 60;
let limit = PAGE;
const names = new Intl.Collator("en", { numeric: true });
const unique = (values) => [...new Set(values.filter((value) => value !== null))].sort(names.compare);
const length = (video) => Math.max(0, ...video.grids.flat().map((edges) => edges[1]));
const colour = (oracle) => (data.colours[oracle] === "#000000" ? "var(--ink)" : data.colours[oracle]);  // black is white in the dark

// what an oracle said, segment by segment: start, end, score, whether it is kept
function segmentsOf(video, oracle) {
  if (!video.scores[oracle]) return [];
  const [grid, scores, kept] = video.scores[oracle];
  return video.grids[grid].map(([start, end], i) => [start, end, scores[i], { 1: true, 0: false }[kept[i]] ?? null]);
}

function segment(video, oracle, segments, i, whole) {
  const [start, end, score, kept] = segments[i];
  const told = `${start}-${end} s: ${score === null ? "no score" : score.toFixed(2)}${kept ? ", kept" : ""}`;
  const cell = make(video.file ? "button" : "span", { class: `segment${score === null ? " silent" : ""}${kept ? " kept" : ""}`, title: `${oracle}, ${told}` });
  if (video.file) {
    cell.type = "button";
    cell.tabIndex = i ? -1 : 0;  // one stop of Tab per strip; arrows go along it
    cell.setAttribute("aria-label", `Play ${told}`);
    cell.addEventListener("click", () => play(video, segments, i));
  }
  cell.style.left = `${(100 * start) / whole}%`;
  cell.style.width = `${(100 * (end - start)) / whole}%`;
  cell.style.setProperty("--oracle", colour(oracle));
  if (score !== null) cell.style.backgroundColor = `rgba(var(--cell), ${(0.04 + 0.8 * score).toFixed(3)})`;
  return cell;
}

function along(event) {
  const cells = [...event.currentTarget.children];
  const here = cells.indexOf(document.activeElement);
  const there = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: cells.length - 1 }[event.key];
  if (here < 0 || there === undefined) return;
  event.preventDefault();
  const next = cells[Math.min(Math.max(there, 0), cells.length - 1)];
  cells.forEach((cell) => { cell.tabIndex = cell === next ? 0 : -1; });
  next.focus();
}

function strips(video) {
  const box = make("div", { class: `strips${video.file ? " plays" : ""}` });
  const whole = length(video);
  for (const oracle of data.oracles) {
    const segments = segmentsOf(video, oracle);
    const outcome = video.outcomes[oracle];
    if (!segments.length && !outcome) continue;
    const swatch = make("span", { class: "swatch" });
    swatch.style.background = colour(oracle);
    const said = outcome && outcome[0] !== "yes" ? ` (${outcome[0]})` : "";
    box.append(make("span", { class: "name", title: oracle }, swatch, make("bdi", {}, oracle), said));
    const kept = segments.filter((one) => one[3]).length;
    const strip = make("div", { class: "strip", role: "group", "aria-label": `${oracle}: ${segments.length} segments, ${kept} kept` });
    strip.append(...segments.map((_, i) => segment(video, oracle, segments, i, whole)));
    if (video.file) strip.addEventListener("keydown", along);
    box.append(strip);
  }
  if (whole) box.append(make("span", { class: "axis", "aria-hidden": "true" }, make("span", {}, "0 s"), make("span", {}, `${Number(whole.toFixed(2))} s`)));
  return box;
}

function card(video) {
  const item = make("li", { class: "video" });
  item.append(video.picture ? make("img", { src: video.picture, alt: "", decoding: "async" }) : make("span", { class: "bare" }));
  item.append(make("h3", { dir: "auto" }, video.id));
  const facts = make("p");
  for (const fact of [video.dataset, video.label].filter(Boolean)) facts.append(make("bdi", {}, fact), " \u00b7 ");
  facts.append(video.agreement === null ? "agreement not defined" : `agreement ${video.agreement.toFixed(2)}`);
  item.append(facts, strips(video));
  return item;
}

// -- player: the segment that is played, and those beside it
let playing = null;
function play(video, segments, i) {
  const film = at("film");
  const file = video.file.split("/").map(encodeURIComponent).join("/");
  if (film.getAttribute("src") !== file) film.src = file;
  playing = { video, segments, i };
  if (!at("player").open) at("player").showModal();
  const [start, end] = segments[i];
  at("playing").textContent = `${video.id}, ${start} to ${end} s`;
  const begin = () => { film.currentTime = start; film.play().catch(failed); };
  if (film.readyState) begin(); else film.addEventListener("loadedmetadata", begin, { once: true });
}
const failed = (reason) => { if (reason.name !== "AbortError") at("playing").textContent += ": this browser cannot play the file"; };
const step = (by) => {
  const there = playing.i + by;
  if (there >= 0 && there < playing.segments.length) play(playing.video, playing.segments, there);
};

function chosen() {
  const words = at("search").value.toLowerCase();
  const [dataset, label, outcome, sort] = ["dataset", "label", "outcome", "sort"].map((id) => at(id).value);
  const band = at("agreement").value;
  const [low, high] = band.split(" ").map(Number);
  const inside = (value) => !band || (value === null ? band === "none" : low <= value && value < high);
  const found = data.videos.filter((video) =>
    inside(video.agreement) &&
    (!dataset || video.dataset === dataset) && (!label || video.label === label) &&
    (!outcome || Object.values(video.outcomes).some((one) => one[0] === outcome)) &&
    (!words || `${video.id} ${video.label || ""}`.toLowerCase().includes(words)));
  const sign = sort === "most" ? -1 : 1;
  return found.sort((a, b) => {
    if (sort !== "name" && a.agreement !== b.agreement) {
      if (a.agreement === null || b.agreement === null) return (a.agreement === null) - (b.agreement === null);
      return sign * (a.agreement - b.agreement);
    }
    return names.compare(a.dataset, b.dataset) || names.compare(a.id, b.id);
  });
}

function show() {
  const found = chosen();
  at("count").textContent = `${found.length} of ${data.videos.length} videos`;
  at("list").replaceChildren(...found.slice(0, limit).map(card));
  at("more").hidden = found.length <= limit;
}

if (at("list")) {
  const fill = (id, values) => at(id).append(...values.map((value) => make("option", { value }, value)));
  fill("dataset", unique(data.videos.map((video) => video.dataset)));
  fill("label", unique(data.videos.map((video) => video.label)));
  fill("outcome", unique(data.videos.flatMap((video) => Object.values(video.outcomes).map((one) => one[0]))));
  for (const oracle of data.oracles) {
    const swatch = make("span", { class: "swatch" });
    swatch.style.background = colour(oracle);
    at("legend").append(make("span", {}, swatch, make("bdi", {}, oracle)));
  }
  at("controls").addEventListener("input", () => { limit = PAGE; show(); });
  at("controls").addEventListener("submit", (event) => event.preventDefault());
  at("more").addEventListener("click", () => { limit += PAGE; show(); });
  const film = at("film");
  for (const [id, by] of [["before", -1], ["again", 0], ["after", 1]]) at(id).addEventListener("click", () => step(by));
  at("close").addEventListener("click", () => at("player").close());
  at("player").addEventListener("close", () => film.pause());
  at("player").addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    step(by);
  }, true);  // before the video's own keys
  film.addEventListener("timeupdate", () => { if (!film.paused && film.currentTime >= playing.segments[playing.i][1]) film.pause(); });
  film.addEventListener("error", () => failed({ name: "error" }));
  show();
}

// -- paper: every table is open there
const opened = [];
addEventListener("beforeprint", () => {
  opened.push(...[...document.querySelectorAll("details")].filter((one) => !one.open));
  opened.forEach((one) => { one.open = true; });
});
addEventListener("afterprint", () => opened.splice(0).forEach((one) => { one.open = false; }));
