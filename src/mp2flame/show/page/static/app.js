// The viewer's page: shows what the server says, says what the person wants.
import { HeadView } from "./head.js";

const $ = (id) => document.getElementById(id);
const make = (tag, attributes = {}, ...inside) => {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else if (key in made && key !== "list") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...inside);
  return made;
};
const token = new URLSearchParams(location.search).get("token");
const query = token ? `?token=${encodeURIComponent(token)}` : "";
const head = new HeadView($("head"));
let everOpen = false, chosenOnce = false, hello = null, state = null, socket = null, waitS = 0.5, number = 0, weights = null, bars = [], sliders = new Map();
const waiting = new Map(), touched = new Map();
if (!head.gl) $("no-gl").hidden = false;

// -- the socket -------------------------------------------------------------------------------------

function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/socket${query}`);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => { waitS = 0.5; everOpen = true; };
  socket.onmessage = ({ data }) => (typeof data === "string" ? heard(JSON.parse(data)) : received(data));
  socket.onclose = async () => {
    $("status").dataset.face = "gone";
    $("words").textContent = "The viewer is not there; trying again";
    const refused = !everOpen && (await fetch(`takes/-${query}`).catch(() => null))?.status === 403;
    if (refused) { // there is a viewer, and this address is not enough for it
      $("words").textContent = "Not let in";
      $("note").hidden = false;
      say($("note"), "This address lacks its token: open the whole address that the command printed.");
      return;
    }
    setTimeout(connect, 1000 * (waitS = Math.min(8, 1.6 * waitS)));
  };
}

function ask(todo, more = {}) {
  return new Promise((done) => {
    if (socket?.readyState !== WebSocket.OPEN) { done({ ok: false, text: "The viewer is not there." }); return; }
    const id = ++number;
    waiting.set(id, done);
    socket.send(JSON.stringify({ do: todo, id, ...more }));
  });
}
// As ask, and the answer is shown.
async function tell(todo, more = {}, button = null) {
  if (button) button.disabled = true;
  const answer = await ask(todo, more);
  if (button) button.disabled = false;
  if (answer.text) toast(answer.ok ? answer.text : `That did not work: ${answer.text}`, !answer.ok);
  return answer;
}
function toast(text, bad) {
  const shown = make("p", { class: bad ? "bad" : "" }, text);
  $("toasts").append(shown);
  setTimeout(() => shown.remove(), bad ? 12000 : 6000);
}

function heard(message) {
  if (message.kind === "answer") { waiting.get(message.id)?.(message); waiting.delete(message.id); }
  else if (message.kind === "hello") welcome(message);
  else if (message.kind === "state") { state = message; showState(); }
}
function received(buffer) {
  const kind = new Uint8Array(buffer, 0, 1)[0];
  if (kind === 1) head.setSurface(buffer);
  else if (kind === 2) { const w = head.setFrame(buffer); if (w) { weights = w; showWeights(); } }
  else if (kind === 3) {
    const old = $("picture").src, url = URL.createObjectURL(new Blob([new Uint8Array(buffer, 4)], { type: "image/jpeg" }));
    $("picture").src = url;
    if (old.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(old), 1000);
  }
}

// -- once -------------------------------------------------------------------------------------------

function welcome(message) {
  const first = hello === null;
  hello = message;
  if (!first) return;
  $("folder").textContent = `${hello.folder}/`;
  buildRows(); buildSliders(); buildFilter();
  $("stream-kinds").append(...Object.entries(hello.streams).map(([value, who]) => make("option", { value }, who)));
  $("skin").append(...hello.tones.map((tone) => make("option", { value: tone }, tone)));
}

function buildRows() {
  bars = [];
  for (const row of hello.rows) {
    const item = make("li", { "data-tip": row.tip, style: `--hue: var(--${row.group})` });
    const bar = (side, index) => {
      const holder = make("span", { class: `bar ${side}${index === null ? " none" : ""}`, "aria-hidden": "true" });
      if (index !== null) { const fill = make("i", { "data-shape": hello.names[index] }); holder.append(fill); bars.push([fill, index]); }
      return holder;
    };
    item.append(bar("right", row.right), make("span", { class: "name" }, row.label), bar("left", row.left ?? row.both));
    item.style.setProperty("--hue", `var(--${row.group})`);
    $("rows").append(item);
  }
}
let last = new Float32Array(52);
function showWeights() {
  for (const [fill, index] of bars) {
    const value = Math.max(0, Math.min(1, weights[index] || 0));
    if (Math.abs(value - last[index]) < 0.004) continue;
    last[index] = value;
    fill.style.transform = `scaleX(${value.toFixed(3)})`;
    fill.dataset.value = value.toFixed(2);
  }
}

function buildSliders() {
  const groups = new Map();
  for (const [name, title] of Object.entries(hello.groups)) {
    const box = make("details", { open: name === "brows" || name === "jaw" }, make("summary", {}, title));
    groups.set(name, box);
    $("sliders").append(box);
  }
  const sides = { right: " right", left: " left", both: "" };
  for (const row of hello.rows) {
    for (const side of ["right", "left", "both"]) {
      const index = row[side];
      if (index === null) continue;
      const id = `slide-${hello.names[index]}`, out = make("output", { htmlFor: id }, "0");
      const slider = make("input", { type: "range", id, min: 0, max: 1, step: 0.01, value: 0 });
      slider.addEventListener("input", () => { out.textContent = slider.value; touch(id); ask("slider", { index, value: Number(slider.value) }); });
      groups.get(row.group).append(make("div", { class: "slider", "data-tip": `${row.tip} (${hello.names[index]})` },
        make("label", { htmlFor: id }, row.label.replace(" sideways", "") + sides[side]), slider, out));
      sliders.set(index, [slider, out]);
    }
  }
}

// -- what the server says ---------------------------------------------------------------------------

const touch = (id) => touched.set(id, performance.now());
const busy = (element) => performance.now() - (touched.get(element.id) ?? -1e9) < 700;
let again = 0;  // the server says a change once: what came while a hand was on the control is shown after it
const set = (element, value) => {
  if (busy(element)) { again ||= setTimeout(() => { again = 0; showState(); }, 700); return; }
  if (element.value !== String(value)) element.value = value;
};
const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };

function showState() {
  if (!chosenOnce && hello) { chosenOnce = true; refreshChoices(); }
  const { status, source, quality, live } = state;
  if (status.face === "gone") return;
  $("status").dataset.face = status.face;
  say($("words"), status.words);
  say($("source-title"), source.title);
  say($("source-now"), source.title);
  document.title = `${source.title ? source.title + " · " : ""}mp2flame viewer`;
  say($("figures"), [status.fps === null ? "" : `${status.fps} fps`, status.latency ? `${status.latency[0]} ms` : ""].filter(Boolean).join(" · "));
  say($("dropped"), status.dropped && state.player?.playing !== false ? `${status.dropped} left out` : "");
  $("figures").dataset.tip = status.latency ? `From the picture to the parameters: half of the frames ${status.latency[0]} ms, 95 % within ${status.latency[1]} ms` : "";
  $("note").hidden = !status.note;
  say($("note"), status.note);
  $("advice").hidden = !quality?.advice;
  say($("advice"), quality?.advice ?? "");
  $("quality").hidden = !quality;
  if (quality) {
    say($("q-size"), `${quality.face_px} px`);
    say($("q-turn"), `${quality.turn_deg}°`);
    say($("q-light"), quality.brightness === undefined ? "–" : `${Math.round(100 * quality.brightness)} %`);
  }
  for (const box of document.querySelectorAll("[data-needs]")) box.hidden = (box.dataset.needs === "live") !== live;
  $("source-choice").hidden = !source.canChoose;
  $("source-fixed").hidden = source.canChoose;
  $("modes").hidden = $("take-face").hidden = !state.withFace;
  $("seen").style.visibility = state.withFace ? "" : "hidden";
  const on = state.recording !== null;
  $("record").setAttribute("aria-pressed", on);
  say($("record-words"), on ? "Stop" : "Record");
  showPlayer(); showHand(); showLook(); showTakes(); showStreams(); showFilter(); showYou();
}

function showPlayer() {
  const player = state.player;
  $("transport").hidden = !player;
  if (!player) return;
  say($("play-words"), player.playing ? "Pause" : "Play");
  say($("play-icon"), player.playing ? "❚❚" : "▶");
  $("play").setAttribute("aria-label", player.playing ? "Pause" : "Play");
  $("position").max = Math.max(1, player.count - 1);
  set($("position"), player.index);
  $("position").setAttribute("aria-valuetext", `frame ${player.index} of ${player.count}`);
  say($("seconds"), player.seconds.toFixed(1));
  say($("length"), ` / ${player.length.toFixed(1)}`);
  set($("speed"), player.speed);
  $("loop").checked = player.loop;
}
function showHand() {
  for (const radio of document.querySelectorAll("[name=mode]")) radio.checked = radio.value === state.hand.mode;
  for (const [index, [slider, out]] of sliders) {
    set(slider, state.hand.values[index]);
    say(out, slider.value);
  }
}
function showLook() {
  for (const box of document.querySelectorAll("[data-look]")) box.checked = state.look[box.dataset.look];
  set($("skin"), state.look.skin);
  const { release, file, vertices, expressions, jaw } = state.head;
  say($("head-now"), `${release}${file ? ` (${file})` : ""}: ${vertices} vertices, ${expressions} expressions${jaw ? "" : ", no jaw joint"}`);
}
let takesSaid = "";
function showTakes() {
  const now = JSON.stringify([state.takes, state.source.canChoose]);
  if (now === takesSaid) return;
  takesSaid = now;
  $("takes-none").hidden = state.takes.length > 0;
  $("takes").replaceChildren(...state.takes.map(([name, size]) => {
    const item = make("li", {}, make("span", { class: "what" }, name, make("small", {}, size > 1e6 ? `${(size / 1e6).toFixed(1)} MB` : `${Math.ceil(size / 1e3)} kB`)));
    if (state.source.canChoose) {
      const show = make("button", { type: "button", "aria-label": `Show ${name}` }, "Show");
      show.addEventListener("click", () => tell("source", { value: name, in_folder: true }, show));
      item.append(show);
    }
    item.append(make("a", { href: `takes/${encodeURIComponent(name)}${query}`, download: name, "aria-label": `Download ${name}` }, "Download"));
    return item;
  }));
}
let streamsSaid = "";
function showStreams() {
  const now = JSON.stringify(state.streams);
  if (now === streamsSaid) return;
  const same = $("streams").children.length === state.streams.length;
  streamsSaid = now;
  $("streams-none").hidden = state.streams.length > 0;
  const words = (s) => [`${s.sent} sent`, s.clients ? `${s.clients} listening` : s.url.startsWith("ws:") ? "nobody listens yet" : "", s.dropped ? `${s.dropped} left out` : "", s.error].filter(Boolean).join(" · ");
  if (same) { [...$("streams").querySelectorAll("small")].forEach((small, i) => say(small, words(state.streams[i]))); return; }
  $("streams").replaceChildren(...state.streams.map((stream) => {
    const stop = make("button", { type: "button", "aria-label": `Stop sending to ${stream.url}` }, "Stop");
    stop.addEventListener("click", () => tell("stream", { value: stream.url, off: true }, stop));
    return make("li", {}, make("span", { class: "what" }, stream.url, make("small", {}, words(stream))), stop);
  }));
}

// -- filter, calibration ----------------------------------------------------------------------------

function buildFilter() {
  const option = ([value, label]) => make("option", { value }, label);
  $("preset").append(...hello.filter.presets.map((name) => option([name, name])), option(["custom", "as chosen below"]));
  $("filter-group").append(...Object.entries(hello.filter.groups).map(option));
  $("filter-kind").append(...Object.entries(hello.filter.kinds).map(([name, kind]) => option([name, kind.label])));
  $("filter-group").addEventListener("change", showGroup);
  $("filter-kind").addEventListener("change", () => showNumbers([0, 0]));
}
function showGroup() {
  const setting = state?.filter?.settings[$("filter-group").value];
  if (!setting) return;
  $("filter-kind").value = setting[0];
  showNumbers(setting.slice(1));
}
function showNumbers(values) {
  const kind = hello.filter.kinds[$("filter-kind").value];
  $("filter-numbers").replaceChildren(...kind.numbers.map(([label, tip], k) => make("div", { "data-tip": tip },
    make("label", { htmlFor: `filter-${k}` }, label), make("input", { id: `filter-${k}`, type: "number", min: 0, max: 10000, step: "any", value: values[k] }))));
}
let filterSaid = "";
function showFilter() {
  if (!state.filter) return;
  set($("preset"), state.filter.preset);
  const now = JSON.stringify(state.filter);
  if (now === filterSaid) return;
  filterSaid = now;
  if (!$("filter-numbers").contains(document.activeElement)) showGroup();
}
function showYou() {
  const you = state.calibration;
  if (!you) return;
  $("prompt").hidden = !you.running;
  $("you-about").hidden = you.running || you.lines.length > 0;
  say($("calibrate"), you.running ? "Stop" : "Calibrate now");
  if (you.running) {
    say($("prompt-step"), `Step ${you.step} of ${you.steps}`);
    say($("prompt-title"), you.title);
    say($("prompt-phase"), you.phase === "hold" ? `Now, hold it … ${you.count}` : you.phase === "ready" ? "Get ready" : "");
    $("prompt-phase").dataset.phase = you.phase;
    $("prompt-share").value = you.share;
    return;
  }
  const lines = you.lines.join("\n");
  if ($("you-lines").dataset.said !== lines) {
    $("you-lines").dataset.said = lines;
    $("you-lines").replaceChildren(...you.lines.map((line) => make("li", {}, line)));
  }
  say($("you-name"), you.used ? `In use: ${you.name}` : "No profile in use.");
}

// -- what the person wants --------------------------------------------------------------------------

async function refreshChoices() {
  const answer = await ask("choices");
  if (!answer.ok) return;
  const groups = new Map();
  for (const { group, value, label } of answer.sources) groups.set(group, [...(groups.get(group) ?? []), make("option", { value }, label)]);
  $("source").replaceChildren(...[...groups].map(([label, options]) => make("optgroup", { label }, ...options)));
  if (state && ![...$("source").options].some((o) => o.value === state.source.text)) $("source").prepend(make("option", { value: state.source.text }, `${state.source.title} (now)`));
  if (state) $("source").value = state.source.text;
  $("head-file").replaceChildren(make("option", { value: "" }, "Built-in head"), ...answer.heads.map((h) => make("option", { value: h.value }, h.label)));
  if (state) $("head-file").value = [...$("head-file").options].some((o) => o.value === state.head.path) ? state.head.path : "";
}

const on = (id, event, does) => $(id).addEventListener(event, does);
on("record", "click", async () => { const a = await tell("record", { value: $("take-name").value }, $("record")); if (a.ok) $("take-name").value = ""; });
on("play", "click", () => tell("play"));
on("position", "input", () => { touch("position"); ask("seek", { value: Number($("position").value) }); });
on("speed", "change", () => { touch("speed"); tell("speed", { value: Number($("speed").value) }); });
on("loop", "change", () => tell("loop", { value: $("loop").checked }));
on("source-go", "click", async () => {
  const typed = $("source-path").value.trim();
  const answer = await tell("source", { value: typed || $("source").value }, $("source-go"));
  if (answer.ok) { $("source-path").value = ""; refreshChoices(); }
});
on("source-refresh", "click", refreshChoices);
on("take-face", "click", () => tell("take_face"));
on("reset", "click", () => tell("reset"));
on("centre", "click", () => tell("centre"));
on("skin", "change", () => { touch("skin"); tell("look", { name: "skin", value: $("skin").value }); });
on("head-go", "click", async () => { const a = await tell("head", { value: $("head-path").value.trim() || $("head-file").value }, $("head-go")); if (a.ok) $("head-path").value = ""; });
on("calibrate", "click", () => tell("calibrate"));
on("profile-save", "click", () => tell("profile", { what: "save", value: $("profile-name").value }));
on("profile-load", "click", () => tell("profile", { what: "load", value: $("profile-name").value }));
on("profile-none", "click", () => tell("profile", { what: "none" }));
on("preset", "change", () => { touch("preset"); if ($("preset").value !== "custom") tell("preset", { value: $("preset").value }); });
on("filter-go", "click", () => {
  const value = (k) => Number($(`filter-${k}`)?.value ?? 0);
  tell("filter", { group: $("filter-group").value, method: $("filter-kind").value, first: value(0), second: value(1) }, $("filter-go"));
});
on("stream-go", "click", async () => { const a = await tell("stream", { value: $("stream-url").value.trim() }, $("stream-go")); if (a.ok) $("stream-url").value = ""; });
for (const radio of document.querySelectorAll("[name=mode]")) radio.addEventListener("change", () => tell("mode", { value: radio.value }));
for (const box of document.querySelectorAll("[data-look]")) box.addEventListener("change", () => tell("look", { name: box.dataset.look, value: box.checked }));
for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => head.look({ front: 0, side: 0.6, profile: 1.5 }[button.dataset.view]));
for (const [field, button] of [["source-path", "source-go"], ["head-path", "head-go"], ["stream-url", "stream-go"], ["take-name", "record"]])
  on(field, "keydown", (e) => { if (e.key === "Enter") $(button).click(); });
document.addEventListener("keydown", (e) => {
  if (e.key === " " && state?.player && ["BODY", "CANVAS"].includes(document.activeElement?.tagName)) { e.preventDefault(); $("play").click(); }
});

// -- tabs and tips ----------------------------------------------------------------------------------

const tabs = [...document.querySelectorAll("[role=tab]")], narrow = matchMedia("(max-width: 820px)");
function openTab(tab, focus) {
  for (const one of tabs) {
    const chosen = one === tab, panel = $(one.getAttribute("aria-controls"));
    one.setAttribute("aria-selected", chosen);
    one.tabIndex = chosen ? 0 : -1;
    if (panel.id === "weights") panel.classList.toggle("open", chosen);
    else panel.hidden = !chosen;
  }
  $("panels").hidden = narrow.matches && tab.id === "tab-weights";
  if (focus) tab.focus();
  tab.scrollIntoView({ inline: "nearest", block: "nearest" });
}
tabs.forEach((tab) => tab.addEventListener("click", () => openTab(tab)));
on("tabs", "keydown", (e) => {
  const shown = tabs.filter((tab) => tab.offsetParent), at = shown.indexOf(document.activeElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: shown.length - 1 }[e.key];
  if (at < 0 || to === undefined) return;
  e.preventDefault();
  openTab(shown[(to + shown.length) % shown.length], true);
});
const arrange = () => openTab(narrow.matches ? $("tab-weights") : $("tab-source"));
narrow.addEventListener("change", arrange);
arrange();

function showTip(target) {
  const text = target?.dataset.tip, tip = $("tip");
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const place = target.getBoundingClientRect(), size = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(innerWidth - size.width - 8, place.left + place.width / 2 - size.width / 2))}px`;
  tip.style.top = `${place.bottom + size.height + 12 < innerHeight ? place.bottom + 6 : place.top - size.height - 6}px`;
}
let tipEnds = 0;
document.addEventListener("pointerover", (e) => {
  showTip(e.target.closest?.("[data-tip]"));
  clearTimeout(tipEnds);
  if (e.pointerType === "touch") tipEnds = setTimeout(() => showTip(null), 2500);
});
document.addEventListener("focusin", (e) => showTip(e.target.matches(":focus-visible") ? e.target.closest("[data-tip]") : null));
document.addEventListener("focusout", () => showTip(null));
document.addEventListener("keydown", (e) => { if (e.key === "Escape") showTip(null); });
for (const element of document.querySelectorAll("[data-tip]")) element.setAttribute("aria-description", element.dataset.tip);

connect();
